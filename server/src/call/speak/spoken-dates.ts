/** Dates in figures. What is no date (a month 13) is left for the number rules. */
import { DateTime } from "luxon";
import { replaceMatches } from "./replace-matches.ts";
import type { SpokenLanguage } from "./spoken-language.ts";

export interface DateContext {
  readonly timeZone: string;
  readonly now: Date;
  /** "11/12" is December 11 but in the United States. */
  readonly monthFirst: boolean;
}

const isoDateTime =
  /(?<![\d-])(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?(?![\d:])/g;
const isoDate = /(?<![\d/-])(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/-])/g;
const slashDate = /(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)/g;
const shortDate = /(?<![\d/.,-])(\d{1,2})\/(\d{1,2})(?![\d/-]|\.\d)/g;
const dayWordBefore =
  /(?:\b(?:on|by|until|till|from|to|dated|mon|tue|wed|thu|fri|sat|sun|[a-z]+day),?|يوم|بتاريخ|لحد|من|(?:السبت|الحد|الأحد|الاتنين|الاثنين|التلات|الثلاثاء|الأربع|الأربعاء|الخميس|الجمعة)،?)\s*$/i;
const monthNames = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const monthName =
  "January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec";
const daySpan = new RegExp(String.raw`\b(${monthName})\b\.? (\d{1,2})\s?[-–—]\s?(\d{1,2})(?![\d:%]|[.,/-]\d)`, "g");
const monthDay = new RegExp(
  String.raw`\b(${monthName})\b\.? (?:the )?(\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d|\s?[ap]\.?m\b)(?:,? ((?:19|20)\d{2})(?!\d))?`,
  "g",
);
const dayMonth = new RegExp(
  String.raw`(?<![\d.,:])(\d{1,2})(?:st|nd|rd|th)? (?:of )?(${monthName})\b\.?(?:,? ((?:19|20)\d{2})(?!\d))?`,
  "g",
);

export function speakDates(text: string, language: SpokenLanguage, context: DateContext): string {
  if (!/\d/.test(text)) return text;
  const say = (year: string | undefined, month: number, day: number) => {
    return sayDate({ year: year === undefined ? undefined : Number(year), month, day }, language, context);
  };
  let spoken = replaceMatches(text, isoDateTime, ([, date, time, zone = ""]) => {
    return localDateTime(`${date ?? ""}T${time ?? ""}${zone}`, context);
  });
  spoken = replaceMatches(spoken, isoDate, ([, year, month, day]) => say(year, Number(month), Number(day)));
  spoken = replaceMatches(spoken, slashDate, ([, first, , second, year = ""]) => {
    const [day, month] = dayAndMonth(Number(first), Number(second), context.monthFirst);
    return say(year.length === 2 ? `20${year}` : year, month, day);
  });
  spoken = replaceMatches(spoken, shortDate, (match) => {
    if (match[0] === "24/7" || !dayWordBefore.test(match.input.slice(Math.max(0, match.index - 14), match.index)))
      return undefined;
    const [day, month] = dayAndMonth(Number(match[1]), Number(match[2]), context.monthFirst);
    return say(undefined, month, day);
  });
  spoken = replaceMatches(spoken, daySpan, ([, month = "", first, last]) => {
    const from = say(undefined, monthOf(month), Number(first));
    return from === undefined ? undefined : `${from} ${language.words.to} ${language.ordinal(Number(last))}`;
  });
  spoken = replaceMatches(spoken, monthDay, ([, month = "", day, year]) => say(year, monthOf(month), Number(day)));
  return replaceMatches(spoken, dayMonth, ([, day, month = "", year]) => say(year, monthOf(month), Number(day)));
}

function monthOf(name: string): number {
  return monthNames.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function dayAndMonth(first: number, second: number, monthFirst: boolean): [number, number] {
  if (first > 12) return [first, second];
  if (second > 12) return [second, first];
  return monthFirst ? [second, first] : [first, second];
}

interface MaybeDate {
  readonly year: number | undefined;
  readonly month: number;
  readonly day: number;
}

/** The year is said when it is another than this one. */
function sayDate({ year, month, day }: MaybeDate, language: SpokenLanguage, context: DateContext): string | undefined {
  // 2024 is a leap year: without a year, 29 February is a date.
  if (!DateTime.local(year ?? 2024, month, day).isValid) return undefined;
  const thisYear = DateTime.fromJSDate(context.now, { zone: context.timeZone }).year;
  return language.date(year === undefined || year === thisYear ? { month, day } : { year, month, day });
}

/** "2026-11-24T14:30:00Z" becomes date and time of the call's own zone, still in figures. */
function localDateTime(iso: string, { timeZone }: DateContext): string | undefined {
  const moment = DateTime.fromISO(iso, { zone: timeZone });
  return moment.isValid ? moment.toFormat("yyyy-MM-dd HH:mm") : undefined;
}

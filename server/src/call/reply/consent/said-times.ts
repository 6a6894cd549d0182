/** Days and times of day: whether somebody said the one that a model wants to write. English and Arabic. */
import { DateTime } from "luxon";
import { type NumberAt, numberOf, numbersIn, wordSet, wordsOf } from "./spoken-words.ts";

/** A day, a time of day, or both, as the business's clocks show them. */
export interface Moment {
  readonly day?: DateTime;
  readonly time?: { readonly hour: number; readonly minute: number };
  /** Where both are known. */
  readonly atMs?: number;
}

export interface Now {
  readonly nowMs: number;
  /** IANA name. */
  readonly timeZone: string;
}

const isoShape = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;
const timeShape = /^([01]?\d|2[0-3]):([0-5]\d)(?::00)?$/;

/** Undefined: the value is no ISO date, date-time or HH:MM. */
export function readMoment(value: string, { timeZone }: Now): Moment | undefined {
  const text = value.trim();
  const clock = timeShape.exec(text);
  if (clock !== null) return { time: { hour: Number(clock[1]), minute: Number(clock[2]) } };
  const iso = isoShape.exec(text);
  if (iso === null) return undefined;
  const at = DateTime.fromISO(text.replace(" ", "T"), { zone: timeZone });
  if (!at.isValid) return undefined;
  if (iso[2] === undefined) return { day: at.startOf("day") };
  return { day: at.startOf("day"), time: { hour: at.hour, minute: at.minute }, atMs: at.toMillis() };
}

const weekdays = [
  "monday mon اتنين",
  "tuesday tue tues تلات تلاتاء تلاتا",
  "wednesday wed weds اربع اربعاء اربعا",
  "thursday thu thur thurs خميس",
  "friday fri جمعة",
  "saturday sat سبت",
  "sunday sun حد الحد احد",
].map(wordSet);
const months = [
  "january jan يناير",
  "february feb فبراير",
  "march mar مارس",
  "april apr ابريل",
  "may مايو",
  "june jun يونيو",
  "july jul يوليو",
  "august aug اغسطس",
  "september sep sept سبتمبر",
  "october oct اكتوبر",
  "november nov نوفمبر",
  "december dec ديسمبر",
].map(wordSet);
const today = wordSet("today tonight now النهاردة النهارده انهاردة انهارده اليوم دلوقتي الليلة الليله");
const tomorrow = wordSet("tomorrow tomorrows بكرة بكرا بكره غدا");
const after = wordSet("after overmorrow بعد");
const dayWords = wordSet("day days يوم ايام");
const weekWords = wordSet("week weeks اسبوع اسابيع");

/** A weekday alone means one of the next two weeks. */
const weekdayReachDays = 14;
const dayOfMonthReachDays = 45;

export function saysDay(text: string, { day }: Moment, now: Now): boolean {
  if (day === undefined) return false;
  const words = wordsOf(text);
  const start = DateTime.fromMillis(now.nowMs, { zone: now.timeZone }).startOf("day");
  const ahead = Math.round(day.diff(start, "days").days);
  const has = (set: ReadonlySet<string>) =>
    words.some((word) => set.has(word) || set.has(word.replace(/^[وفبل]/u, "")));
  const weekday = weekdays[day.weekday - 1];
  if (ahead >= 0 && ahead <= weekdayReachDays && weekday !== undefined && has(weekday)) return true;
  if (ahead === 0 && has(today)) return true;
  if (ahead === 1 && has(tomorrow)) return true;
  if (ahead === 2 && words.some((word, at) => after.has(word) && words.slice(at, at + 3).some((w) => tomorrow.has(w))))
    return true;
  return saysDistance(words, ahead) || saysDate(text, words, { day, ahead });
}

/** "in three days", "two weeks from now", «بعد اسبوع», "a week on Monday" by its weekday. */
function saysDistance(words: readonly string[], ahead: number): boolean {
  return words.some((word, at) => {
    const isDay = dayWords.has(word);
    if (!isDay && !weekWords.has(word)) return word === "اسبوعين" ? ahead === 14 : word === "يومين" && ahead === 2;
    const before = words.slice(Math.max(0, at - 2), at);
    const count = before.map(numberOf).findLast((value) => value !== undefined) ?? 1;
    const isAhead = [...before, ...words.slice(at + 1, at + 3)].some((each) =>
      /^(?:in|from|next|بعد|جاي|كمان)$/.test(each),
    );
    return isAhead && ahead === (isDay ? count : 7 * count);
  });
}

function saysDate(text: string, words: readonly string[], { day, ahead }: { day: DateTime; ahead: number }): boolean {
  const numbers = numbersIn(words);
  const saysNumber = numbers.some(({ value }) => value === day.day);
  const saysMonth = months.some((names, index) => index === day.month - 1 && words.some((word) => names.has(word)));
  if (saysNumber && saysMonth) return true;
  const otherMonth = months.some(
    (names, index) => index !== day.month - 1 && words.some((word) => word !== "may" && names.has(word)),
  );
  const isNear = ahead >= 0 && ahead <= dayOfMonthReachDays;
  if (isNear && !otherMonth && words.some((word, at) => isDayOfMonth(words, at, word) === day.day)) return true;
  return (
    [...text.matchAll(/(\d{1,2})[/.-](\d{1,2})(?![\d:])/g)].some((match) => {
      const pair = [Number(match[1]), Number(match[2])];
      return pair.includes(day.day) && pair.includes(day.month);
    }) || text.includes(day.toFormat("yyyy-MM-dd"))
  );
}

/** "the 24th", "the twenty fourth", «يوم 24». */
function isDayOfMonth(words: readonly string[], at: number, word: string): number | undefined {
  const found = numbersIn(words.slice(at, at + 2))[0];
  if (found?.from !== 0) return undefined;
  const before = words[at - 1] ?? "";
  const isOrdinal = /(?:st|nd|rd|th)$|^(?:first|second|third)$/.test(words[at + found.to - 1] ?? word);
  return isOrdinal || before === "يوم" || before === "the" ? found.value : undefined;
}

const half = wordSet("half نص نصف");
const quarter = wordSet("quarter ربع");
const third = wordSet("تلت");
const until = wordSet("to til till before of");
const noon = wordSet("noon midday ضهر ظهر الضهر");
const midnight = wordSet("midnight");

interface SaidTime {
  readonly hour: number;
  readonly minute: number;
  /** Said with am or pm. */
  readonly half?: "am" | "pm";
}

export function saysTime(text: string, { time }: Moment): boolean {
  if (time === undefined) return false;
  return timesIn(text).some((said) => {
    if (said.minute !== time.minute) return false;
    if (said.hour === time.hour) return said.half !== "pm" || time.hour >= 12;
    if (said.hour % 12 !== time.hour % 12 || said.hour > 12) return false;
    return said.half === undefined || said.half === (time.hour >= 12 ? "pm" : "am");
  });
}

/** All that may be a time of day. A number may be something else; it is what is written that must be among them. */
function timesIn(text: string): SaidTime[] {
  const words = wordsOf(text.replace(/([ap])\.\s?m\b\.?/gi, "$1m").replace(/(\d)([ap]m)\b/gi, "$1 $2"));
  const numbers = numbersIn(words);
  const times = numbers.flatMap((number, index) => {
    const half = words
      .slice(number.to, number.to + 4)
      .map(halfOf)
      .find((each) => each !== undefined);
    const said = [...timesAfter(words, number, numbers[index + 1]), ...timesBefore(words, number)];
    return said.map((time) => ({ ...time, ...(half === undefined ? {} : { half }) }));
  });
  if (words.some((word) => noon.has(word))) times.push({ hour: 12, minute: 0 });
  if (words.some((word) => midnight.has(word))) times.push({ hour: 0, minute: 0 });
  return times.filter(({ hour, minute }) => hour >= 0 && hour < 24 && minute >= 0 && minute < 60);
}

const halfOf = (word: string): "am" | "pm" | undefined => {
  if (/^(?:am|ص|صباحا|صبح)$/.test(word)) return "am";
  return /^(?:pm|م|مساء|مسا|عصر|بليل)$/.test(word) ? "pm" : undefined;
};

/** The number as an hour, with the minutes that follow it: "ten", "ten thirty", «عشرة ونص», «عشرة إلا ربع», «تسعة وعشرين». */
function timesAfter(
  words: readonly string[],
  { value: hour, from, to }: NumberAt,
  next: NumberAt | undefined,
): SaidTime[] {
  const [first = "", second = ""] = words.slice(to, to + 2);
  if (first === "الا") {
    const less = partOf(second) ?? numberOf(second);
    return less === undefined ? [] : [beforeTheHour(hour, less)];
  }
  const part = first === "و" ? partOf(second) : first.startsWith("و") ? partOf(first.slice(1)) : undefined;
  if (part !== undefined) return [{ hour, minute: part + (saysFive(words, to) && part === 30 ? 5 : 0) }];
  const isJoined = to - from === 2;
  if (isJoined && (words[to - 1] ?? "").startsWith("و")) {
    const unit = numberOf(words[from] ?? "") ?? 0;
    return [
      { hour: unit, minute: hour - unit },
      { hour, minute: 0 },
    ];
  }
  const gap = next === undefined ? -1 : next.from - to;
  const isMinutes = next !== undefined && (gap === 0 || (gap === 1 && (first === "o" || first === "oh")));
  if (!isMinutes || next.value > 59 || hour > 23 || isHourMark(words, next)) return [{ hour, minute: 0 }];
  return [{ hour, minute: next.value }];
}

const isHourMark = (words: readonly string[], { to, value }: NumberAt) =>
  value <= 12 && /^(?:am|pm|oclock|ص|م)$/.test(words[to] ?? "");

const beforeTheHour = (hour: number, less: number): SaidTime => ({
  hour: hour === 1 ? 12 : hour - 1,
  minute: 60 - less,
});

function partOf(word: string): number | undefined {
  if (half.has(word)) return 30;
  if (quarter.has(word)) return 15;
  return third.has(word) ? 20 : undefined;
}

/** «ونص وخمسة». */
const saysFive = (words: readonly string[], to: number) =>
  words.slice(to + 1, to + 3).some((word) => /^و(?:خمسه|5)$/u.test(word));

/** "half past nine", "quarter to ten", "twenty past four", "half nine": the minutes came first. */
function timesBefore(words: readonly string[], { value: hour, from }: NumberAt): SaidTime[] {
  const joint = words[from - 1] ?? "";
  if (half.has(joint)) return [{ hour, minute: 30 }];
  const count = (words[from - 2] === "minutes" ? words[from - 3] : words[from - 2]) ?? "";
  const minutes = partOf(count) ?? numberOf(count);
  if (minutes === undefined) return [];
  if (joint === "past" || joint === "after") return [{ hour, minute: minutes }];
  return until.has(joint) ? [beforeTheHour(hour, minutes)] : [];
}

const vague =
  /\b(?:earliest|soonest|asap|as soon as|first (?:available|free|opening|one|thing)|next (?:available|free)|any ?time|any day|whenever|whatever|whichever)\b|[أا]قرب|[أا]ول (?:ميعاد|معاد|موعد|وقت|حاجه|حاجة)|[أا]ي (?:وقت|ميعاد|معاد|يوم)|في [أا]سرع/iu;

/** The caller leaves the choice to what is free. */
export const leavesTimeOpen = (text: string) => vague.test(text);

const picks = wordSet(
  "first second third last latter former earlier later one that this اول تاني تالت اخير اولاني تالتة ده دي",
);

/** The caller takes one of those that were read out. */
export const picksOne = (text: string) => wordsOf(text).some((word) => picks.has(word));

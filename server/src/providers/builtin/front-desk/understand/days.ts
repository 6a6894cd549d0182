/** Days: Arabic by our own rules, English weekdays too; English dates by chrono-node. Over normalised words with digits. */
import * as chrono from "chrono-node";
import { DateTime } from "luxon";
import { wordPattern } from "../language/normalize.ts";

export interface SpokenDay {
  date: string;
  matched: string;
}

const weekdays: readonly RegExp[] = [
  wordPattern("mon|monday|mondays|(?:يوم )?(?:ال|لل|بال)اتنين|يوم اتنين|يوم 2"),
  wordPattern("tue|tues|tuesday|tuesdays|(?:يوم )?(?:ال|لل|بال)تلاتا?|يوم تلات|يوم التلاته|يوم 3|التلوت"),
  wordPattern("wed|wednesday|wednesdays|(?:يوم )?(?:ال|لل|بال)اربعا?|يوم الاربعه|يوم 4|الاربعاء|لاربع"),
  wordPattern("thu|thur|thurs|thursday|thursdays|(?:يوم )?(?:ب|ل)?ا?لخميس|يوم خميس"),
  wordPattern("fri|friday|fridays|(?:يوم )?(?:ب|ل)?ا?لجمعه|يوم جمعه"),
  wordPattern("sat|saturday|saturdays|(?:يوم )?(?:ب|ل)?ا?لسبت|يوم سبت|سبت"),
  wordPattern("sun|sunday|sundays|(?:يوم )?(?:ال|لل|بال)?احد|بالحد|(?:يوم )?الحد|الحد|يوم حد|للحد"),
];
const months: readonly string[] = [
  "يناير|كانون التاني|january",
  "فبراير|شباط|february",
  "مارس|ادار|march",
  "ابريل|نيسان|april",
  "مايو|ايار|may",
  "يونيو|يونيه|حزيران|june",
  "يوليو|يوليه|تموز|july",
  "اغسطس|اب|august",
  "سبتمبر|ايلول|september",
  "اكتوبر|october",
  "نوفمبر|november",
  "ديسمبر|december",
];
const arabicMonths = months.map((names) => wordPattern(`(?<day>\\d{1,2}) (?:من |في )?(?:شهر )?(?:${names})`));
const numericMonth = wordPattern("(?<day>\\d{1,2}) ?(?:شهر|/|-) ?(?<month>\\d{1,2})(?:[/-]\\d{2,4})?");
const dayOfMonth = wordPattern(
  "(?:يوم|the|on the) (?<day>\\d{1,2})(?:st|nd|rd|th)?(?! (?:one|1|option|time|slot|appointment|floor))|(?<ordinal>\\d{1,2})(?:st|nd|rd|th)(?! (?:one|1|option|time|slot|appointment|floor))",
);

const relative: readonly (readonly [number, RegExp])[] = [
  [3, wordPattern("بعد بعد بكر[ها]")],
  [
    2,
    wordPattern(
      "ل?بعد (?:بكر[ها]|غدا?|الغد|باكر|بكر)|day after tomorrow|كمان يومين|بعد يومين|in 2 days|2 days from now",
    ),
  ],
  [1, wordPattern("بكر[ها]|بكره|لبكره|باكر|غدا|غد|الغد|tomorrow|tmrw|tmr|tomoro|tomorow")],
  [14, wordPattern("بعد اسبوعين|كمان اسبوعين|in 2 weeks|2 weeks from (?:now|today)")],
  [
    0,
    wordPattern(
      "ا?ل?نهارده|انهارده|النهارضه|اليوم|الليله|الليلادي|today|tonight|this (?:morning|afternoon|evening)|same day",
    ),
  ],
  [7, wordPattern("بعد اسبوع|كمان اسبوع|in (?:a|1) week|a week from (?:now|today)|1 week from now")],
];
const inDays = wordPattern("(?:بعد|كمان|in) (?<count>\\d{1,2}) (?:ايام|يوم|days)");
const nextWeek = wordPattern(
  "الاسبوع (?:الجاي|الجي|القادم|المقبل|اللي جاي|ال جاي)|next week|the following week|week after",
);
const weekLater = wordPattern(
  "(?:مش |مو )?الجاي ?(?:لا )?(?:ال ?لي|اللي) ?بعد(?:ه|و)|اللي بعد(?:ه|و|ها| الجايه?)|بعد القادم|after next|week after next|a week from|the one after|from next",
);
const everyWeekday = wordPattern(
  "(?:كل|every|any|each) (?:يوم|day|week|weekday|(?:mon|tues|wednes|thurs|fri|satur|sun)day|ال\\S+)",
);
const namesWeekday = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b/;
/** Only with these does chrono know more than the weekday's name. */
const monthHint = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?!be\b)[a-z]*\b|\d[/-]\d/;
const chronoHint =
  /\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d{1,2}[/-]\d{1,2}|\d{4}-\d\d|weekend|days?|weeks?|month)/;

function readRelative(text: string, today: DateTime): SpokenDay | undefined {
  const counted = inDays.exec(text);
  if (counted) return { date: toDate(today.plus({ days: Number(counted.groups?.["count"]) })), matched: counted[0] };
  for (const [days, pattern] of relative) {
    const match = pattern.exec(text);
    if (match) return { date: toDate(today.plus({ days })), matched: match[0] };
  }
  return undefined;
}

function toDate(day: DateTime): string {
  return day.toFormat("yyyy-MM-dd");
}

/** The coming day of that name: never today unless today is said. `next week` and `after next` mean the week after. */
function readWeekday(text: string, today: DateTime): SpokenDay | undefined {
  const hits = weekdays.flatMap((pattern, index) => {
    const match = pattern.exec(text);
    return match ? [{ weekday: index + 1, at: match.index, matched: match[0] }] : [];
  });
  const hit = hits.sort((a, b) => b.at - a.at).find((found) => isWanted(text, found)) ?? hits[0];
  if (!hit) return undefined;
  const isThis = new RegExp(`this ${hit.matched.trim()}`).test(text);
  const ahead = (hit.weekday - today.weekday + 7) % 7 || (isThis ? 0 : 7);
  const startOfNext = today.plus({ days: 8 - today.weekday });
  if (weekLater.test(text)) return { date: toDate(today.plus({ days: ahead + 7 })), matched: hit.matched };
  if (nextWeek.test(text) || new RegExp(`next ${hit.matched.trim()}`).test(text)) {
    const later = startOfNext.plus({ days: hit.weekday - 1 });
    return {
      date: toDate(/next week|الاسبوع/.test(text) || ahead < 3 ? later : today.plus({ days: ahead })),
      matched: hit.matched,
    };
  }
  return { date: toDate(today.plus({ days: ahead })), matched: hit.matched };
}

function upcoming(today: DateTime, month: number, day: number): DateTime | undefined {
  const here = DateTime.fromObject({ year: today.year, month, day }, { zone: today.zone });
  const found = here.isValid && here < today ? here.plus({ years: 1 }) : here;
  return found.isValid ? found : undefined;
}

function readNamedMonth(text: string, today: DateTime): SpokenDay | undefined {
  for (const [index, pattern] of arabicMonths.entries()) {
    const match = pattern.exec(text);
    const day = match && upcoming(today, index + 1, Number(match.groups?.["day"]));
    if (match && day) return { date: toDate(day), matched: match[0] };
  }
  const match = /[\u0600-\u06FF]/.test(text) ? numericMonth.exec(text) : null;
  const day = match && upcoming(today, Number(match.groups?.["month"]), Number(match.groups?.["day"]));
  return match && day ? { date: toDate(day), matched: match[0] } : undefined;
}

function readDayOfMonth(text: string, today: DateTime): SpokenDay | undefined {
  const match = dayOfMonth.exec(text);
  const day = Number(match?.groups?.["day"] ?? match?.groups?.["ordinal"] ?? 0);
  if (!match || day < 1 || day > 31) return undefined;
  for (let ahead = 0; ahead < 3; ahead++) {
    const month = today.startOf("month").plus({ months: ahead });
    const found = month.set({ day });
    if (found.isValid && day <= (month.daysInMonth ?? 0) && found >= today)
      return { date: toDate(found), matched: match[0] };
  }
  return undefined;
}

/** chrono reads wall time in the process's zone; the reference is the business's wall time, so zones never meet. */
function readByChrono(text: string, now: DateTime, isMonthFirst: boolean): SpokenDay | undefined {
  if (!chronoHint.test(text) || (namesWeekday.test(text) && !monthHint.test(text))) return undefined;
  const reference = new Date(now.year, now.month - 1, now.day, now.hour, now.minute);
  const parser = isMonthFirst ? chrono.casual : chrono.en.GB;
  const results = parser.parse(text.slice(0, 300), reference, { forwardDate: true });
  const hasMonth = (result: chrono.ParsedResult) => Number(result.start.isCertain("month"));
  for (const result of results.sort((a, b) => hasMonth(b) - hasMonth(a))) {
    const { start } = result;
    const isDay = start.isCertain("day") || start.isCertain("weekday");
    if (!isDay) continue;
    const date = DateTime.fromObject({
      year: start.get("year") ?? now.year,
      month: start.get("month") ?? 1,
      day: start.get("day") ?? 1,
    });
    if (date.isValid) return { date: toDate(date), matched: result.text.split(/ at | from | between | @ /)[0] ?? "" };
  }
  return undefined;
}

/** Reads the day meant, in the zone of `now`. `isMonthFirst`: 11/24 is November, as in the United States. */
export function readDay(text: string, now: DateTime, isMonthFirst: boolean): SpokenDay | undefined {
  const today = now.startOf("day");
  if (weekLater.test(text)) {
    const later = readWeekday(text, today);
    if (later) return later;
  }
  const named = readNamedMonth(text, today) ?? readByChrono(text, now, isMonthFirst);
  if (named) return named;
  const weekday = everyWeekday.test(text) && !/كله/.test(text) ? undefined : readWeekday(text, today);
  const plain = readRelative(text, today);
  if (!weekday || !plain) return plain ?? weekday ?? readDayOfMonth(text, today);
  if (/اليوم|this|كمان اسبوع|بعد اسبوع/.test(plain.matched)) return weekday;
  return isWanted(text, weekday) &&
    (text.indexOf(weekday.matched) > text.indexOf(plain.matched) || !isWanted(text, plain))
    ? weekday
    : plain;
}

/** "Thursday instead of tomorrow", "مش هقدر اجي بكرة": the day that is not meant. */
function isWanted(text: string, day: { matched: string }): boolean {
  return !takenBack.test(text.slice(0, Math.max(0, text.indexOf(day.matched))));
}

const takenBack =
  /(?:^| )(?:(?:instead of|not|from|rather than|بدل|مش|مكان|من)(?: (?:يوم|the|on|this|next))?|(?:cant|cannot|wont) (?:make|come)(?: \S+){0,2}|مش (?:هقدر|هعرف|قادر|حقدر)\S*(?: \S+){0,2}) ?$/u;

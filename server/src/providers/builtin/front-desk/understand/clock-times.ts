/** Times of day, English and Arabic, over normalised words with numbers as digits. */
import type { OpeningSpan } from "@parley/contract/business-facts";
import { wordPattern } from "../language/normalize.ts";
import type { PartOfDay } from "./types.ts";

export interface SpokenTime {
  time?: string;
  partOfDay?: PartOfDay;
  /** The words that were read, to be kept away from other readers. */
  matched: string;
}

type HalfOfDay = "am" | "pm" | "noon" | "night" | undefined;

interface Reading {
  hour: number;
  minute: number;
  half: HalfOfDay;
  matched: string;
}

const arabicHalf =
  "الصبح|صباحا|الصباح|صباح|الفجر|بدري|ص|الضهر|ضهرا|بعد الضهر|العصر|عصرا|المغرب|مغرب|العشا|بالليل|بليل|بليلا|ليلا|الليل|مساء|المسا|مسا|م|am|pm";
const arabicHour =
  "الواحده|التانيه عشره?|الحاديه عشره?|التانيه|التالته|الرابعه|الخامسه|السادسه|السابعه|التامنه|التاسعه|العاشره|الاربعه|\\d{1,2}";
const arabicHourWords: Readonly<Record<string, number>> = {
  الواحده: 1,
  التانيه: 2,
  التالته: 3,
  الرابعه: 4,
  الاربعه: 4,
  الخامسه: 5,
  السادسه: 6,
  السابعه: 7,
  التامنه: 8,
  التاسعه: 9,
  العاشره: 10,
  "الحاديه عشر": 11,
  "الحاديه عشره": 11,
  "التانيه عشر": 12,
  "التانيه عشره": 12,
};
const arabicMinutes =
  "(?: ?و ?(?<plus>نصف|نص|ربع|تلت|النصف|الربع|\\d{1,2})(?: دقيق[هه])?)?(?: (?<less>و ?خمسه|و ?5|الا ربع|الا تلت|الا 5|الا 10|الا الربع|الا خمسه))?";

const arabicClock = wordPattern(
  `(?<lead>خليها|نخليها|خليه|نخليه|الساعه|ساعه|على الساعه|علي الساعه|حوالي|علي|على|ع)? ?(?<hour>${arabicHour})(?::(?<minute>\\d\\d))?${arabicMinutes}(?: (?:في )?(?<half>${arabicHalf}))?`,
);
const englishClock = wordPattern(
  "(?<lead>at|around|about|by|for|like|say|make it|to|from|after)? ?(?:(?<fraction>half past|half|quarter past|quarter after|a quarter past|quarter to|a quarter to|quarter of|(?:5|10|20|25)(?: minutes?)? (?:past|to|after)) )?(?<hour>\\d{1,2})(?:(?::| )(?<minute>[0-5]\\d))?(?: (?<half>am|pm|oclock|o clock|ish|sharp|hours))?(?: (?:oclock )?(?:in the )?(?<part>morning|afternoon|evening|at night|tonight|am|pm))?",
);
const compactClock = wordPattern("(?<hour>[01]?\\d|2[0-3]):(?<minute>[0-5]\\d)");

function halfOf(words: string | undefined): HalfOfDay {
  if (words === undefined) return undefined;
  if (/صبح|صباح|فجر|بدري|^ص$|^am$|morning/.test(words)) return "am";
  if (/^الضهر$|^ضهرا$|^noon$/.test(words)) return "noon";
  if (/الليل|بليل|ليلا|night/.test(words)) return "night";
  return /./.test(words) && !/oclock|o clock|ish|sharp|hours/.test(words) ? "pm" : undefined;
}

function toMinutesOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}

function isOpenAt(hours: readonly OpeningSpan[], minutes: number): boolean {
  return hours.some((span) => minutes >= toMinutesOfDay(span.opens) && minutes < toMinutesOfDay(span.closes));
}

/** Which half of the day is meant when nobody says: the one in which the house is open; else one to seven are afternoon. */
function resolveHour(reading: Reading, hours: readonly OpeningSpan[]): number {
  const { hour, half } = reading;
  if (hour > 12 || hour === 0) return hour;
  if (half === "am") return hour % 12;
  if (half === "night" && (hour === 12 || hour < 4)) return hour % 12;
  if (half === "noon" && hour >= 10) return hour;
  if (half !== undefined) return (hour % 12) + 12;
  const early = (hour % 12) * 60 + reading.minute;
  const opensEarly = isOpenAt(hours, early);
  const opensLate = isOpenAt(hours, early + 720);
  if (opensEarly !== opensLate) return (hour % 12) + (opensLate ? 12 : 0);
  return hour === 12 || hour < 8 ? (hour % 12) + 12 : hour;
}

function toTime(reading: Reading, hours: readonly OpeningSpan[]): string | undefined {
  const total = resolveHour(reading, hours) * 60 + reading.minute;
  const wrapped = ((total % 1440) + 1440) % 1440;
  if (reading.hour > 24) return undefined;
  return `${String(Math.floor(wrapped / 60)).padStart(2, "0")}:${String(wrapped % 60).padStart(2, "0")}`;
}

function minutesFrom(words: string | undefined): number {
  if (words === undefined) return 0;
  const digits = Number(/\d+/.exec(words)?.[0] ?? 0);
  const value = /نص|half/.test(words)
    ? 30
    : /ربع|quarter/.test(words)
      ? 15
      : /تلت/.test(words)
        ? 20
        : /خمسه/.test(words)
          ? 5
          : digits;
  return /^الا|\b(to|of)$/.test(words) ? -value : value;
}

function readArabic(text: string, bareAllowed: boolean): Reading | undefined {
  const match = arabicClock.exec(text);
  const groups = match?.groups;
  if (!match || !groups) return undefined;
  const word = groups["hour"] ?? "";
  const hour = arabicHourWords[word] ?? Number(word);
  const marked = groups["lead"] ?? groups["half"] ?? groups["minute"] ?? groups["plus"] ?? groups["less"];
  if ((marked === undefined && !bareAllowed) || hour > 24) return undefined;
  const minute =
    Number(groups["minute"] ?? 0) + minutesFrom(groups["plus"]) + minutesFrom(groups["less"]?.replace(/^و ?/, ""));
  return { hour, minute, half: halfOf(groups["half"]), matched: match[0] };
}

function readEnglish(text: string, bareAllowed: boolean): Reading | undefined {
  const match = englishClock.exec(text);
  const groups = match?.groups;
  if (!match || !groups) return undefined;
  const hour = Number(groups["hour"]);
  const isMarked =
    ["fraction", "half", "part", "minute"].some((key) => groups[key] !== undefined) ||
    /^(at|around|about|by|make it)$/.test(groups["lead"] ?? "");
  if ((!isMarked && !bareAllowed) || hour > 24) return undefined;
  const minute = Number(groups["minute"] ?? 0) + minutesFrom(groups["fraction"]?.trim());
  return { hour, minute, half: halfOf(groups["part"]) ?? halfOf(groups["half"]), matched: match[0] };
}

const parts: readonly (readonly [PartOfDay, RegExp])[] = [
  ["afternoon", wordPattern("afternoon|after lunch|بعد الضهر|العصر|عصرا|after noon|after work")],
  ["morning", wordPattern("morning|before noon|before lunch|early|الصبح|صباحا|الصباح|بدري|الصبحيه")],
  [
    "evening",
    wordPattern(
      "evening|tonight|at night|night|late in the day|المغرب|العشا|بالليل|بليل|مساء|المسا|مسا|الليله|اخر النهار|الليلادي",
    ),
  ],
];
const greetings = wordPattern(
  "good (?:morning|afternoon|evening)|(?:have|enjoy)(?: \\w+){0,4} (?:morning|afternoon|evening|night)|good ?night|صباح (?:الخير|النور|الفل)|مساء? (?:الخير|النور|الفل)",
);
/** "Not three, four": the time that is taken back. */
const negated = /(?:^| )(?:مش|not|بدل|instead of) (?:at |الساعه )?\d{1,2}(?::\d\d)?(?= .*\d)/u;
const noon = wordPattern("noon|midday|12 noon|lunchtime|lunch time|الضهر|ضهرا");

/**
 * Reads the first time said. `bareAllowed`: a number alone is a time, because one was asked for.
 * Without am or pm the opening hours decide.
 */
export function readClockTime(
  text: string,
  hours: readonly OpeningSpan[],
  bareAllowed: boolean,
): SpokenTime | undefined {
  const rest = text.replace(greetings, " ").replace(negated, " ");
  const readers = /[\u0600-\u06FF]/.test(rest) ? [readArabic, readEnglish] : [readEnglish];
  const compact = compactClock.exec(rest);
  let reading: Reading | undefined;
  for (let offset = 0, tail = rest; reading === undefined && offset < 12; offset++) {
    reading = readers.map((read) => read(tail, bareAllowed)).find((found) => found !== undefined);
    const digit = tail.search(
      /\d(?!\d)|الواحده|التانيه|التالته|الرابعه|الخامسه|السادسه|السابعه|التامنه|التاسعه|العاشره/,
    );
    if (digit === -1) break;
    tail = tail.slice(digit + 1);
  }
  if (reading === undefined && compact?.groups) {
    reading = {
      hour: Number(compact.groups["hour"]),
      minute: Number(compact.groups["minute"]),
      half: undefined,
      matched: compact[0],
    };
  }
  const part = parts.find(([, pattern]) => pattern.test(rest))?.[0];
  if (reading) {
    const inherited = reading.half ?? (part === "morning" ? "am" : part === undefined ? undefined : "pm");
    const time = toTime({ ...reading, half: inherited }, hours);
    if (time !== undefined) return { time, matched: reading.matched };
  }
  if (noon.test(rest) && part === undefined) return { time: "12:00", matched: noon.exec(rest)?.[0] ?? "" };
  return part === undefined ? undefined : { partOfDay: part, matched: "" };
}

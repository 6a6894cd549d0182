/** Times of day in figures, and spans of them. */
import { replaceMatches } from "./replace-matches.ts";
import type { ClockTime, SpokenLanguage } from "./spoken-language.ts";

const half = String.raw`\s?(?:([AaPp])\.?\s?[Mm]\b\.?|(صباحًا|صباحا|ص|مساءً|مساء|م)(?![\p{L}]))`;
const clock = String.raw`(\d{1,2}):(\d{2})(?::\d{2})?`;
const span = new RegExp(
  String.raw`(?<![\d:.,/-])(\d{1,2})(?::(\d{2}))?(?:${half})?\s?(?:-|–|—)\s?(\d{1,2})(?::(\d{2}))?(?:${half})?(?![\d:%]|[.,/-]\d)`,
  "gu",
);
const single = new RegExp(String.raw`(?<![\d:.,/-])(?:${clock}(?:${half})?|(\d{1,2})${half})(?![\d:]|[./-]\d)`, "gu");
/** The text tells the part of the day itself. */
const partFollows =
  /^\s*(?:الصبح|صباح|الفجر|الضهر|الظهر|ظهر|العصر|عصر|المغرب|مساء|المسا|بالليل|ليل|بليل|in the (?:morning|afternoon|evening)|at night)/i;

export function speakTimes(text: string, language: SpokenLanguage): string {
  if (!/\d/.test(text)) return text;
  const spoken = replaceMatches(text, span, (match) => speakSpan(match, language));
  return replaceMatches(spoken, single, (match) => {
    const [written, hour, minute, latin, arabic, bareHour, latinToo, arabicToo] = match;
    const after = match.input.slice(match.index + written.length);
    const time = clockTime(hour ?? bareHour, minute, meridiemOf(latin ?? latinToo, arabic ?? arabicToo));
    if (time === undefined) return undefined;
    return language.time({ ...time, bare: partFollows.test(after) }) + stopAfter(written, after);
  });
}

function speakSpan(match: RegExpExecArray, language: SpokenLanguage): string | undefined {
  const [written, hour, minute, latin, arabic, endHour, endMinute, endLatin, endArabic] = match;
  const told = latin ?? arabic ?? endLatin ?? endArabic;
  // "3-5" may be days or people: only what is written like a time is one.
  if (minute === undefined && endMinute === undefined && told === undefined) return undefined;
  const end = clockTime(endHour, endMinute, meridiemOf(endLatin, endArabic));
  const start = clockTime(hour, minute, meridiemOf(latin, arabic));
  if (start === undefined || end === undefined) return undefined;
  const isMorning = end.hour >= 13 && start.meridiem === undefined && start.hour < 12;
  const from: ClockTime = isMorning
    ? { ...start, meridiem: "am" }
    : { ...start, bare: start.meridiem === undefined && told !== undefined };
  const after = match.input.slice(match.index + written.length);
  return `${language.time(from)} ${language.words.to} ${language.time(end)}${stopAfter(written, after)}`;
}

function clockTime(
  hour: string | undefined,
  minute: string | undefined,
  meridiem: "am" | "pm" | undefined,
): ClockTime | undefined {
  const [h, m] = [Number(hour), Number(minute ?? 0)];
  if (hour === undefined || h > 24 || m > 59 || (meridiem !== undefined && h === 0)) return undefined;
  // "14:30 pm" is 14:30.
  return meridiem === undefined || h > 12 ? { hour: h % 24, minute: m } : { hour: h, minute: m, meridiem };
}

function meridiemOf(latin: string | undefined, arabic: string | undefined): "am" | "pm" | undefined {
  if (latin !== undefined) return latin.toLowerCase() === "a" ? "am" : "pm";
  if (arabic !== undefined) return arabic.startsWith("ص") ? "am" : "pm";
  return undefined;
}

/** The dot of "p.m." at the end of a sentence ends the sentence too. */
function stopAfter(match: string, after: string): string {
  return match.endsWith(".") && (after === "" || /^\s+\p{Lu}/u.test(after)) ? "." : "";
}

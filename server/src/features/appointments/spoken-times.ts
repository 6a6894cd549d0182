/** Days and times as people say them: "Tuesday at half past two", "بكرة الساعة اتنين ونص". Anything but Arabic is said in English. */
import { DateTime } from "luxon";

export interface SpokenWords {
  day(day: DateTime, today: DateTime): string;
  time(at: DateTime): string;
  at(day: string, times: readonly string[]): string;
  join(times: readonly string[]): string;
  readonly betweenDays: string;
  readonly nothing: string;
}

const englishHours = "twelve one two three four five six seven eight nine ten eleven".split(" ");
const englishMinutes: Readonly<Record<number, string>> = {
  ...{ 5: "five", 10: "ten", 15: "quarter", 20: "twenty", 25: "twenty-five", 30: "half" },
};

function ordinal(number: number): string {
  const isTeen = number >= 11 && number <= 13;
  return `${number}${isTeen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th")}`;
}

/** What makes five in the morning another time than five in the afternoon, where people would mistake it. */
function englishPart({ hour }: DateTime): string {
  if (hour === 0 || hour >= 21) return " at night";
  if (hour < 8) return " in the morning";
  return hour >= 18 ? " in the evening" : "";
}

function englishTime(at: DateTime): string {
  const { hour, minute } = at;
  const hourWord = (which: number) => englishHours[which % 12] ?? "";
  const before = englishMinutes[60 - minute];
  const past = englishMinutes[minute];
  if (minute === 0) return `${hour === 12 ? "noon" : hourWord(hour)}${englishPart(at)}`;
  if (past !== undefined) return `${past} past ${hourWord(hour)}${englishPart(at)}`;
  if (before !== undefined) return `${before} to ${hourWord(hour + 1)}${englishPart(at)}`;
  return `${hourWord(hour)} ${minute < 10 ? `oh ${minute}` : minute}${englishPart(at)}`;
}

const english: SpokenWords = {
  day(day, today) {
    const ahead = Math.round(day.startOf("day").diff(today.startOf("day"), "days").days);
    if (ahead === 0) return "today";
    if (ahead === 1) return "tomorrow";
    const weekday = day.setLocale("en").toFormat("cccc");
    return ahead < 7 ? weekday : `${weekday} the ${ordinal(day.day)} of ${day.setLocale("en").toFormat("LLLL")}`;
  },
  time: englishTime,
  at: (day, times) => `${day} at ${english.join(times)}`,
  join: (parts) => (parts.length < 3 ? parts.join(" or ") : `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`),
  betweenDays: ", or ",
  nothing: "There is nothing free then.",
};

const arabicHours = "اتناشر واحدة اتنين تلاتة أربعة خمسة ستة سبعة تمانية تسعة عشرة حداشر".split(" ");
const arabicPast: Readonly<Record<number, string>> = {
  ...{ 5: " وخمسة", 10: " وعشرة", 15: " وربع", 20: " وتلت", 25: " ونص إلا خمسة", 30: " ونص", 35: " ونص وخمسة" },
};
const arabicBefore: Readonly<Record<number, string>> = {
  ...{ 40: " إلا تلت", 45: " إلا ربع", 50: " إلا عشرة", 55: " إلا خمسة" },
};
const arabicWeekdays = "الاتنين التلات الأربع الخميس الجمعة السبت الحد".split(" ");
const arabicMonths = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(" ");

function arabicPart({ hour }: DateTime): string {
  if (hour < 4) return " بعد نص الليل";
  if (hour < 8) return " الصبح";
  if (hour === 12) return " الضهر";
  return hour >= 18 ? " بالليل" : "";
}

function arabicTime(at: DateTime): string {
  const { hour, minute } = at;
  const hourWord = (which: number) => arabicHours[which % 12] ?? "";
  const before = arabicBefore[minute];
  if (before !== undefined) return `${hourWord(hour + 1)}${before}${arabicPart(at)}`;
  const past = minute === 0 ? "" : (arabicPast[minute] ?? ` و${minute} دقيقة`);
  return `${hourWord(hour)}${past}${arabicPart(at)}`;
}

const arabic: SpokenWords = {
  day(day, today) {
    const ahead = Math.round(day.startOf("day").diff(today.startOf("day"), "days").days);
    const near = ["النهارده", "بكرة", "بعد بكرة"][ahead];
    if (near !== undefined) return near;
    const weekday = `يوم ${arabicWeekdays[day.weekday - 1] ?? ""}`;
    return ahead < 7 ? weekday : `${weekday} ${day.day} ${arabicMonths[day.month - 1] ?? ""}`;
  },
  time: arabicTime,
  at: (day, times) => `${day} الساعة ${arabic.join(times)}`,
  join: (parts) => parts.join(" أو "),
  betweenDays: "، أو ",
  nothing: "مفيش مواعيد فاضية ساعتها.",
};

/** `language` is BCP-47. */
export const wordsOf = (language: string): SpokenWords => (/^ar\b/i.test(language) ? arabic : english);

/** One time, whole: "tomorrow at half past two". */
export function spokenTime(
  atMs: number,
  { language, timeZone, nowMs }: { language: string; timeZone: string; nowMs: number },
): string {
  const words = wordsOf(language);
  const at = DateTime.fromMillis(atMs, { zone: timeZone });
  return words.at(words.day(at, DateTime.fromMillis(nowMs, { zone: timeZone })), [words.time(at)]);
}

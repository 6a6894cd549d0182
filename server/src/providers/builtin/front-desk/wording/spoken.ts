/** Dates, times and numbers as they are said. */
import { DateTime } from "luxon";
import type { SpokenLanguage } from "../language/normalize.ts";

const arabicDays = ["الاتنين", "التلات", "الأربع", "الخميس", "الجمعة", "السبت", "الحد"];
const arabicMonths = [
  "يناير",
  "فبراير",
  "مارس",
  "أبريل",
  "مايو",
  "يونيو",
  "يوليو",
  "أغسطس",
  "سبتمبر",
  "أكتوبر",
  "نوفمبر",
  "ديسمبر",
];
const arabicHours = [
  "اتناشر",
  "واحدة",
  "اتنين",
  "تلاتة",
  "أربعة",
  "خمسة",
  "ستة",
  "سبعة",
  "تمانية",
  "تسعة",
  "عشرة",
  "حداشر",
];

function ordinal(day: number): string {
  const suffix = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${suffix}`;
}

/** `2026-11-24` → "Tuesday, November 24th", "يوم التلات 24 نوفمبر". */
export function sayDate(date: string, language: SpokenLanguage): string {
  const day = DateTime.fromISO(date, { zone: "utc" });
  if (!day.isValid) return date;
  if (language === "ar")
    return `يوم ${arabicDays[day.weekday - 1] ?? ""} ${day.day} ${arabicMonths[day.month - 1] ?? ""}`;
  return `${day.setLocale("en").toFormat("cccc, LLLL")} ${ordinal(day.day)}`;
}

function arabicPart(hour: number): string {
  if (hour < 12) return "الصبح";
  if (hour < 15) return "الضهر";
  if (hour < 18) return "العصر";
  return "بالليل";
}

/** `15:30` → "3:30 PM", "الساعة تلاتة ونص العصر". */
export function sayTime(time: string, language: SpokenLanguage): string {
  const hour = Number(time.slice(0, 2));
  const minute = Number(time.slice(3, 5));
  if (language === "en") {
    const clock = `${hour % 12 === 0 ? 12 : hour % 12}${minute === 0 ? "" : `:${time.slice(3, 5)}`}`;
    return `${clock} ${hour < 12 || hour === 24 ? "AM" : "PM"}`;
  }
  const isBefore = minute === 45;
  const word = arabicHours[(hour + (isBefore ? 1 : 0)) % 12] ?? "";
  const fraction: Readonly<Record<number, string>> = { 0: "", 15: " وربع", 20: " وتلت", 30: " ونص", 45: " إلا ربع" };
  return `الساعة ${word}${fraction[minute] ?? ` و${minute} دقيقة`} ${arabicPart(hour)}`;
}

/** E.164 or digits, in the groups people say. */
export function sayPhone(phone: string): string {
  const national = phone.replace(/^\+20/, "0").replace(/^\+1/, "");
  const groups = /^(\d{3})(\d{3,4})(\d{4})$/.exec(national);
  return groups ? groups.slice(1).join(" ") : national.replace(/(\d{3})(?=\d{2})/g, "$1 ");
}

export function sayList(items: readonly string[], language: SpokenLanguage, word: "and" | "or"): string {
  const join = language === "en" ? ` ${word} ` : word === "and" ? " و" : " أو ";
  if (items.length < 2) return items[0] ?? "";
  const separator = language === "en" ? ", " : "، ";
  return items.slice(0, -1).join(separator) + join + (items.at(-1) ?? "");
}

/** Figures as Egyptians say them. */

import type { CalendarDate, ClockTime, SpokenLanguage } from "./spoken-language.ts";
import { splitNumber } from "./spoken-language.ts";
import { cardinal, countedCardinal, number } from "./spoken-numbers-ar.ts";

const months = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(" ");
const hours = "اتناشر واحدة اتنين تلاتة أربعة خمسة ستة سبعة تمانية تسعة عشرة حداشر".split(" ");
const ordinals = " أول تاني تالت رابع خامس سادس سابع تامن تاسع عاشر".split(" ");

function digits(text: string): string {
  return [...text.replace(/\D/g, "")].map((digit) => cardinal(Number(digit))).join(" ");
}

/** 3:30 is "three and a half", 3:40 "four less a third": how the clock is read. */
const minuteWords: ReadonlyMap<number, readonly [next: 0 | 1, spoken: string]> = new Map([
  [5, [0, " وخمسة"]],
  [10, [0, " وعشرة"]],
  [15, [0, " وربع"]],
  [20, [0, " وتلت"]],
  [25, [0, " ونص إلا خمسة"]],
  [30, [0, " ونص"]],
  [35, [0, " ونص وخمسة"]],
  [40, [1, " إلا تلت"]],
  [45, [1, " إلا ربع"]],
  [50, [1, " إلا عشرة"]],
  [55, [1, " إلا خمسة"]],
]);

function partOfDay({ hour, meridiem }: ClockTime): string {
  if (meridiem === undefined && hour > 0 && hour < 13) return "";
  const at = meridiem === undefined ? hour : (hour % 12) + (meridiem === "pm" ? 12 : 0);
  if (at < 4 || at >= 18) return " بالليل";
  if (at < 6) return " الفجر";
  if (at < 12) return " الصبح";
  return at < 15 ? " الضهر" : " العصر";
}

function time(value: ClockTime): string {
  const [next, minutes] = minuteWords.get(value.minute) ?? [
    0,
    value.minute === 0 ? "" : ` و${minutesOf(value.minute)}`,
  ];
  const hour = hours[(value.hour + next) % 12] ?? "";
  return hour + minutes + (value.bare ? "" : partOfDay(value));
}

function minutesOf(minute: number): string {
  return minute < 3 ? (["", "دقيقة", "دقيقتين"][minute] ?? "") : `${cardinal(minute)} دقيقة`;
}

function date(value: CalendarDate): string {
  const spoken = `${cardinal(value.day)} ${months[value.month - 1] ?? ""}`;
  return value.year === undefined ? spoken : `${spoken} ${cardinal(value.year)}`;
}

/** Currency, its hundredth. In Egyptian speech neither has a plural after a number. */
const currencies: Readonly<Record<string, readonly [string, string]>> = {
  USD: ["دولار", "سنت"],
  EUR: ["يورو", "سنت"],
  GBP: ["جنيه إسترليني", "بنس"],
  EGP: ["جنيه", "قرش"],
  SAR: ["ريال", "هللة"],
  AED: ["درهم", "فلس"],
  KWD: ["دينار", "فلس"],
  QAR: ["ريال قطري", "درهم"],
  JPY: ["ين", "سن"],
};

const scales: Readonly<Record<string, string>> = { thousand: "ألف", million: "مليون", billion: "مليار" };

function counted(amount: string, noun: string): string {
  const { negative, whole, fraction } = splitNumber(amount);
  const sign = negative ? "سالب " : "";
  if (fraction === "") {
    if (whole === "1") return `${sign}${noun}${noun.endsWith("ة") ? " واحدة" : " واحد"}`;
    return whole.length > 12 ? `${number(amount)} ${noun}` : `${sign}${countedCardinal(Number(whole))} ${noun}`;
  }
  const part = ({ "5": "نص", "50": "نص", "25": "ربع" } as Record<string, string>)[fraction];
  if (part === undefined || whole.length > 12) return `${number(amount)} ${noun}`;
  if (whole === "1") return `${sign}${noun} و${part}`;
  return Number(whole) === 0 ? `${sign}${part} ${noun}` : `${sign}${countedCardinal(Number(whole))} ${noun} و${part}`;
}

function money(amount: string, code: string, scale?: string): string {
  const [name, hundredth] = currencies[code] ?? [code, "سنت"];
  const { negative, whole, fraction } = splitNumber(amount);
  if (scale !== undefined) return `${counted(amount, scales[scale] ?? scale)} ${name}`;
  if (fraction.length > 2 || Number(whole) === 0) return counted(amount, name);
  const cents = Number(fraction.padEnd(2, "0"));
  if (cents === 0 || cents === 50 || cents === 25)
    return counted(cents === 0 ? (amount.split(".")[0] ?? amount) : amount, name);
  return `${negative ? "سالب " : ""}${countedCardinal(Number(whole))} ${name} و${countedCardinal(cents)} ${hundredth}`;
}

const measures: Readonly<Record<string, string>> = {
  fahrenheit: "درجة فهرنهايت",
  celsius: "درجة مئوية",
  degree: "درجة",
  km: "كيلو",
  m: "متر",
  cm: "سنتي",
  mm: "مللي",
  kg: "كيلو",
  g: "جرام",
  mg: "ملليجرام",
  mcg: "ميكروجرام",
  l: "لتر",
  ml: "مللي",
  lb: "رطل",
  oz: "أونصة",
  ft: "قدم",
  mi: "ميل",
  mph: "ميل في الساعة",
  kmh: "كيلو في الساعة",
  min: "دقيقة",
  hour: "ساعة",
  sec: "ثانية",
  ms: "مللي ثانية",
  sqm: "متر مربع",
  gb: "جيجا",
  mb: "ميجا",
};

export const spokenArabic: SpokenLanguage = {
  cardinal,
  ordinal: (value) => ordinals[value] ?? cardinal(value),
  year: cardinal,
  digits,
  number,
  time,
  date,
  money,
  percent: (amount) => `${number(amount)} في المية`,
  measure: (amount, unit) => counted(amount, measures[unit] ?? unit),
  words: {
    at: "آت",
    dot: "دوت",
    slash: "سلاش",
    dash: "داش",
    underscore: "أندرسكور",
    plus: "زائد",
    and: "و",
    or: "أو",
    to: "لحد",
    minus: "سالب",
    numberSign: "رقم",
    about: "حوالي",
    times: "في",
    equals: "يساوي",
    over: "على",
    degrees: "درجة",
    comma: "،",
    around: "أربعة وعشرين ساعة طول الأسبوع",
  },
};

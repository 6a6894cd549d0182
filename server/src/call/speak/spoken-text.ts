/** A model writes for the eye; a voice needs words. Spoken text passes unchanged. */
import type { CountryCode } from "libphonenumber-js/max";
import { speakAddresses } from "./spoken-addresses.ts";
import { speakAmounts, speakRanges } from "./spoken-amounts.ts";
import { spokenArabic } from "./spoken-arabic.ts";
import { speakDates } from "./spoken-dates.ts";
import { spokenEnglish } from "./spoken-english.ts";
import type { SpokenLanguage } from "./spoken-language.ts";
import { cardinalBeforePlural } from "./spoken-numbers-ar.ts";
import { speakPhones } from "./spoken-phones.ts";
import { speakPlainNumbers } from "./spoken-plain-numbers.ts";
import { speakTimes } from "./spoken-times.ts";
import { stripEmphasis, stripMarkup } from "./strip-markup.ts";

export interface SpokenTextOptions {
  /** BCP-47. English and Arabic (Egyptian) get figures in words; of other languages only the markup is taken out. */
  readonly language: string;
  /** IANA name: times with an offset are told in it. */
  readonly timeZone: string;
  readonly now: Date;
}

/** The words to be spoken; "" when the text is nothing but markup. Applied twice it changes nothing more. */
export function toSpokenText(text: string, options: SpokenTextOptions): string {
  const tongue = options.language.slice(0, 2).toLowerCase();
  const language = tongue === "en" ? spokenEnglish : tongue === "ar" ? spokenArabic : undefined;
  const plain = stripMarkup(text);
  const spoken = language === undefined ? stripEmphasis(plain) : speakFigures(plain, language, options);
  const tidy = tidySpaces(spoken);
  return /[\p{L}\p{N}]/u.test(tidy) ? tidy : "";
}

function speakFigures(text: string, language: SpokenLanguage, options: SpokenTextOptions): string {
  const isArabic = language === spokenArabic;
  const monthFirst = /^en(?:$|-US|-PH)/i.test(options.language);
  let spoken = stripEmphasis(speakAddresses(westernDigits(text), language));
  if (isArabic) spoken = spoken.replace(particle, `$1${joint}`);
  if (/\d/.test(spoken)) {
    spoken = speakDates(spoken, language, { timeZone: options.timeZone, now: options.now, monthFirst });
    spoken = speakTimes(spoken, language);
    spoken = speakPhones(spoken, language, countriesOf(options));
    spoken = speakAmounts(speakRanges(speakNumberSigns(spoken, language), language), language);
    spoken = speakPlainNumbers(spoken, language, { isArabic, beforePlural: cardinalBeforePlural });
  }
  return speakSymbols(expandDays(spoken, isArabic), language).replaceAll(joint, "");
}

/** Arabic writes "ب", "ل", "و" and the article onto the next word: so they are when that was a figure. */
const particle = /(?<![\p{L}])(و?(?:[بلفك]|ال|لل)|و)ـ?\s?(?=[$€£]?\d)/gu;
/** A private character, taken out of the input: holds the particle's place while the figure becomes words. */
const joint = "\ue000";

function westernDigits(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/(?<=\d)٫(?=\d)/g, ".")
    .replace(/(?<=\d)٬(?=\d)/g, ",")
    .replace(/٪/g, "%")
    .replace(/[\p{Nd}\p{No}]/gu, (char) => (/[0-9]/.test(char) ? char : char.normalize("NFKD").replace("⁄", "/")));
}

/** Signs that mean something before a number. */
function speakNumberSigns(text: string, { words }: SpokenLanguage): string {
  return text
    .replace(/#\s?(?=\d)/g, `${words.numberSign} `)
    .replace(/[~≈]\s?(?=[$€£]?\d)/g, `${words.about} `)
    .replace(/(?<=\d)\s?[×x]\s?(?=\d)/g, ` ${words.times} `)
    .replace(/(?<=\d)\s?\+\s?(?=\d)/g, ` ${words.plus} `)
    .replace(/(?<=\d)\+/g, ` ${words.plus}`);
}

function speakSymbols(text: string, { words }: SpokenLanguage): string {
  return text
    .replace(/\s*&(?:amp;)?\s*/g, ` ${words.and} `)
    .replace(/&(?:nbsp|quot|lt|gt);/g, " ")
    .replace(/\s*=+\s*/g, ` ${words.equals} `)
    .replace(/\s*@\s*/g, ` ${words.at} `)
    .replace(/\s*\+\s*/g, ` ${words.plus} `)
    .replace(/\s*°/g, ` ${words.degrees}`)
    .replace(/\s*(?:[→⇒➜]|->|=>)\s*/g, `${words.comma} `)
    .replace(/(?<=[\p{L}]) ?\/ ?(?=[\p{L}])/gu, ` ${words.or} `)
    .replace(/[#$€£¥%^|\\{}[\]<>~≈×•←↑↓■□▪●○★☆✓✔/]/g, " ");
}

const days = {
  Mon: "Monday",
  Tue: "Tuesday",
  Wed: "Wednesday",
  Thu: "Thursday",
  Fri: "Friday",
  Sat: "Saturday",
  Sun: "Sunday",
} as const;
const daySpan =
  /\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]*day|s|rs|urs)?\b\.?\s?[-–—]\s?(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]*day|s|rs|urs)?\b/g;

function expandDays(text: string, isArabic: boolean): string {
  if (isArabic) return text;
  return text.replace(
    daySpan,
    (_match, from: keyof typeof days, to: keyof typeof days) => `${days[from]} to ${days[to]}`,
  );
}

function tidySpaces(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/\( *\)|" *"/g, "")
    .replace(/ +([.,!?;:؟،؛…])/g, "$1")
    .replace(/([,،;؛:])(?:\s*[,،;؛:])+/g, "$1")
    .replace(/([!?؟…])\s*[,،;؛:]+|(\.) +[,،;؛:]+/g, "$1$2")
    .replace(/([!?؟])\s*\.(?=\s|$)/g, "$1")
    .replace(/\.(?: \.)+(?=\s|$)/g, ".")
    .replace(/\s+/g, " ")
    .replace(/^[\s.,;:!?؟،؛)\]}–—-]+(?=\s*\S)/, "")
    .trim();
}

const zoneCountries: Readonly<Record<string, CountryCode>> = {
  "Africa/Cairo": "EG",
  "Asia/Riyadh": "SA",
  "Asia/Dubai": "AE",
  "Asia/Kuwait": "KW",
  "Asia/Qatar": "QA",
  "Asia/Amman": "JO",
  "Europe/London": "GB",
};

function countriesOf({ language, timeZone }: SpokenTextOptions): CountryCode[] {
  const region = language.split("-").find((part, index) => index > 0 && /^[A-Z]{2}$/i.test(part));
  const home = zoneCountries[timeZone];
  const own = (region?.toUpperCase() ?? (language.startsWith("ar") ? "EG" : "US")) as CountryCode;
  return home === undefined ? [own] : [...new Set([home, own])];
}

/** Money, percentages, measures and spans of them. */
import { replaceMatches } from "./replace-matches.ts";
import type { SpokenLanguage } from "./spoken-language.ts";
import { writtenNumber } from "./spoken-language.ts";

const currencyBefore = String.raw`US\$|EGP|USD|EUR|GBP|SAR|AED|KWD|QAR|L\.E\.|LE|E£|\$|€|£|¥`;
const currencyAfter = String.raw`EGP|USD|EUR|GBP|SAR|AED|KWD|QAR|L\.E\.|LE|US\$|\$|€|£|¥|جنيهات|جنيهًا|جنيها|جنيه(?: مصري)?|ج\.م\.?|دولارات|دولار|يورو|ريالات|ريال(?: سعودي)?|ر\.س\.?|دراهم|درهم|دينار`;
const codes: readonly (readonly [RegExp, string])[] = [
  [/^(?:EGP|LE|L\.E\.|E£|ج|جنيه)/i, "EGP"],
  [/^(?:US\$|USD|\$|دولار)/i, "USD"],
  [/^(?:EUR|€|يورو)/i, "EUR"],
  [/^(?:GBP|£)/i, "GBP"],
  [/^(?:SAR|ر\.س|ريال)/i, "SAR"],
  [/^(?:AED|درهم|دراهم)/i, "AED"],
  [/^(?:KWD|دينار)/i, "KWD"],
  [/^QAR/i, "QAR"],
  [/^¥/, "JPY"],
];
const scale = String.raw`(?:\s?(million|billion|thousand|مليون|مليار|ألف|[kKmM]|bn)(?![\p{L}]))?`;
const moneyBefore = new RegExp(
  String.raw`(?<![\p{L}\d])(-)?(?:${currencyBefore})\s?(-?${writtenNumber})(?![\d])${scale}`,
  "gu",
);
const moneyAfter = new RegExp(
  String.raw`(?<![\d.,\p{L}])(-?${writtenNumber})${scale}\s?(${currencyAfter})(?![\p{L}])`,
  "gu",
);
const percentage = new RegExp(String.raw`(?<![\d.,\p{L}])(-?${writtenNumber})\s?%`, "gu");

const unitNames: readonly (readonly [string, string])[] = [
  ["°\\s?F|℉", "fahrenheit"],
  ["°\\s?C|℃|°\\s?م", "celsius"],
  ["°", "degree"],
  ["km\\/h|kph|kmh|كم\\/س", "kmh"],
  ["mph", "mph"],
  ["km|كم", "km"],
  ["cm|سم", "cm"],
  ["mm|مم", "mm"],
  ["m²|sqm|sq\\.? ?m|م²|م2", "sqm"],
  ["kg|kgs|كجم|كغ", "kg"],
  ["mcg|µg|μg", "mcg"],
  ["mg|مجم|ملجم|ملغ|مغ", "mg"],
  ["ml|mL|مل", "ml"],
  ["lbs?", "lb"],
  ["oz", "oz"],
  ["ft", "ft"],
  ["mi", "mi"],
  ["mins?", "min"],
  ["hrs?|h", "hour"],
  ["ms", "ms"],
  ["secs?", "sec"],
  ["GB", "gb"],
  ["MB", "mb"],
  ["g|gm|جم", "g"],
  ["L|l", "l"],
  ["m", "m"],
];
const anyUnit = unitNames.map(([names]) => names).join("|");
const measured = new RegExp(
  String.raw`(?<![\d.,\p{L}])((?<![\p{L}\d] ?)[-−])?(${writtenNumber})\s?(${anyUnit})(?![\p{L}\d'’]|\/[\p{L}])`,
  "gu",
);
const unitTests = unitNames.map(([names, unit]) => [new RegExp(`^(?:${names})$`), unit] as const);

const rangeEnd = String.raw`${writtenNumber}`;
const range = new RegExp(
  String.raw`(?<![\d.,:/\p{L}-])((?:${currencyBefore})?\s?)(${rangeEnd})(\s?%|\s?(?:${currencyAfter})(?![\p{L}]))?\s?[-–—]\s?((?:${currencyBefore})?\s?)(${rangeEnd})(?![\d:/]|[.,]\d|-[\d\p{L}])`,
  "gu",
);

/** "9-5", "$50–$100", "10-15%": the dash becomes a word, the amounts stay in figures. */
export function speakRanges(text: string, language: SpokenLanguage): string {
  if (!/\d\D{0,12}[-–—]/.test(text)) return text;
  return replaceMatches(text, range, ([, sign = "", from = "", after = "", endSign = "", to = ""]) => {
    const mark = endSign.trim() === "" ? sign : endSign;
    return `${sign}${from}${after} ${language.words.to} ${mark}${to}`;
  });
}

export function speakAmounts(text: string, language: SpokenLanguage): string {
  if (!/\d/.test(text)) return text;
  let spoken = replaceMatches(text, moneyBefore, ([match, minus = "", amount = "", size]) => {
    return language.money(minus + amount, codeOf(match.slice(minus.length)), scaleOf(size));
  });
  spoken = replaceMatches(spoken, moneyAfter, ([, amount = "", size, written = ""]) => {
    return language.money(amount, codeOf(written), scaleOf(size));
  });
  spoken = replaceMatches(spoken, percentage, ([, amount = ""]) => language.percent(amount));
  return replaceMatches(spoken, measured, ([, minus, amount = "", written = ""]) => {
    const unit = unitTests.find(([test]) => test.test(written))?.[1];
    return unit === undefined ? undefined : language.measure((minus === undefined ? "" : "-") + amount, unit);
  });
}

function codeOf(written: string): string {
  return codes.find(([test]) => test.test(written.trim()))?.[1] ?? "USD";
}

function scaleOf(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (/^(?:m|million|مليون)$/i.test(written)) return "million";
  return /^(?:bn|billion|مليار)$/i.test(written) ? "billion" : "thousand";
}

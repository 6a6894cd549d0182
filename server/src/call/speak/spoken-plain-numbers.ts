/** What figures are left when dates, times, amounts and phone numbers are gone. Afterwards there is no digit in the text. */
import { replaceMatches } from "./replace-matches.ts";
import type { SpokenLanguage } from "./spoken-language.ts";
import { maxCardinal, writtenNumber } from "./spoken-language.ts";

const ordinalNumber = /(?<![\d.,\p{L}])(\d{1,4})(?:st|nd|rd|th)(?![\p{L}])/gu;
const decade = /(?<![\d.,\p{L}])((?:\d\d)?[1-9]0)['’]?s(?![\p{L}])/gu;
const fraction = /(?<![\d/.,])(\d{1,3})\/(\d{1,3})(?![\d/]|\.\d)/g;
/** A code is said digit by digit, a count is not. */
const codeBefore =
  /(?:\b(?:code|pin|ref(?:erence)?|confirmation|number|extension|ext\.?|zip|postcode|id|flight|room|suite)(?: (?:is|number|code))?:?\s*#?|رقم|كود|الكود|الرقم|تأكيد|غرفة)\s*$/i;
/** What is dialled is never a count: "call 112", "الإسعاف على 123". A second one may follow: "dial 112 or 999". */
const dialledBefore =
  /(?:\b(?:call(?:ing)?|dial(?:l?ing)?|ring(?:ing)?|phone|text|ambulance|police|fire brigade|emergency(?: services?| rooms?)?)(?: (?:on|at|is|to|for))?|(?:كلم|كلمي|كلموا|نكلم|اتصل|اتصلي|تتصل|اطلب|اطلبي|تطلب|رن|رني|نمرة|(?:ال)?(?:إسعاف|اسعاف|طوارئ|طوارى|نجدة|شرطة|مطافي))(?: (?:على|ع|هي|هو|رقم))*(?: ?ب)?):?[\s\ue000]*(?:\d{3},? (?:or |and |أو |و)?\ue000?)*$/iu;
/** These are dialled wherever they stand, unless something is counted by them: "999 people". */
const emergencyNumbers: ReadonlySet<string> = new Set(["112", "997", "999"]);
const plainNumber = new RegExp(
  String.raw`(?<![\d])(?:(?<![\p{L}\d)] ?|[\p{L}\d])[-−](?=\d))?${writtenNumber}(?:\.\d+)*`,
  "gu",
);

const englishFractions: Readonly<Record<string, string>> = {
  "1/2": "one half",
  "1/3": "one third",
  "2/3": "two thirds",
  "1/4": "one quarter",
  "3/4": "three quarters",
};
const arabicFractions: Readonly<Record<string, string>> = {
  "1/2": "نص",
  "1/3": "تلت",
  "2/3": "تلتين",
  "1/4": "ربع",
  "3/4": "تلات تربع",
};

export interface PlainNumberContext {
  readonly isArabic: boolean;
  /** "تلات مواعيد": how a number is said before a plural. */
  readonly beforePlural: (value: number) => string;
}

const arabicPlural =
  /^ (?!ال)(?:[\p{L}]{2,}ات(?![\p{L}])|(?:أيام|ايام|مواعيد|دقايق|دقائق|شهور|أشهر|سنين|أسابيع|اسابيع|أطفال|اطفال|أشخاص|اشخاص|فروع|دكاترة|أسنان|اسنان|ضروس|أفراد|اختيارات)(?![\p{L}]))/u;

export function speakPlainNumbers(text: string, language: SpokenLanguage, context: PlainNumberContext): string {
  if (!/\d/.test(text)) return text;
  const fractions = context.isArabic ? arabicFractions : englishFractions;
  let spoken = text.replace(/(?<!\d)24\/7(?!\d)/g, language.words.around);
  spoken = spoken.replace(/(?<=\d):(?=\d)/g, ` ${language.words.to} `);
  spoken = replaceMatches(spoken, ordinalNumber, ([, value]) => language.ordinal(Number(value)));
  if (!context.isArabic) spoken = replaceMatches(spoken, decade, ([, value = ""]) => sayDecade(value, language));
  spoken = replaceMatches(spoken, fraction, ([written, top, bottom]) => {
    const known = fractions[written];
    return known ?? `${language.cardinal(Number(top))} ${language.words.over} ${language.cardinal(Number(bottom))}`;
  });
  return replaceMatches(spoken, plainNumber, ({ 0: written, index, input }) => {
    const before = input.slice(Math.max(0, index - 24), index);
    const after = input.slice(index + written.length, index + written.length + 24);
    const isCounted = context.isArabic && arabicPlural.test(after) && /^\d{1,2}$/.test(written);
    const said = isCounted
      ? context.beforePlural(Number(written))
      : isDialled(written, before, after)
        ? language.digits(written)
        : sayNumber(written, before, language);
    return `${/[\p{L}\p{N}]$/u.test(before) ? " " : ""}${said}${/^[\p{L}]/u.test(after) ? " " : ""}`;
  });
}

function isDialled(written: string, before: string, after: string): boolean {
  if (!/^\d{3}$/.test(written)) return false;
  if (written === "911" || dialledBefore.test(before)) return true;
  return emergencyNumbers.has(written) && !/^ ?\p{L}{2,}s\b|^ ?(?:people|children)\b/iu.test(after);
}

/** "the 90s", "the 1990s". */
function sayDecade(value: string, language: SpokenLanguage): string {
  const said = value.length === 4 ? language.year(Number(value)) : language.cardinal(Number(value));
  return said.endsWith("y") ? `${said.slice(0, -1)}ies` : `${said}s`;
}

function sayNumber(written: string, before: string, language: SpokenLanguage): string {
  const text = written.replace("−", "-");
  const pieces = text.split(".");
  if (pieces.length > 2) return pieces.map((piece) => language.cardinal(Number(piece))).join(` ${language.words.dot} `);
  if (!/^\d+$/.test(text)) return language.number(text);
  const glued = /[\p{L}]$/u.test(before) && text.length >= 3;
  if ((text.length > 1 && text.startsWith("0")) || glued || isCode(text, before)) return language.digits(text);
  const value = Number(text);
  return value >= 1900 && value <= 2099 ? language.year(value) : language.cardinal(value);
}

/** Five digits and more without a comma are no count, unless they are round. */
function isCode(text: string, before: string): boolean {
  if (text.length >= 3 && codeBefore.test(before)) return true;
  return (text.length >= 5 && !text.endsWith("000")) || Number(text) > maxCardinal;
}

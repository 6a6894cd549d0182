/** Phone numbers digit by digit, in the groups their country writes them in. */
import type { CountryCode } from "libphonenumber-js/max";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { replaceMatches } from "./replace-matches.ts";
import type { SpokenLanguage } from "./spoken-language.ts";

const candidate = /(?<![\d.,:/$€£\p{L}-])\+?\(?\d(?:[ .\u00a0-]?\(?\d\)?|\) ?\d){6,14}(?![\d%]|[.,:/-]\d)/gu;
const currencyAfter = /^\s?(?:EGP|USD|EUR|SAR|AED|LE|\$|€|£|جنيه|دولار|ريال|درهم|ج\.م)/i;

/** `countries`: where a number without a country code may be at home, likeliest first. */
export function speakPhones(text: string, language: SpokenLanguage, countries: readonly CountryCode[]): string {
  if (!/\d[\d\s().-]{5,}\d/.test(text)) return text;
  return replaceMatches(text, candidate, ({ 0: written, index, input }) => {
    if (currencyAfter.test(input.slice(index + written.length))) return undefined;
    const groups = groupsOf(written, countries);
    if (groups === undefined) return undefined;
    const plus = written.startsWith("+") ? `${language.words.plus} ` : "";
    return plus + groups.map((group) => language.digits(group)).join(`${language.words.comma} `);
  });
}

function groupsOf(written: string, countries: readonly CountryCode[]): string[] | undefined {
  const digits = written.replace(/\D/g, "");
  const asWritten = written.match(/\d+/g) ?? [];
  if (/^(?:19|20)\d\d[ .-](?:19|20)\d\d$/.test(written)) return undefined;
  if (groupsAreShort(asWritten) && looksLikePhone(written, digits, asWritten)) return asWritten;
  const country = countries.find((each) => parsePhoneNumberFromString(written, each)?.isValid() === true);
  if (country !== undefined && (written.startsWith("+") || looksLikePhone(written, digits, asWritten))) {
    const parsed = parsePhoneNumberFromString(written, country);
    const formatted = written.startsWith("+") ? parsed?.formatInternational() : parsed?.formatNational();
    const groups = formatted?.match(/\d+/g);
    if (groups && groups.join("") === digits && groupsAreShort(groups)) return groups;
    if (parsed && written.startsWith("+")) return [parsed.countryCallingCode, ...splitLong(parsed.nationalNumber)];
  }
  return looksLikePhone(written, digits, asWritten) ? splitLong(digits) : undefined;
}

function looksLikePhone(written: string, digits: string, groups: readonly string[]): boolean {
  if (written.startsWith("+") || written.startsWith("(")) return true;
  if (digits.startsWith("0") && digits.length >= 8) return true;
  if (groups.length === 1) return digits.length === 10;
  if (groups.length === 2) return groups[0]?.length === 3 && groups[1]?.length === 4 && /\d[.-]\d/.test(written);
  return digits.length >= 9 && groups.every((group, index) => group.length >= (index === 0 ? 1 : 2));
}

function groupsAreShort(groups: readonly string[]): boolean {
  return groups.length >= 2 && groups.every((group) => group.length <= 5);
}

/** 01001234567 is said 0100, 123, 4567. */
function splitLong(digits: string): string[] {
  if (digits.length <= 5) return [digits];
  const head = digits.slice(0, -7);
  return [head, digits.slice(-7, -4), digits.slice(-4)].filter((group) => group !== "");
}

/** Phone numbers, also dictated in words and in pieces. Over normalised words with numbers as digits. */
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";

export interface SpokenDigits {
  /** E.164, when the digits make a whole number. */
  phone?: string;
  /** The digits said, `+` kept. */
  digits: string;
  /** The text without them. */
  rest: string;
}

const joiner =
  /^(?:و|and|then|dash|hyphen|شرطه|بعدين|وبعدين|-|um|uh|er|hmm|ok|okay|well|so|اه|م|بص|يعني|طيب|طب|بعدها)$/;
const letterO = /^(?:o|oh|اوه|او)$/;

/** A whole number of the region or an international one, as E.164. Unassigned numbers of a right length count in North America. */
export function readWholeNumber(digits: string, region: CountryCode): string | undefined {
  if (region === "EG" && digits.startsWith("01") && digits.length !== 11) return undefined;
  const text = digits.startsWith("00") ? `+${digits.slice(2)}` : digits;
  const number = parsePhoneNumberFromString(text, region);
  if (!number) return undefined;
  const isNorthAmerican = number.countryCallingCode === "1" && /^[2-9]\d{9}$/.test(number.nationalNumber);
  return number.isValid() || isNorthAmerican ? number.number : undefined;
}

function isDigitWord(word: string): boolean {
  return /^\+?\d[\d-]*$/.test(word) && !/^\d{4}-\d\d-\d\d$/.test(word);
}

/** The longest run of digit words; small words between digits belong to it. */
function longestRun(words: readonly string[]): { from: number; to: number; digits: string } {
  let best = { from: 0, to: 0, digits: "" };
  let at = 0;
  while (at < words.length) {
    const from = at;
    let digits = "";
    let end = at;
    while (at < words.length) {
      const word = words[at] ?? "";
      const nextIsDigit =
        isDigitWord(words[at + 1] ?? "") || (letterO.test(words[at + 1] ?? "") && isDigitWord(words[at + 2] ?? ""));
      if (isDigitWord(word)) digits += word.replace(/-/g, "");
      else if (letterO.test(word) && (digits !== "" || nextIsDigit)) digits += "0";
      else if ((word === "plus" || word === "بلس" || word === "+") && digits === "" && nextIsDigit) digits = "+";
      else if (!(joiner.test(word) && digits !== "" && nextIsDigit)) break;
      at++;
      end = at;
    }
    if (digits.length > best.digits.length) best = { from, to: end, digits };
    if (at === from) at++;
  }
  return best;
}

/**
 * The phone number said, or the digits of a part of one. A run shorter than seven digits counts only where a number was
 * asked for or announced, for it may be a time.
 */
export function readPhoneNumber(text: string, region: CountryCode, isExpected: boolean): SpokenDigits | undefined {
  const words = text
    .replace(/#/g, " ")
    .split(" ")
    .filter((word) => word !== "");
  const run = longestRun(words);
  if (run.digits.length < (isExpected ? 1 : 7) || run.digits.length > 20) return undefined;
  const rest = [...words.slice(0, run.from), ...words.slice(run.to)].join(" ");
  const phone = readWholeNumber(run.digits, region);
  return { digits: run.digits, rest, ...(phone === undefined ? {} : { phone }) };
}

/** Numbers, addresses, names and plain words: whether somebody said the one that a model wants to write. */
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { digitsOf, numbersIn, spelledWords, wordSet, wordsOf } from "./spoken-words.ts";

/** The fewest digits that are a telephone number. */
const minPhoneDigits = 6;

/** `said`: all digits that were said, one after the other. Spacing, a leading zero and a country code make no difference. */
export function saysPhone(said: string, value: string, country: CountryCode): boolean {
  const digits = plainDigits(value);
  if (digits.length < minPhoneDigits) return digits !== "" && said.includes(digits);
  if (said.includes(digits)) return true;
  const national = nationalOf(value, country);
  return national !== undefined && national.length >= minPhoneDigits && said.includes(national);
}

/** "00" before a country code is a plus. */
function nationalOf(value: string, country: CountryCode): string | undefined {
  const digits = plainDigits(value);
  const isInternational = /^\s*(?:\+|00)/.test(value.replace(/[٠]/g, "0"));
  const parsed = parsePhoneNumberFromString(isInternational ? `+${digits.replace(/^00/, "")}` : digits, country);
  return parsed?.nationalNumber;
}

export function samePhone(one: string, other: string, country: CountryCode): boolean {
  const first = nationalOf(one, country);
  return first !== undefined && first === nationalOf(other, country);
}

export function plainDigits(value: string): string {
  return value.replace(/[٠-٩۰-۹]/gu, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf)).replace(/\D/g, "");
}

const spokenSigns: readonly (readonly [RegExp, string])[] = [
  [/\s+(?:at|آت|ات)\s+/giu, "@"],
  [/\s+(?:dot|point|دوت|نقطة|نقطه)\s+/giu, "."],
  [/\s+(?:underscore|under score|اندرسكور)\s+/giu, "_"],
  [/\s+(?:dash|hyphen|minus|داش|شرطة|شرطه)\s+/giu, "-"],
  [/\s+(?:slash|سلاش)\s+/giu, "/"],
];

/** An e-mail address or a link, as typed or as read out: "mona dot adel at gmail dot com", letters one by one. */
export function saysAddress(text: string, value: string): boolean {
  const wanted = value
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, "");
  if (text.toLowerCase().includes(wanted)) return true;
  let spoken = ` ${text.toLowerCase().replace(/[,،;]/g, " ")} `;
  for (const [pattern, sign] of spokenSigns) spoken = spoken.replace(pattern, sign);
  const letters = spoken.replace(/(?<=(?:^|[^\p{L}])\p{L})[\s-]+(?=\p{L}(?!\p{L}))/gu, "");
  const isWhole = (said: string) => {
    const at = said.indexOf(wanted);
    return at >= 0 && !/[\p{L}\p{N}._%+-]/u.test(said.charAt(at - 1));
  };
  return isWhole(spoken) || isWhole(letters) || isWhole(letters.replace(/\s+(?=[@._-])|(?<=[@._-])\s+/g, ""));
}

export function saysNumber(text: string, value: number): boolean {
  const words = wordsOf(text);
  if (numbersIn(words).some((said) => said.value === value)) return true;
  const digits = String(value).replace(/\D/g, "");
  return digits.length >= 3 && digitsOf(text).includes(digits);
}

/** Titles and joining words say nothing about who or what is meant. */
const empty =
  wordSet(`a an the and or for of to in on at with by my your his her their our is it this that mr mrs ms miss dr doctor
  دكتور دكتورة د استاذ استاذة مدام انسة و في من على مع عن لل`);

/** Words of the value that nobody said. None: it was said, word for word or nearly. */
export function unsaidWords(said: readonly string[], value: string): string[] {
  const all = [...said, ...spelledWords(said)];
  const heard = new Set(all);
  const joined = said.join("");
  const skeletons = new Set(all.map(skeletonOf).filter((each) => each.length > 1));
  return wordsOf(value)
    .filter((word) => !empty.has(word))
    .filter((word) => {
      if (heard.has(word) || (word.length >= 5 && joined.includes(word))) return false;
      if (/^\d+$/.test(word))
        return (
          !numbersIn(said).some((number) => String(number.value) === word) && !digitsOf(said.join(" ")).includes(word)
        );
      if (all.some((each) => isNear(word, each))) return false;
      return !(isOtherScript(word, all) && skeletons.has(skeletonOf(word)));
    });
}

const isArabic = (text: string) => /\p{Script=Arabic}/u.test(text);
const isOtherScript = (word: string, all: readonly string[]) => all.some((each) => isArabic(each) !== isArabic(word));

/** True when the two cannot be compared word by word: one is in Arabic letters, the other has none. */
export function differInScript(one: string, other: string): boolean {
  return /\p{L}/u.test(one) && /\p{L}/u.test(other) && isArabic(one) !== isArabic(other);
}

/** One word that recognisers hear two ways, or with another ending. */
function isNear(wanted: string, said: string): boolean {
  const shorter = Math.min(wanted.length, said.length);
  if (shorter < 4)
    return shorter === 3 && wanted.length !== said.length && (wanted.startsWith(said) || said.startsWith(wanted));
  if (wanted.startsWith(said) || said.startsWith(wanted)) return Math.abs(wanted.length - said.length) <= 3;
  return distance(wanted, said, shorter >= 7 ? 2 : 1) <= (shorter >= 7 ? 2 : 1);
}

/** Levenshtein's, given up beyond `most`. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? most + 1;
}

const sounds: readonly (readonly [RegExp, string])[] = [
  [/sh|ش/g, "x"],
  [/kh|خ/g, "k"],
  [/gh|غ/g, "g"],
  [/th|ت|ط/g, "t"],
  [/ph|ف/g, "f"],
  [/[قك]|q|c/g, "k"],
  [/[سصز]|z/g, "s"],
  [/[دض]/g, "d"],
  [/[جغ]|j/g, "g"],
  [/[حه]/g, "h"],
  [/ب|p/g, "b"],
  [/م/g, "m"],
  [/ن/g, "n"],
  [/ل/g, "l"],
  [/ر/g, "r"],
  [/v/g, "f"],
  [/[aeiouwyعءاوي']/g, ""],
];

/** Consonants alone, alike for محمد and Mohamed. */
function skeletonOf(word: string): string {
  let plain = word.toLowerCase().replace(/ه$/u, "").replace(/h$/u, "");
  for (const [pattern, sound] of sounds) plain = plain.replace(pattern, sound);
  return plain.replace(/(.)\1+/g, "$1");
}

/** What somebody said, in one spelling, so that it can be compared with what a model wants to write. */
import { searchWords } from "../../../kernel/search-words.ts";
import { findDigitRuns } from "../../spoken-digits.ts";

/** Letters that Egyptians write and say for one another. */
const foldDialect = (word: string) => word.replace(/ث/g, "ت").replace(/ذ/g, "د").replace(/ظ/g, "ض");

/** Lower case, one spelling of Arabic, no article, in the order they were said. */
export function wordsOf(text: string): string[] {
  return searchWords(text).map(foldDialect);
}

/** Words of a list, spelled as `wordsOf` spells them. */
export function wordSet(words: string): ReadonlySet<string> {
  return new Set(wordsOf(words));
}

/** Every digit that was said or written, one after the other. */
export function digitsOf(text: string): string {
  return findDigitRuns(text)
    .map((run) => run.digits)
    .join("");
}

const ordinals: ReadonlyMap<string, number> = new Map(
  `first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
  seventeenth eighteenth nineteenth twentieth`
    .split(/\s+/)
    .map((word, index) => [word, index + 1] as const)
    .concat([["thirtieth", 30]])
    .concat(
      "اول تاني تالت رابع خامس سادس سابع تامن تاسع عاشر".split(" ").map((word, index) => [word, index + 1] as const),
    ),
);

const known = new Map<string, number | undefined>();
const maxKnown = 4000;

/** "nine", «تسعة», "9", "third", "24th". */
export function numberOf(word: string): number | undefined {
  if (known.has(word)) return known.get(word);
  if (known.size >= maxKnown) known.clear();
  const value = readNumber(word);
  known.set(word, value);
  return value;
}

function readNumber(word: string): number | undefined {
  const written = /^(\d{1,6})(?:st|nd|rd|th)?$/.exec(word)?.[1];
  if (written !== undefined) return Number(written);
  const ordinal = ordinals.get(word);
  if (ordinal !== undefined) return ordinal;
  if (word === "o" || word === "oh") return undefined;
  const [run] = findDigitRuns(word);
  return run === undefined ? undefined : Number(run.digits);
}

export interface NumberAt {
  readonly value: number;
  /** Of its first word, and of the one behind its last. */
  readonly from: number;
  readonly to: number;
}

/** "twenty four", "twenty fourth" and «خمسة وعشرين» are one number. */
export function numbersIn(words: readonly string[]): NumberAt[] {
  const found: NumberAt[] = [];
  for (let from = 0; from < words.length; from++) {
    const value = numberOf(words[from] ?? "");
    if (value === undefined) continue;
    const next = numberOf(words[from + 1] ?? "");
    const isJoined = next !== undefined && isTensAndUnit(value, next, words[from + 1] ?? "");
    found.push({ value: isJoined ? value + next : value, from, to: from + (isJoined ? 2 : 1) });
    if (isJoined) from++;
  }
  return found;
}

function isTensAndUnit(value: number, next: number, nextWord: string): boolean {
  const isLetters = !/\d/.test(nextWord);
  if (nextWord.startsWith("و")) return value > 0 && value < 10 && next >= 20 && next % 10 === 0;
  return isLetters && value >= 20 && value < 100 && value % 10 === 0 && next > 0 && next < 10;
}

/** "m o n a", "M-O-N-A" and "m for mother o n a" spell a word. */
export function spelledWords(words: readonly string[]): string[] {
  const spelled: string[] = [];
  let letters = "";
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (/^\p{L}$/u.test(word)) {
      letters += word;
      if (words[at + 1] === "for" || (words[at + 1] === "as" && words[at + 2] === "in")) {
        at += words[at + 1] === "for" ? 2 : 3;
      }
      continue;
    }
    if (word === "double" && /^\p{L}$/u.test(words[at + 1] ?? "")) {
      letters += words[at + 1] ?? "";
      continue;
    }
    if (letters.length > 1) spelled.push(letters);
    letters = "";
  }
  if (letters.length > 1) spelled.push(letters);
  return spelled;
}

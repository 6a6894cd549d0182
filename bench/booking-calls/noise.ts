/** What a recogniser makes of a caller on a telephone: fillers, words that are lost, digits misheard, spelling without signs. */
import type { Random } from "./random.ts";
import type { Tongue } from "./tongue.ts";

export interface HeardLine {
  /** What the recogniser says in the end. */
  readonly text: string;
  /** What it thought halfway. */
  readonly interim: string;
}

/** `text` is what was said. Digits written as digits may be misheard too. */
export function throughRecogniser(
  text: string,
  { tongue, random, name }: { tongue: Tongue; random: Random; name: string },
): HeardLine {
  let heard = random.chance(8) ? mishearName(text, name, random) : text;
  if (random.chance(25)) heard = `${random.pick(tongue.fillers)}, ${heard}`;
  heard = heard
    .split(" ")
    .filter((word) => !tongue.smallWords.has(word.toLowerCase()) || !random.chance(8))
    .join(" ");
  if (random.chance(7)) heard = loseWord(heard, random);
  if (/(?:\d\D{0,2}){4}/.test(heard) && random.chance(10)) heard = mishearDigit(heard, random);
  if (random.chance(50)) heard = plainSpelling(heard);
  if (heard.trim() === "") heard = text;
  return { text: heard, interim: random.chance(30) ? loseWord(heard, random) : firstHalf(heard) };
}

function loseWord(text: string, random: Random): string {
  const words = text.split(" ");
  if (words.length < 4) return text;
  const lost = random.between(0, words.length - 1);
  return words.filter((_, index) => index !== lost).join(" ");
}

/** "Five" and "nine", "six" and "seven" sound alike in a narrow band. */
function mishearDigit(text: string, random: Random): string {
  const places = [...text.matchAll(/\d/g)].map(({ index }) => index);
  const at = random.pick(places);
  const alike: Readonly<Record<string, string>> = {
    5: "9",
    9: "5",
    6: "7",
    7: "6",
    1: "4",
    4: "1",
    2: "3",
    3: "2",
    8: "3",
    0: "8",
  };
  return `${text.slice(0, at)}${alike[text[at] ?? ""] ?? text[at]}${text.slice(at + 1)}`;
}

/** One vowel is another. */
function mishearName(text: string, name: string, random: Random): string {
  const word = random.pick(name.split(" "));
  const alike: Readonly<Record<string, string>> = { a: "e", e: "i", i: "e", o: "u", u: "o", ي: "ا", و: "ي", ا: "ي" };
  const misheard = word.slice(1).replace(/[aeiouيوا]/, (letter) => alike[letter] ?? letter);
  return text.replace(word, `${word[0]}${misheard}`);
}

const plainSpelling = (text: string) =>
  text
    .replace(/[.,!?؟،](?=\s|$)/g, "")
    .replace(/\s+/g, " ")
    .toLowerCase();

const firstHalf = (text: string) => {
  const words = text.split(" ");
  return words.slice(0, Math.ceil(words.length / 2)).join(" ");
};

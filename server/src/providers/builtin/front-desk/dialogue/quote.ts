/** Answers without a model: the sentence of the business's documents that fits the question best, as it can be said aloud. */

import type { Passage } from "../../../../call/ports.ts";
import { searchWords } from "../../../../kernel/search-words.ts";
import type { SpokenLanguage } from "../language/normalize.ts";

export interface QuoteRequest {
  /** The caller's words. */
  readonly question: string;
  readonly passages: readonly Passage[];
  readonly language: SpokenLanguage;
  /** How much of the question's rare words a passage has to hold, 0 to 1. */
  readonly leastCoverage: number;
}

const maxLetters = 240;
/** One this short seldom stands alone. */
const shortLetters = 60;
const maxPassages = 3;

/** What is asked with one of these is answered by a figure. */
const asksForFigure =
  /\b(?:how (?:much|many|long|old|far|often|late|early)|what time|when|price|cost)\b|بكام|بكم|كام|كم|امتى|إمتى|متى|سعر|تكلفة/i;

interface Candidate {
  readonly text: string;
  readonly hits: number;
  readonly order: number;
  readonly next: string | undefined;
  readonly passage: Passage;
}

/** Undefined: nothing truly fits, and nothing is made up. */
export function quotePassage({ question, passages, language, leastCoverage }: QuoteRequest): string | undefined {
  const asked = wordsOf(question);
  const fitting = passages
    .filter(({ coverage = 0, text }) => coverage >= leastCoverage && scriptOf(text) === language)
    .slice(0, maxPassages);
  const rarity = rarityOf(asked, fitting);
  const wantsFigure = asksForFigure.test(question);
  const candidates = fitting.flatMap((passage, order) => candidatesOf(passage, { order, rarity, wantsFigure }));
  const [best] = candidates.sort((one, other) => other.hits - one.hits || one.order - other.order);
  if (best === undefined || best.hits <= 0) return undefined;
  return introduce(sayable(best), best.passage, language);
}

interface Weights {
  readonly order: number;
  readonly rarity: ReadonlyMap<string, number>;
  readonly wantsFigure: boolean;
}

function candidatesOf(passage: Passage, { order, rarity, wantsFigure }: Weights): Candidate[] {
  const sentences = sentencesOf(passage.text);
  const inHeading = weigh(`${passage.heading ?? ""} ${passage.source.title}`, rarity);
  return sentences.map((text, place) => {
    const own = weigh(text, rarity);
    const figure = wantsFigure && own + inHeading > 0 && /\p{N}/u.test(text) ? 0.5 : 0;
    // A heading speaks for all that stands under it, most of all for its first sentence.
    const headed = inHeading * (place === 0 ? 0.5 : 0.3);
    return { text, hits: own + headed + figure - order * 0.2, order, next: sentences[place + 1], passage };
  });
}

/** A word that many of the sentences have tells little. */
function rarityOf(asked: readonly string[], passages: readonly Passage[]): ReadonlyMap<string, number> {
  const sentences = passages.flatMap(({ text }) => sentencesOf(text)).map(wordsOf);
  const counts = asked.map((word) => sentences.filter((words) => words.some((other) => isSame(word, other))).length);
  return new Map(asked.map((word, index) => [word, 1 / (1 + Math.log(1 + (counts[index] ?? 0)))]));
}

function weigh(text: string, rarity: ReadonlyMap<string, number>): number {
  const words = wordsOf(text);
  let sum = 0;
  for (const [word, weight] of rarity) if (words.some((other) => isSame(word, other))) sum += weight;
  return sum;
}

const minLetters = { en: 4, ar: 3 };

function wordsOf(text: string): string[] {
  const words = searchWords(text).filter((word) => {
    if (/\p{N}/u.test(word)) return true;
    return word.length >= minLetters[scriptOf(word)];
  });
  return [...new Set(words)];
}

/** Endings and what is written onto a word may differ: "cleaning" and "cleans", "حجز" and "بحجزكم". */
function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  if (coreOf(one) === coreOf(other)) return true;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (scriptOf(short) === "ar") return short.length >= 3 && long.length - short.length <= 3 && long.includes(short);
  const stem = short.length <= 5 ? short : short.slice(0, -1).replace(/(?:in|e)$/, "");
  return stem.length >= 4 && long.length - stem.length <= 4 && long.startsWith(stem);
}

/** Without what Arabic writes before a word: "ويغلق" and "بيغلق". */
const coreOf = (word: string) => word.replace(/^[وف]?[بهحلك]?[يتن]?(?=\p{Script=Arabic}{3})/u, "");

const scriptOf = (text: string): SpokenLanguage => (/\p{Script=Arabic}/u.test(text) ? "ar" : "en");

const segmenters = {
  en: new Intl.Segmenter("en", { granularity: "sentence" }),
  ar: new Intl.Segmenter("ar", { granularity: "sentence" }),
};

function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let head: readonly string[] | undefined;
  for (const line of text.split("\n")) {
    const cells = cellsOf(line);
    if (cells === undefined) {
      head = undefined;
      for (const { segment } of segmenters[scriptOf(line)].segment(cleanLine(line))) sentences.push(segment.trim());
    } else if (head === undefined) head = cells;
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) sentences.push(sayRow(head, cells));
  }
  return sentences.filter((sentence) => /\p{L}/u.test(sentence));
}

/** `| Crown | 550 |` */
function cellsOf(line: string): readonly string[] | undefined {
  const row = /^\s*\|(.*)\|\s*$/.exec(line)?.[1];
  return row?.split("|").map((cell) => cleanLine(cell));
}

/** "Crown: 550", and with more columns "Crown: price 550, visits 2". */
function sayRow(head: readonly string[], cells: readonly string[]): string {
  const [name = "", ...values] = cells;
  const told = values
    .map((value, index) => ({ value, label: head[index + 1] ?? "" }))
    .filter(({ value }) => value !== "");
  const [only] = told;
  if (told.length === 1 && only !== undefined) return `${name}: ${only.value}.`;
  return `${name}: ${told.map(({ label, value }) => `${label} ${value}`.trim()).join("، ")}.`.replaceAll(
    "، ",
    scriptOf(name) === "ar" ? "، " : ", ",
  );
}

/** Without what cannot be said: addresses of pages, marks of lists. */
function cleanLine(line: string): string {
  return line
    .replace(/\(?\b(?:https?:\/\/|www\.)\S+/gi, "")
    .replace(/^\s*(?:[-*•#>]+|\d+[.)])\s+/, "")
    .replace(/[*_`]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** At most two sentences. */
function sayable({ text, next }: Candidate): string {
  const first = shorten(text);
  if (first.length > shortLetters || next === undefined || /^.{1,40}: /.test(next)) return first;
  const both = `${first} ${next}`;
  return both.length > maxLetters ? first : both;
}

/** To the end of a clause that can be said in one breath. */
function shorten(text: string): string {
  if (text.length <= maxLetters) return text;
  const room = text.slice(0, maxLetters - 1);
  const clause = Math.max(...[", ", "; ", "، ", "؛ ", " - "].map((mark) => room.lastIndexOf(mark)));
  const cut = clause > 80 ? clause : room.lastIndexOf(" ");
  return `${room.slice(0, cut).trim()}.`;
}

const documentNames = {
  en: /\b(?:price list|list|policy|guide|menu|terms|rules|brochure|handbook)\b/i,
  ar: /قائمة|دليل|سياسة|لائحة|شروط|نشرة|كتيب/,
};

/** A document that has a name people use is named; a file's or a page's name is not read out. */
function introduce(text: string, { source }: Passage, language: SpokenLanguage): string {
  const title = source.title
    .replace(/\.\w{2,5}$/, "")
    .replace(/[_-]+/g, " ")
    .trim();
  const isNamed = documentNames[language].test(title) && title.split(/\s+/).length <= 4 && !/\p{N}|[:|]/u.test(title);
  if (!isNamed || scriptOf(title) !== language) return text;
  return language === "ar" ? `حسب ${title}: ${text}` : `According to our ${title.toLowerCase()}: ${text}`;
}

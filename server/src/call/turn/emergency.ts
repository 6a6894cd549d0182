/**
 * Does the caller say one of the words that call for help? Whole words, whatever the spelling. In doubt it is an emergency:
 * only a negation that governs the words themselves ("it is not an emergency") makes them none.
 */
import type { EmergencyPlan } from "../call-plan.ts";

export interface EmergencyWatch {
  readonly say: string;
  /** E.164; only where the line can be put through. */
  readonly transferTo?: string;
  /** Each phrase as the plan spells it, and as `wordsOf` reads it. */
  readonly phrases: readonly { readonly spelled: string; readonly words: readonly string[] }[];
}

export function watchForEmergencies(plan: EmergencyPlan | undefined, canTransfer: boolean): EmergencyWatch | undefined {
  if (plan === undefined) return undefined;
  const phrases = plan.words
    .map((spelled) => ({ spelled, words: wordsOf(spelled).filter((word) => word !== clauseEnd) }))
    .filter((phrase) => phrase.words.length > 0);
  const { say, transferTo } = plan;
  return { say, phrases, ...(transferTo !== undefined && canTransfer ? { transferTo } : {}) };
}

/** The phrase that was said, as the plan spells it. */
export function findEmergency(text: string, watch: EmergencyWatch): string | undefined {
  const words = wordsOf(text);
  return watch.phrases.find((phrase) => isSaid(words, phrase.words))?.spelled;
}

const clauseEnd = ".";
const contractions: Readonly<Record<string, string>> = {
  cant: "cannot",
  wont: "will not",
  dont: "do not",
  doesnt: "does not",
  didnt: "did not",
  isnt: "is not",
  wasnt: "was not",
  arent: "are not",
  aint: "is not",
  havent: "have not",
  hasnt: "has not",
  im: "i am",
  its: "it is",
  theres: "there is",
  thats: "that is",
  ive: "i have",
};

/** Lower case, Arabic letters in one form, contractions written out, a mark where a clause ends. */
function wordsOf(text: string): string[] {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u064b-\u065f\u0670\u0640]/g, "")
    .replace(/[أإآٱ]/g, "ا")
    .replace(/ى/g, "ي")
    .replace(/ة/g, "ه")
    .replace(/ؤ/g, "و")
    .replace(/ئ/g, "ي")
    .replace(/ء/g, "")
    .replace(/['’‘`]/g, "")
    .replace(/[.,;:!?،؛؟…\n]+(?=\s|$)/g, ` ${clauseEnd} `)
    .replace(/[^\p{L}\p{N}.]+|(?<=\S)\.(?=\S)/gu, " ")
    .split(" ")
    .filter((word) => word !== "")
    .flatMap((word) => (contractions[word] ?? word).split(" "))
    .join(" ")
    .replace(/\bcan not\b/g, "cannot")
    .split(" ");
}

function isSaid(words: readonly string[], phrase: readonly string[]): boolean {
  for (let start = 0; start + phrase.length <= words.length; start++) {
    const found = phrase.every((word, index) => isSameWord(words[start + index] ?? "", word, index === 0));
    if (found && !isNegated(words, start)) return true;
  }
  return false;
}

/** Arabic writes "and", "with" and "the" onto the word. */
function isSameWord(said: string, word: string, isFirst: boolean): boolean {
  if (said === word) return true;
  if (!/^[\u0600-\u06ff]/.test(word)) return false;
  const bare = (text: string) => text.replace(/^ال(?=...)/, "");
  const prefix = isFirst ? /^[وف]?(?:[بلك]?ال|لل|[بلك])?/ : /^(?:ال)?/;
  const rest = said.replace(prefix, "");
  return rest === bare(word) || said.replace(/^[وف]/, "") === word || bare(said) === bare(word);
}

/** What may stand between a negation and what it negates. */
const between = new Set(
  `a an any the it is that this was be been being have having had in at all really actually think believe mean like
  currently experiencing feel feeling of exactly medical real
  اي في فيه عندي عنده عندنا حاله حالات دي ده هذه هذا هي هو انها انه يعني حقيقيه`.split(/\s+/),
);
const negations = new Set("not never without مش مو مب ليس ليست مفيش مافيش مافي معنديش ماعنديش بدون".split(" "));
/** "No" alone is an answer and no negation: "no, chest pain". */
const beforeNo = new Set(["is", "was", "have", "has", "had", "with", "got", "of"]);
/** "Isn't this an emergency?" says that it is one. */
const questioned = new Set(["it", "this", "that"]);
const auxiliaries = new Set(["is", "was", "are"]);

function isNegated(words: readonly string[], start: number): boolean {
  // "It's not that chest pain is new": whatever is denied, it is not the words themselves.
  if (/^th(is|at)$/.test(words[start - 1] ?? "")) return false;
  for (let at = start - 1; at >= 0; at--) {
    const word = words[at] ?? "";
    if (negations.has(word)) {
      const asks = auxiliaries.has(words[at - 1] ?? "") && questioned.has(words[at + 1] ?? "");
      return !asks;
    }
    if (word === "no") return at === start - 1 && beforeNo.has(words[at - 1] ?? "");
    if (/^(ما|لا)$/.test(word)) return /^(في|فيه|عندي|عنده|عندنا|يوجد|توجد|عنديش|فيش)$/.test(words[at + 1] ?? "");
    if (!between.has(word) && !/^(يوجد|توجد|فيش|عنديش)$/.test(word)) return false;
  }
  return false;
}

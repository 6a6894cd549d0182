/**
 * Words of documents and of questions on them, in one spelling. Folding, digits and the Arabic article are `kernel/search-words.ts`'s;
 * here stop words go, and each word gets the other forms under which it may stand: without its plural, its ending, what is written
 * onto it. Documents and questions pass the same rules, so a form need not be a word, only the same on both sides.
 */
import { searchWords as spelledWords } from "../../../kernel/search-words.ts";
import { isStopWord } from "./stop-words.ts";

/** One word of a text: as it is spelled, then its other forms. */
export type WordForms = readonly [string, ...string[]];

/** In the order of the text. `language`: BCP-47. What stands in `knowledge_chunks.words` is made of it by `searchVector`. */
export function wordsWithForms(text: string, language: string): WordForms[] {
  return spelledWords(text)
    .filter((word) => (word.length > 1 || /\p{N}/u.test(word)) && !isStopWord(word, language))
    .map(formsOf);
}

export function formsOf(word: string): WordForms {
  if (/^[a-z]+$/.test(word)) return [stemLatin(word)];
  if (!/^\p{Script=Arabic}+$/u.test(word)) return [word];
  const others = new Set(arabicForms(word));
  others.delete(word);
  return [word, ...others];
}

/** English plurals, -ing and -ed. Anything rarer is left to vectors. */
function stemLatin(word: string): string {
  if (word.length < 4) return word;
  const single = word
    .replace(/ies$/, "y")
    .replace(/(ss|sh|ch|x|z)es$/, "$1")
    .replace(/([^su])s$/, "$1");
  const bare = withoutEnding(single, /(?:ing|ed)$/);
  const stem = bare.length < 4 ? bare : bare.replace(/e$/, "");
  return stem.replace(/([^aeiou])y$/, "$1i");
}

function withoutEnding(word: string, ending: RegExp): string {
  const rest = word.replace(ending, "");
  if (rest === word || rest.length < 3 || !/[aeiouy]/.test(rest)) return word;
  return rest.replace(/([bdfgmnprt])\1$/, "$1");
}

const shortest = 3;
/** Possession, number and gender, longest first. */
const endings = /(?:تهم|تها|تكم|تنا|ياته|هم|ها|كم|كو|نا|ات|ان|ون|ين|وا|يه|ته|تك|تي|ه|ي|ك)$/u;
/** Present and future of a verb: "بتفتحوا", "هيفتح", "نفتح". */
const verbal = /^[بهح]?[يتن](?=\p{L}{3})/u;

function arabicForms(word: string): string[] {
  const forms: string[] = [];
  const add = (form: string) => {
    if (form.length >= shortest && !forms.includes(form)) forms.push(form);
  };
  const addStems = (form: string) => {
    add(form);
    const stem = form.replace(endings, "");
    if (stem.length < shortest) return;
    add(stem);
    // "اسعار" of "سعر", "رسوم" of "رسم".
    add(stem.replace(/^ا(\p{L}{2})ا(\p{L})$/u, "$1$2"));
    add(stem.replace(/^(\p{L}{2})و(\p{L})$/u, "$1$2"));
  };
  addStems(word);
  const bare = word.replace(/^[وف]?[بلك]?(?:ال)?(?=\p{L}{3})/u, "");
  if (bare !== word) addStems(bare);
  const verb = bare.replace(verbal, "");
  if (verb !== bare) addStems(verb);
  const whole = word.replace(verbal, "");
  if (whole !== word) addStems(whole);
  return forms;
}

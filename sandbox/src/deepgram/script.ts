const ARABIC = /\p{Script=Arabic}/u;
const LATIN = /\p{Script=Latin}/u;

/** A recogniser set to one language does not write down words of another's script; figures belong to all. */
export function canWrite(language: string, word: string): boolean {
  if (language === "multi") return true;
  const base = language.split("-")[0] ?? language;
  const arabicScript = ["ar", "fa", "ur"].includes(base);
  if (ARABIC.test(word)) return arabicScript;
  return !LATIN.test(word) || !arabicScript;
}

/** The languages a set of words is in, by script alone. */
export function guessLanguages(words: readonly string[]): string[] {
  const text = words.join(" ");
  const found = [LATIN.test(text) ? "en" : "", ARABIC.test(text) ? "ar" : ""].filter((language) => language !== "");
  return found;
}

/** The word without its punctuation, in lower case. */
export function stripWord(word: string): string {
  return word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "").toLowerCase();
}

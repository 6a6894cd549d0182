/** Words as they are compared: lower case, no punctuation, no diacritics (Latin or Arabic), hamza and alef forms folded. */
export function normaliseWords(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\p{M}\u0640]/gu, "")
    .replaceAll("ى", "ي")
    .replaceAll("ة", "ه")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Whether `phrase` occurs in the words as whole words; "|" separates alternatives ("eight|8"). */
export function containsPhrase(words: string, phrase: string): boolean {
  return positionOf(words, phrase) >= 0;
}

/** The first place of any alternative of `phrase`, at or after `from` in the normalised words; -1 when absent. */
export function positionOf(words: string, phrase: string, from = 0): number {
  const line = ` ${normaliseWords(words)} `;
  const places = phrase
    .split("|")
    .map((alternative) => line.indexOf(` ${normaliseWords(alternative)} `, from))
    .filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

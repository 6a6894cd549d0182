/** Words that callers begin with while they think, and that say nothing. */
const filler =
  "um+|uh+|er+|erm|hmm+|well|so|let me (?:see|think)|let's see|ممم*|بص|بصي|يعني|طيب|طب|ثانية(?: واحدة)?|ثانيه(?: واحده)?|لحظة(?: واحدة)?|لحظه(?: واحده)?|دقيقة واحدة|دقيقه واحده";
const leading = new RegExp(`^\\s*(?:(?:${filler})(?![\\p{L}\\p{N}])[\\s,،.…]*)+(?=[^\\s,،.…])`, "iu");

/** An utterance that is nothing else stays as it is. */
export function withoutFillers(text: string): string {
  const rest = text.replace(leading, "");
  return /[\p{L}\p{N}]/u.test(rest) ? rest : text;
}

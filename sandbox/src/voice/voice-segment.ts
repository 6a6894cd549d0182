/** A word as spoken, before the burst is laid over it: low-passed speech at the rate asked for, then a pause. */
export type VoiceSegment = { text: string; speech: Float32Array<ArrayBuffer>; pauseMs: number };

/** What is left to the speech; the bursts have the band above. */
export const SPEECH_CUTOFF_HZ = 2_000;

/** Splits at white space; words longer than one burst carries are cut. */
export function splitWords(text: string, cutLong: (word: string) => string[]): string[] {
  return text
    .split(/\s+/u)
    .filter((word) => word !== "")
    .flatMap(cutLong);
}

/** The pause that follows a word, by its punctuation (Latin and Arabic). */
export function pauseAfterMs(word: string): number {
  if (/[.!?؟…:]["')\]»]*$/u.test(word)) return 220;
  if (/[,;،؛–—]["')\]»]*$/u.test(word)) return 140;
  return 20;
}

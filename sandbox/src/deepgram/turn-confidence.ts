/** What Flux is sure of at the two settable silences; between and after them it rises steadily. */
const AT_EAGER = 0.4;
const AT_END = 0.7;
const SPEAKING = 0.05;
const MOST = 0.99;

/** How sure the recogniser is that the turn is over, after `silenceMs` of silence in the audio. */
export function rateTurnEnd(silenceMs: number, silences: { eagerSilenceMs: number; endSilenceMs: number }): number {
  const { eagerSilenceMs } = silences;
  const endSilenceMs = Math.max(silences.endSilenceMs, eagerSilenceMs + 10);
  if (silenceMs < eagerSilenceMs) return SPEAKING + ((AT_EAGER - SPEAKING) * silenceMs) / eagerSilenceMs;
  const slope = (AT_END - AT_EAGER) / (endSilenceMs - eagerSilenceMs);
  return Math.min(MOST, AT_EAGER + slope * (silenceMs - eagerSilenceMs));
}

/** Speech probabilities in audio time → speech started, speech ended. Pure; hysteresis in both directions. */

export interface SpeechDetection {
  readonly voiced: boolean;
  /** Audio time at which the running candidate (speech while silent, silence while voiced) began. */
  readonly candidateSinceMs: number | undefined;
  readonly lastVoiceMs: number;
}

export const noSpeech: SpeechDetection = { voiced: false, candidateSinceMs: undefined, lastVoiceMs: 0 };

export type SpeechChange = { type: "started"; startedMs: number } | { type: "ended"; lastVoiceMs: number };

const startProbability = 0.5;
const endProbability = 0.35;
/** Voice must last this long before it is speech: clicks and line noise do not. */
const minSpeechMs = 60;
/** Silence must last this long before speech has ended: the gaps inside words are shorter. */
const minSilenceMs = 110;

/** Takes one judged piece of audio in. `endMs`: its end in audio time; `durationMs`: its length. */
export function advanceDetection(
  state: SpeechDetection,
  piece: { probability: number; endMs: number; durationMs: number },
): [SpeechDetection, SpeechChange | undefined] {
  const { probability, endMs, durationMs } = piece;
  const startMs = endMs - durationMs;
  if (!state.voiced) {
    if (probability < startProbability) {
      return [state.candidateSinceMs === undefined ? state : { ...state, candidateSinceMs: undefined }, undefined];
    }
    const sinceMs = state.candidateSinceMs ?? startMs;
    if (endMs - sinceMs < minSpeechMs) return [{ ...state, candidateSinceMs: sinceMs }, undefined];
    return [
      { voiced: true, candidateSinceMs: undefined, lastVoiceMs: endMs },
      { type: "started", startedMs: sinceMs },
    ];
  }
  if (probability >= endProbability)
    return [{ voiced: true, candidateSinceMs: undefined, lastVoiceMs: endMs }, undefined];
  if (endMs - state.lastVoiceMs < minSilenceMs) return [state, undefined];
  return [
    { ...state, voiced: false, candidateSinceMs: undefined },
    { type: "ended", lastVoiceMs: state.lastVoiceMs },
  ];
}

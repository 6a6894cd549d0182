import type { HeardWord } from "../voice/index.ts";
import type { FluxQuery, FluxThresholds } from "./query.ts";
import { stripWord } from "./script.ts";

export type TurnState = "initial" | "ongoing" | "awaiting-end";
export type TurnEvent = "Update" | "StartOfTurn" | "EagerEndOfTurn" | "TurnResumed" | "EndOfTurn";
export type Turn = { index: number; windowStartMs: number; words: readonly HeardWord[] };

const CONFIDENCE = 0.97;
const toSeconds = (ms: number): number => Math.round(ms) / 1_000;

/** What silence makes of a turn that is open. */
export function judgeTurn(
  state: TurnState,
  silence: { silenceMs: number; confidence: number },
  thresholds: FluxThresholds,
): "resume" | "model" | "timeout" | "eager" | undefined {
  const { silenceMs, confidence } = silence;
  if (state === "initial") return undefined;
  if (silenceMs === 0) return state === "awaiting-end" ? "resume" : undefined;
  if (confidence >= thresholds.eot_threshold) return "model";
  if (silenceMs >= thresholds.eot_timeout_ms) return "timeout";
  const eager = thresholds.eager_eot_threshold;
  return state === "ongoing" && eager !== undefined && confidence >= eager ? "eager" : undefined;
}

/** The body of a `TurnInfo` message. */
export function describeTurn(
  turn: Turn,
  moment: { event: TurnEvent; nowMs: number; confidence: number; query: FluxQuery },
): object {
  const { query } = moment;
  const languages =
    query.model === "flux-general-multi" ? { languages: ["en"], languages_hinted: query.language_hint } : {};
  return {
    type: "TurnInfo",
    event: moment.event,
    turn_index: turn.index,
    audio_window_start: toSeconds(turn.windowStartMs),
    audio_window_end: toSeconds(moment.nowMs),
    transcript: turn.words.map((word) => word.text).join(" "),
    words: turn.words.map(({ text, startMs, endMs }) => ({
      word: stripWord(text),
      confidence: CONFIDENCE,
      start: toSeconds(startMs),
      end: toSeconds(endMs),
    })),
    end_of_turn_confidence: Math.round(moment.confidence * 1_000) / 1_000,
    ...languages,
  };
}

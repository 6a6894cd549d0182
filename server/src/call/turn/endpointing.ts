/**
 * When has the caller's turn ended? A recogniser's own decision is taken at once when the words sound finished; otherwise
 * the wait depends on how they end, on dictation in progress and on the pauses this caller makes.
 */
import type { TurnTrigger } from "../call-event.ts";
import { describePhrase } from "./phrase-shape.ts";
import type { CallerState, TurnContext } from "./turn-state.ts";
import { callerText } from "./turn-state.ts";

export interface Endpoint {
  readonly atMs: number;
  readonly trigger: TurnTrigger;
}

/** Silence after which a whole-utterance yes or no ends the turn: longer than the gaps within "mm-hm" and "no, thanks". */
const shortAnswerDelayMs = 320;
/** Voice activity that goes on this long without a new word is noise, not speech. */
const wordlessVoiceMs = 1500;
/** A caller's own pause is waited out this much longer than it usually is. */
const pauseMargin = 1.25;

/** The moment from which silence counts: the last voiced sample, or the last new word while a noise keeps voice activity up. */
function silenceSinceMs(caller: CallerState): number {
  const wordsAtMs = caller.wordsAtMs ?? 0;
  if (caller.voiced) return wordsAtMs + wordlessVoiceMs;
  return caller.lastVoiceAtMs ?? wordsAtMs;
}

/** When the running turn ends if nothing more is said. Undefined while there are no words. */
export function endpointOf(caller: CallerState, context: TurnContext): Endpoint | undefined {
  const text = callerText(caller);
  if (text === "") return undefined;
  const { policy } = context;
  const shape = describePhrase(text, context.language);
  const since = silenceSinceMs(caller);
  const dictating = shape.dictation !== "none";

  if (caller.endOfSpeech && !dictating && (context.recogniserDecides || shape.ending !== "open")) {
    return { atMs: caller.wordsAtMs ?? since, trigger: "recogniser" };
  }
  if (shape.shortAnswer && !caller.voiced) return { atMs: since + shortAnswerDelayMs, trigger: "shortcut" };

  const capped = (delayMs: number) => Math.min(delayMs, policy.maxEndpointingDelayMs);
  if (dictating) return { atMs: since + capped(policy.dictationDelayMs), trigger: "silence" };
  if (shape.ending === "open") return { atMs: since + capped(policy.unfinishedDelayMs), trigger: "silence" };
  // A recogniser that decides turns is waited for; silence alone ends its turn only long after it should have.
  if (context.recogniserDecides) return { atMs: since + policy.maxEndpointingDelayMs, trigger: "silence" };
  const delayMs = Math.max(policy.endpointingDelayMs, shape.ending === "complete" ? 0 : caller.pauseMs * pauseMargin);
  return { atMs: since + capped(delayMs), trigger: "silence" };
}

/** When a reply to the words so far may be begun on suspicion. Undefined: not for these words. */
export function speculationAtMs(caller: CallerState, context: TurnContext): number | undefined {
  const { policy } = context;
  if (!policy.preemptiveGeneration || caller.speculations >= policy.maxSpeculationsPerTurn) return undefined;
  const text = callerText(caller);
  if (text === "") return undefined;
  if (context.recogniserDecides) return caller.endLikely ? (caller.wordsAtMs ?? 0) : undefined;
  if (caller.voiced) return undefined;
  const shape = describePhrase(text, context.language);
  if (shape.dictation !== "none" || shape.ending === "open") return undefined;
  return (caller.lastVoiceAtMs ?? caller.wordsAtMs ?? 0) + policy.preemptiveDelayMs;
}

/** The caller went on after a pause: the estimate moves towards it. */
export function adaptPause(pauseMs: number, observedMs: number, context: TurnContext): number {
  const { pauseAdaptation, maxEndpointingDelayMs } = context.policy;
  const observed = Math.min(observedMs, maxEndpointingDelayMs);
  return pauseMs === 0 ? observed * pauseAdaptation : pauseMs + (observed - pauseMs) * pauseAdaptation;
}

/**
 * BARGE-IN IS DECIDED HERE. Speech of the policy's minimum length stops the agent's sound at once; the words that follow
 * decide: enough of them, and the cut stands; a backchannel, a cough or nothing, and the reply goes on where it was cut.
 */
import { describePhrase } from "./phrase-shape.ts";
import type { CallerState, ReplyState, TurnContext, TurnState } from "./turn-state.ts";
import { callerText } from "./turn-state.ts";

/** After this many false cuts in one call only words cut, not noise. */
const falseBargeInsUntilWordsOnly = 2;
/** A voice without words that keeps on this long after a cut is noise: the reply resumes although it is still heard. */
const wordlessCutMs = 2500;

/** When the sound stops if the caller goes on speaking. Undefined: it does not. */
export function pauseAtMs(state: TurnState, context: TurnContext): number | undefined {
  const { caller, reply } = state;
  if (reply === undefined || reply.audio !== "playing" || !reply.interruptible || !context.policy.bargeIn)
    return undefined;
  if (!caller.voiced || caller.speechStartedAtMs === undefined) return undefined;
  if (context.hasRecogniser && state.falseBargeIns >= falseBargeInsUntilWordsOnly) return undefined;
  const overlapSinceMs = Math.max(caller.speechStartedAtMs, reply.audioStartedAtMs ?? 0);
  return overlapSinceMs + context.policy.bargeInMinSpeechMs;
}

/** When a cut without confirming words proves false. */
export function resumeAtMs(state: TurnState, context: TurnContext): number | undefined {
  const { caller, reply } = state;
  if (reply?.audio !== "paused" || reply.pausedAtMs === undefined) return undefined;
  if (caller.voiced) return reply.pausedAtMs + wordlessCutMs;
  return Math.max(reply.pausedAtMs, caller.lastVoiceAtMs ?? 0) + context.policy.falseBargeInMs;
}

export type WordsVerdict =
  | "take-floor" // the agent stops for good
  | "backchannel" // the agent goes on; the words are no turn
  | "undecided";

/** What words said over the agent's sound mean. */
export function judgeWords(caller: CallerState, reply: ReplyState, context: TurnContext): WordsVerdict {
  if (!reply.interruptible || !context.policy.bargeIn) return "undecided";
  const text = callerText(caller);
  if (text === "") return "undecided";
  const shape = describePhrase(text, context.language);
  // "Yes" to a question that was just asked is an answer, whatever it sounds like.
  if (shape.backchannel && !reply.asked) return caller.voiced ? "undecided" : "backchannel";
  return shape.words >= context.policy.bargeInMinWords ? "take-floor" : "undecided";
}

/**
 * Everything that is due at a time: one list for the whole turn logic, so that the next wake-up is its minimum and nothing
 * waits unseen. A stage that stays silent too long ends in something that the caller can hear.
 */
import { pauseAtMs, resumeAtMs } from "./barge-in.ts";
import { endpointOf, speculationAtMs } from "./endpointing.ts";
import type { ReplyState, TurnContext, TurnState } from "./turn-state.ts";
import { callerText } from "./turn-state.ts";

export type DeadlineKind =
  | "endpoint"
  | "speculate"
  | "keypad"
  | "pause"
  | "resume"
  | "filler"
  | "idle"
  | "nudge"
  | "no-transcript"
  | "no-reply"
  | "no-audio"
  | "max-duration";

export interface Deadline {
  readonly kind: DeadlineKind;
  readonly atMs: number;
}

/** Between two pressed keys of one number. */
const keypadGapMs = 1500;
/** Speech shorter than this without words is a noise nobody need answer. */
const answerableSpeechMs = 450;
/** How long voice activity alone keeps the idle prompt away; a comfort noise must not do so for ever. */
const voiceHoldsIdleMs = 5000;
/** A model that thinks this many times the tool filler's wait is covered like a slow tool. */
const thinkingFillerFactor = 2.5;
const maxNotHeard = 2;

/** The turn may be taken: nothing of the agent's is heard or about to be. */
export function floorIsFree(state: TurnState): boolean {
  return state.reply === undefined || (state.reply.kind === "answer" && state.reply.committedAtMs === undefined);
}

export function deadlinesOf(state: TurnState, context: TurnContext): Deadline[] {
  const due: Deadline[] = [];
  const add = (kind: DeadlineKind, atMs: number | undefined) => {
    if (atMs !== undefined) due.push({ kind, atMs });
  };
  if (state.ended) return due;
  const { caller, reply } = state;
  const held = reply !== undefined && !reply.interruptible;
  if (caller.keypadAtMs !== undefined && !held) add("keypad", caller.keypadAtMs + keypadGapMs);
  if (floorIsFree(state)) {
    add("endpoint", endpointOf(caller, context)?.atMs);
    if (reply === undefined) add("speculate", speculationAtMs(caller, context));
  }
  add("pause", pauseAtMs(state, context));
  add("resume", resumeAtMs(state, context));
  if (reply === undefined) {
    const noTranscript = noTranscriptAtMs(state, context);
    add("no-transcript", noTranscript);
    if (!state.caller.nudged && noTranscript !== undefined)
      add("nudge", noTranscript - context.policy.transcriptTimeoutMs / 2);
    add("idle", idleAtMs(state, context));
  } else {
    addReplyDeadlines(reply, context, add);
  }
  if (reply?.thenEnd === undefined && !held) add("max-duration", context.policy.maxCallDurationMs);
  return due;
}

type Add = (kind: DeadlineKind, atMs: number | undefined) => void;

function addReplyDeadlines(reply: ReplyState, context: TurnContext, add: Add): void {
  const { policy } = context;
  if (reply.committedAtMs === undefined || reply.audio !== "none") return;
  const sinceMs = Math.max(reply.committedAtMs, reply.progressAtMs);
  if (reply.toolSinceMs !== undefined) {
    const waitMs = reply.fillers === 0 ? policy.fillerAfterMs : policy.fillerEveryMs;
    add("filler", Math.max(reply.committedAtMs, reply.toolSinceMs, reply.fillerAtMs ?? 0) + waitMs);
    return;
  }
  if (reply.kind === "answer" && !reply.firstToken) {
    if (reply.fillers === 0) add("filler", sinceMs + policy.fillerAfterMs * thinkingFillerFactor);
    add("no-reply", sinceMs + policy.replyTimeoutMs);
    return;
  }
  add("no-audio", sinceMs + policy.voiceTimeoutMs);
}

function noTranscriptAtMs(state: TurnState, context: TurnContext): number | undefined {
  const { caller } = state;
  if (!context.hasRecogniser || state.deaf || state.notHeard >= maxNotHeard || callerText(caller) !== "")
    return undefined;
  if (caller.voiced || caller.lastVoiceAtMs === undefined || caller.speechStartedAtMs === undefined) return undefined;
  if (caller.lastVoiceAtMs - caller.speechStartedAtMs < answerableSpeechMs) return undefined;
  if (caller.speechStartedAtMs < state.idleSinceMs) return undefined; // begun before the floor was the caller's
  return caller.lastVoiceAtMs + context.policy.transcriptTimeoutMs;
}

function idleAtMs(state: TurnState, context: TurnContext): number | undefined {
  const { caller } = state;
  if (callerText(caller) !== "" || caller.keypad !== "") return undefined;
  const atMs = state.idleSinceMs + context.policy.idlePromptAfterMs;
  if (!caller.voiced || caller.speechStartedAtMs === undefined) return atMs;
  return Math.max(atMs, caller.speechStartedAtMs + voiceHoldsIdleMs);
}

/** When `advanceTurn` wants to be called again, if nothing happens before. */
export function nextWakeMs(state: TurnState, context: TurnContext): number | undefined {
  let earliest: number | undefined;
  for (const { atMs } of deadlinesOf(state, context)) {
    if (earliest === undefined || atMs < earliest) earliest = atMs;
  }
  return earliest;
}

/** What happens when a time has come. Each ends in something said, stopped, resumed or decided: never in nothing. */
import { endpointOf } from "./endpointing.ts";
import type { TurnDraft } from "./turn-draft.ts";
import { commitTurn, cut, emit, endCall, isHeld, patchCaller, patchReply, say, speculate } from "./turn-draft.ts";
import { callerText } from "./turn-state.ts";
import type { DeadlineKind } from "./watchdog.ts";

/** Replies that fail one after the other until the call gives up in words. */
const maxFailures = 3;

export function handleDeadline(draft: TurnDraft, kind: DeadlineKind): void {
  const { state, context } = draft;
  switch (kind) {
    case "endpoint": {
      const trigger = endpointOf(state.caller, context)?.trigger ?? "silence";
      return commitTurn(draft, callerText(state.caller), trigger);
    }
    case "speculate":
      return speculate(draft);
    case "keypad":
      return commitKeypad(draft);
    case "pause":
      return pause(draft);
    case "resume":
      return resumeAfterFalseBargeIn(draft);
    case "filler":
      return coverWait(draft);
    case "idle":
      return promptIdleCaller(draft);
    case "nudge":
      emit(draft, { type: "watchdog", reason: "speech-without-transcript", recovery: "finalize" });
      patchCaller(draft, { nudged: true });
      draft.effects.push({ type: "finalize-transcript" });
      return;
    case "no-transcript":
      emit(draft, { type: "watchdog", reason: "speech-without-transcript", recovery: "re-prompt" });
      draft.state = { ...draft.state, notHeard: state.notHeard + 1 };
      patchCaller(draft, { speechStartedAtMs: undefined });
      return say(draft, "did-not-hear", { variant: state.notHeard });
    case "no-reply":
      emit(draft, { type: "watchdog", reason: "transcript-without-reply", recovery: "apologize" });
      return recover(draft);
    case "no-audio":
      emit(draft, { type: "watchdog", reason: "reply-without-audio", recovery: "apologize" });
      return recover(draft);
    case "max-duration":
      emit(draft, { type: "watchdog", reason: "max-duration", recovery: "hang-up" });
      return say(draft, "goodbye", { thenEnd: "max-duration", interruptible: false });
    default: {
      const unknown: never = kind;
      throw new Error(`no such deadline: ${String(unknown)}`);
    }
  }
}

export function commitKeypad(draft: TurnDraft): void {
  const { keypad } = draft.state.caller;
  if (isHeld(draft.state)) return;
  patchCaller(draft, { keypad: "", keypadAtMs: undefined });
  if (keypad === "") return;
  cut(draft);
  commitTurn(draft, `[keypad] ${keypad}`, "keypad");
}

/** The agent's sound stops at once; what follows decides whether for good. */
export function pause(draft: TurnDraft): void {
  const { reply, nowMs, caller } = draft.state;
  if (reply === undefined) return;
  const playedMs = Math.max(0, nowMs - (reply.audioStartedAtMs ?? nowMs));
  emit(draft, { type: "barge-in", replyId: reply.id, playedMs, speechStartedAtMs: caller.speechStartedAtMs ?? nowMs });
  draft.effects.push({ type: "pause-playback", replyId: reply.id });
  patchReply(draft, { audio: "paused", pausedAtMs: nowMs });
}

/** The cut was a cough, a "mm-hm" or a noise: the reply goes on where it stopped. */
export function resumeAfterFalseBargeIn(draft: TurnDraft): void {
  const { reply, nowMs } = draft.state;
  if (reply?.audio !== "paused") return;
  emit(draft, { type: "barge-in-false", replyId: reply.id });
  draft.effects.push({ type: "resume-playback", replyId: reply.id });
  patchReply(draft, { audio: "playing", pausedAtMs: undefined, audioStartedAtMs: nowMs });
  patchCaller(draft, { speechStartedAtMs: undefined });
  draft.state = { ...draft.state, falseBargeIns: draft.state.falseBargeIns + 1 };
}

function coverWait(draft: TurnDraft): void {
  const { reply, nowMs } = draft.state;
  if (reply === undefined) return;
  draft.effects.push({ type: "play-filler", replyId: reply.id, variant: reply.fillers });
  patchReply(draft, { fillers: reply.fillers + 1, fillerAtMs: nowMs });
}

function promptIdleCaller(draft: TurnDraft): void {
  const { idlePrompts } = draft.state;
  if (idlePrompts >= draft.context.policy.maxIdlePrompts) {
    emit(draft, { type: "watchdog", reason: "silence", recovery: "hang-up" });
    return say(draft, "goodbye", { thenEnd: "idle" });
  }
  emit(draft, { type: "idle-prompt", count: idlePrompts + 1 });
  draft.state = { ...draft.state, idlePrompts: idlePrompts + 1 };
  say(draft, "idle-prompt", { variant: idlePrompts });
}

/** A reply broke before it was heard: say so and go on; after several, say goodbye in words. */
export function recover(draft: TurnDraft): void {
  const { reply, failures } = draft.state;
  draft.state = { ...draft.state, failures: failures + 1 };
  // When even the platform's own sentence cannot be spoken there is nobody left to say anything.
  if (reply?.kind === "apology") return endCall(draft, "failed");
  if (reply?.thenEnd !== undefined && reply.kind !== "answer") return endCall(draft, reply.thenEnd);
  if (failures + 1 >= maxFailures) return say(draft, "apology", { thenEnd: "failed", interruptible: false });
  say(draft, "recovery", { variant: failures });
}

/**
 * The turn logic: a pure function of state, input, context and time. It decides; it does nothing. First the input is taken
 * in, then everything that is due by now happens, in the order of its time.
 */
import { judgeWords } from "./barge-in.ts";
import { takeCommand, takeEmergency, takeRobocall, takeTyped } from "./cut-in.ts";
import { adaptPause } from "./endpointing.ts";
import { commitKeypad, handleDeadline, pause, recover, resumeAfterFalseBargeIn } from "./handle-deadline.ts";
import type { TurnDraft } from "./turn-draft.ts";
import {
  canReopen,
  cut,
  emit,
  endCall,
  isHeld,
  patchCaller,
  patchReply,
  reopenTurn,
  say,
  withdraw,
} from "./turn-draft.ts";
import type { ReplyState, TimedInput, TurnContext, TurnEffect, TurnState } from "./turn-state.ts";
import { callerText, joinWords, sameWords, withoutWords } from "./turn-state.ts";
import { deadlinesOf } from "./watchdog.ts";

/** A gap in speech shorter than this belongs to the same speech. */
const sameSpeechGapMs = 350;
/** How long after a commit a transcript without new voice is a late copy of the committed words. */
const lateTranscriptMs = 2500;
/** The very same words this soon after their commit are a copy, even when a last syllable was still to come. */
const sameWordsMs = 1500;
/** More due moments than this in one step is a loop. */
const maxDeadlinesPerStep = 20;

export function advanceTurn(state: TurnState, input: TimedInput, context: TurnContext): [TurnState, TurnEffect[]] {
  const draft: TurnDraft = { state: { ...state, nowMs: Math.max(state.nowMs, input.atMs) }, effects: [], context };
  if (state.ended) return [draft.state, draft.effects];
  takeInput(draft, input);
  for (let step = 0; step < maxDeadlinesPerStep; step++) {
    const due = deadlinesOf(draft.state, context)
      .filter((deadline) => deadline.atMs <= draft.state.nowMs)
      .sort((a, b) => a.atMs - b.atMs)[0];
    if (due === undefined) break;
    handleDeadline(draft, due.kind);
  }
  return [draft.state, draft.effects];
}

function takeInput(draft: TurnDraft, input: TimedInput): void {
  switch (input.type) {
    case "call-started":
      return say(draft, "greeting", { interruptible: draft.context.announces !== true });
    case "tick":
      return;
    case "speech-started":
      return takeSpeechStart(draft, input.startedAtMs);
    case "speech-ended":
      patchCaller(draft, { voiced: false, lastVoiceAtMs: input.lastVoiceAtMs });
      return judgeOverlap(draft);
    case "words":
      return takeWords(draft, input);
    case "turn-words":
      return takeTurnWords(draft, input);
    case "end-of-speech":
      if (callerText(draft.state.caller) !== "") patchCaller(draft, { endOfSpeech: true });
      return;
    case "typed":
      return takeTyped(draft, input.text);
    case "digit":
      return takeDigit(draft, input.digit);
    case "recogniser-lost":
      draft.state = { ...draft.state, deaf: true };
      return isHeld(draft.state) ? undefined : say(draft, "keypad-menu");
    case "operator":
      return takeCommand(draft, input.command);
    case "drain":
      if (isHeld(draft.state)) return patchReply(draft, { thenEnd: draft.state.reply?.thenEnd ?? "draining" });
      return say(draft, "goodbye", { thenEnd: "draining", interruptible: false });
    case "closed":
      return endCall(draft, "caller-hung-up");
    default:
      if (draft.state.reply?.id === input.replyId) takeReplyProgress(draft, draft.state.reply, input);
  }
}

type ReplyInput = Extract<TimedInput, { replyId: string }>;

function takeReplyProgress(draft: TurnDraft, reply: ReplyState, input: ReplyInput): void {
  const { nowMs } = draft.state;
  switch (input.type) {
    case "first-token":
      return patchReply(draft, { firstToken: true, progressAtMs: nowMs });
    case "voice-asked":
      return patchReply(draft, { progressAtMs: nowMs });
    case "segment-heard":
      return takeHeardSegment(draft, reply, input.text);
    case "audio-started":
      return patchReply(draft, {
        audio: "playing",
        audible: reply.audible || !input.filler,
        audioStartedAtMs: nowMs,
        progressAtMs: nowMs,
      });
    case "audio-drained":
      return patchReply(draft, { audio: "none", progressAtMs: nowMs });
    case "tool-started":
      return patchReply(draft, {
        toolSinceMs: reply.toolSinceMs ?? nowMs,
        wroteSomething: reply.wroteSomething || input.effect === "write",
      });
    case "tools-finished":
      return patchReply(draft, { toolSinceMs: undefined, firstToken: false, progressAtMs: nowMs });
    case "ends-call":
      return patchReply(draft, { thenEnd: input.reason });
    case "hands-off":
      return patchReply(draft, { thenHandTo: input.agentId });
    case "heard":
      return takeHeard(draft, reply);
    case "reply-failed":
      // A speculation that breaks is as if it had not been; the commit starts another.
      return reply.committedAtMs === undefined ? withdraw(draft) : recover(draft);
    default: {
      const unknown: never = input;
      throw new Error(`no such input: ${JSON.stringify(unknown)}`);
    }
  }
}

function takeHeardSegment(draft: TurnDraft, reply: ReplyState, text: string): void {
  patchReply(draft, { asked: reply.asked || /[?؟]/.test(text) });
  // The announcement was heard: what follows of the greeting may be cut, by what was said meanwhile too.
  if (reply.kind !== "greeting" || reply.interruptible || reply.thenEnd !== undefined) return;
  patchReply(draft, { interruptible: true });
  judgeOverlap(draft);
}

function takeHeard(draft: TurnDraft, reply: ReplyState): void {
  const { nowMs, failures } = draft.state;
  if (reply.thenEnd !== undefined) return endCall(draft, reply.thenEnd);
  if (reply.thenHandTo !== undefined) {
    draft.effects.push({ type: "hand-off", agentId: reply.thenHandTo });
    draft.state = { ...draft.state, reply: undefined };
    return say(draft, "handoff-greeting");
  }
  if (reply.kind === "greeting" && draft.context.keypadOnly) {
    draft.state = { ...draft.state, reply: undefined };
    return say(draft, "keypad-menu");
  }
  const caller = draft.state.caller;
  draft.state = {
    ...draft.state,
    reply: undefined,
    idleSinceMs: nowMs,
    failures: reply.kind === "answer" ? 0 : failures,
    // A recogniser's end of speech that came while the agent spoke counts from now, with the words it belongs to.
    caller: caller.voiced
      ? caller
      : { ...caller, speechStartedAtMs: callerText(caller) === "" ? undefined : caller.speechStartedAtMs },
  };
  const [text, ...saysWaiting] = draft.state.saysWaiting;
  if (text === undefined) return;
  draft.state = { ...draft.state, saysWaiting };
  say(draft, "operator-say", { text });
}

function takeSpeechStart(draft: TurnDraft, startedAtMs: number): void {
  const { caller } = draft.state;
  const gapMs = caller.lastVoiceAtMs === undefined ? Number.POSITIVE_INFINITY : startedAtMs - caller.lastVoiceAtMs;
  const continues = gapMs < sameSpeechGapMs && caller.speechStartedAtMs !== undefined;
  const inTurn = callerText(caller) !== "" && Number.isFinite(gapMs);
  patchCaller(draft, {
    voiced: true,
    nudged: continues && caller.nudged,
    speechStartedAtMs: continues ? caller.speechStartedAtMs : startedAtMs,
    pauseMs: inTurn ? adaptPause(caller.pauseMs, gapMs, draft.context) : caller.pauseMs,
    endOfSpeech: draft.context.recogniserDecides ? caller.endOfSpeech : false,
  });
}

type Words = Extract<TimedInput, { type: "words" }>;

function takeWords(draft: TurnDraft, input: Words): void {
  const said = joinWords(draft.state.caller.frozen, input.text);
  if (takeEmergency(draft, said) || takeRobocall(draft, said)) return;
  if (isLateCopy(draft, input)) return;
  const { caller, nowMs } = draft.state;
  const before = callerText(caller);
  const frozen = input.frozen ? joinWords(caller.frozen, input.text) : caller.frozen;
  const interim = input.frozen ? "" : input.text;
  const changed = !sameWords(before, joinWords(frozen, interim));
  patchCaller(draft, {
    frozen,
    interim,
    wordsAtMs: changed || input.endOfSpeech ? nowMs : caller.wordsAtMs,
    endOfSpeech: input.endOfSpeech || (caller.endOfSpeech && !changed),
  });
  wordsChanged(draft, changed);
}

type TurnWords = Extract<TimedInput, { type: "turn-words" }>;

function takeTurnWords(draft: TurnDraft, input: TurnWords): void {
  const { caller, nowMs } = draft.state;
  const said = joinWords(caller.frozen, input.text);
  if (takeEmergency(draft, said) || takeRobocall(draft, said)) return;
  const ended = input.ending === "yes";
  const before = callerText(caller);
  const frozen = ended ? joinWords(caller.frozen, input.text) : caller.frozen;
  const interim = ended ? "" : input.text;
  const changed = !sameWords(before, joinWords(frozen, interim));
  const endLikely = input.ending === "likely";
  patchCaller(draft, {
    frozen,
    interim,
    wordsAtMs: changed || ended || endLikely ? nowMs : caller.wordsAtMs,
    endOfSpeech: ended,
    endLikely,
  });
  wordsChanged(draft, changed || input.ending === "no");
}

/** After new words: a speculation on the old ones is void, a reply nobody heard yet is taken back, an audible one may be cut. */
function wordsChanged(draft: TurnDraft, changed: boolean): void {
  const { reply, caller } = draft.state;
  const text = callerText(caller);
  if (text !== "") draft.state = { ...draft.state, idleSinceMs: draft.state.nowMs };
  if (reply === undefined || text === "") return;
  if (reply.committedAtMs === undefined) {
    if (changed && !sameWords(reply.answers, text)) withdraw(draft);
    else if (caller.endLikely === false && !caller.endOfSpeech && draft.context.recogniserDecides) withdraw(draft);
    else alignAnswer(draft, text);
    return;
  }
  if (canReopen(reply)) {
    const verdict = judgeWords({ ...caller, voiced: false }, { ...reply, asked: false }, draft.context);
    if (verdict === "take-floor") reopenTurn(draft, reply.answers);
    else if (verdict === "backchannel") draft.state = { ...draft.state, caller: withoutWords(caller) };
    return;
  }
  judgeOverlap(draft);
}

/** The same words with other punctuation: the speculation stands, and the commit must recognise it. */
function alignAnswer(draft: TurnDraft, text: string): void {
  if (draft.state.reply !== undefined && sameWords(draft.state.reply.answers, text))
    patchReply(draft, { answers: text });
}

/** Words over the agent's sound: they take the floor, are a backchannel, or wait. */
function judgeOverlap(draft: TurnDraft): void {
  const { reply, caller } = draft.state;
  if (reply === undefined || (reply.audio === "none" && !reply.audible)) return;
  const verdict = judgeWords(caller, reply, draft.context);
  if (verdict === "take-floor") {
    if (reply.audio === "playing") pause(draft);
    emit(draft, { type: "barge-in-confirmed", replyId: reply.id });
    cut(draft);
  } else if (verdict === "backchannel") {
    const text = callerText(caller);
    emit(draft, { type: "backchannel", content: { text } });
    // Its final transcript is still to come, and is no news then.
    const committed = { text, atMs: draft.state.nowMs, settled: caller.interim === "" };
    draft.state = { ...draft.state, caller: withoutWords(caller), committed };
    resumeAfterFalseBargeIn(draft);
  }
}

/** A transcript that arrives after its turn was committed and brings no new voice is not a new turn. */
function isLateCopy(draft: TurnDraft, input: Words): boolean {
  const { committed, caller, nowMs, reply } = draft.state;
  if (committed === undefined || input.text === "" || nowMs - committed.atMs > lateTranscriptMs) return false;
  if (sameWords(committed.text, input.text) && nowMs - committed.atMs < sameWordsMs) return true;
  const voiceSince = caller.voiced || (caller.lastVoiceAtMs ?? 0) > committed.atMs;
  if (voiceSince) return false;
  const tail = sameWords(committed.text, input.text) || committed.text.toLowerCase().endsWith(input.text.toLowerCase());
  if (!tail && !committed.settled && reply !== undefined && canReopen(reply) && callerText(caller) === "") {
    // The final words differ from the interim ones that were answered: answer the final ones.
    reopenTurn(draft, "");
    return false;
  }
  return tail || !committed.settled;
}

function takeDigit(draft: TurnDraft, digit: string): void {
  emit(draft, { type: "keypad", content: { digit } });
  if (draft.state.reply !== undefined && draft.state.reply.interruptible) cut(draft);
  const { keypad } = draft.state.caller;
  if (digit === "#") return commitKeypad(draft);
  patchCaller(draft, { keypad: keypad + digit, keypadAtMs: draft.state.nowMs });
}

/** The moves of the turn logic: each changes the draft of the next state and notes the effects it asks for. */
import type { CallEventBody, HangUpReason, PhraseKind, TurnTrigger } from "../call-event.ts";
import { followOpening } from "./robocall.ts";
import type { ReplyState, TurnContext, TurnEffect, TurnState } from "./turn-state.ts";
import { callerText, withoutWords } from "./turn-state.ts";

export interface TurnDraft {
  state: TurnState;
  readonly effects: TurnEffect[];
  readonly context: TurnContext;
}

export function emit(draft: TurnDraft, event: CallEventBody): void {
  draft.effects.push({ type: "emit", event });
}

export function patchReply(draft: TurnDraft, patch: Partial<ReplyState>): void {
  const { reply } = draft.state;
  if (reply !== undefined) draft.state = { ...draft.state, reply: { ...reply, ...patch } };
}

export function patchCaller(draft: TurnDraft, patch: Partial<TurnState["caller"]>): void {
  draft.state = { ...draft.state, caller: { ...draft.state.caller, ...patch } };
}

function newReply(draft: TurnDraft, init: Pick<ReplyState, "kind"> & Partial<ReplyState>): ReplyState {
  const number = draft.state.replies + 1;
  const reply: ReplyState = {
    id: `reply-${number}`,
    turnId: undefined,
    answers: "",
    trigger: "silence",
    committedAtMs: draft.state.nowMs,
    audio: "none",
    audible: false,
    audioStartedAtMs: undefined,
    pausedAtMs: undefined,
    firstToken: false,
    progressAtMs: draft.state.nowMs,
    toolSinceMs: undefined,
    wroteSomething: false,
    fillers: 0,
    fillerAtMs: undefined,
    asked: false,
    interruptible: true,
    thenEnd: undefined,
    thenHandTo: undefined,
    ...init,
  };
  draft.state = { ...draft.state, replies: number, reply };
  return reply;
}

const turnIdOf = (state: TurnState) => `turn-${state.turn}`;

/** A reply on suspicion: it may think and read, its sound and its writes wait. */
export function speculate(draft: TurnDraft): void {
  const text = callerText(draft.state.caller);
  const turnId = turnIdOf(draft.state);
  const reply = newReply(draft, { kind: "answer", turnId, answers: text, committedAtMs: undefined });
  patchCaller(draft, { speculations: draft.state.caller.speculations + 1 });
  draft.effects.push({ type: "start-reply", replyId: reply.id, turnId, text, speculative: true });
}

/** The speculative reply answers words that are no longer what was said. */
export function withdraw(draft: TurnDraft): void {
  const { reply } = draft.state;
  if (reply === undefined) return;
  draft.effects.push({ type: "withdraw-reply", replyId: reply.id });
  draft.state = { ...draft.state, reply: undefined };
}

/** The caller's turn has ended: its words are answered. */
export function commitTurn(draft: TurnDraft, text: string, trigger: TurnTrigger): void {
  takeTurn(draft, { text, trigger }, (turn) => startAnswer(draft, turn));
}

/** The turn's words go into the record; `answer` says what follows. */
export function takeTurn(
  draft: TurnDraft,
  { text, trigger }: Omit<CommittedTurn, "turnId">,
  answer: (turn: CommittedTurn) => void,
): void {
  const { state } = draft;
  const turnId = turnIdOf(state);
  const { lastVoiceAtMs, speechStartedAtMs } = state.caller;
  const spoken = speechStartedAtMs !== undefined && trigger !== "typed" && trigger !== "keypad";
  const voiceAtMs = spoken ? (state.caller.voiced ? state.nowMs : lastVoiceAtMs) : undefined;
  draft.effects.push({ type: "commit-turn", turnId, text, trigger, lastVoiceAtMs: voiceAtMs });
  answer({ turnId, text, trigger });
  draft.state = {
    ...draft.state,
    caller: withoutWords(draft.state.caller),
    committed: { text, atMs: state.nowMs, settled: state.caller.interim === "" },
    opening: state.opening === undefined ? undefined : followOpening(state.opening, text),
    turn: state.turn + 1,
    idlePrompts: 0,
    notHeard: 0,
  };
}

interface CommittedTurn {
  readonly turnId: string;
  readonly text: string;
  readonly trigger: TurnTrigger;
}

/** The model's answer: the speculative one if it is for these words. */
function startAnswer(draft: TurnDraft, { turnId, text, trigger }: CommittedTurn): void {
  const speculative = draft.state.reply;
  if (speculative === undefined || speculative.answers !== text) {
    if (speculative !== undefined) withdraw(draft);
    const reply = newReply(draft, { kind: "answer", turnId, answers: text, trigger });
    draft.effects.push({ type: "start-reply", replyId: reply.id, turnId, text, speculative: false });
  } else {
    patchReply(draft, { committedAtMs: draft.state.nowMs, trigger });
    draft.effects.push({ type: "commit-reply", replyId: speculative.id });
  }
}

/** The caller went on before anything of the reply was heard: the same turn continues. */
export function reopenTurn(draft: TurnDraft, earlierWords: string): void {
  const { reply } = draft.state;
  if (reply?.turnId === undefined) return;
  withdraw(draft);
  draft.effects.push({ type: "reopen-turn", turnId: reply.turnId });
  draft.state = { ...draft.state, turn: draft.state.turn - 1, committed: undefined };
  const { frozen } = draft.state.caller;
  patchCaller(draft, {
    frozen: frozen === "" ? earlierWords : `${earlierWords} ${frozen}`,
    endOfSpeech: false,
    endLikely: false,
  });
}

/** True while a reply can still be taken back unheard and without a trace in the world. */
export function canReopen(reply: ReplyState): boolean {
  return (
    reply.kind === "answer" &&
    reply.committedAtMs !== undefined &&
    !reply.audible &&
    reply.fillers === 0 &&
    !reply.wroteSomething
  );
}

export interface PhraseOptions {
  readonly variant?: number;
  readonly thenEnd?: HangUpReason;
  readonly text?: string;
  readonly interruptible?: boolean;
  /** The turn it answers. */
  readonly turnId?: string;
}

/** The platform speaks in the agent's voice. Whatever else was being said is over. */
export function say(draft: TurnDraft, phrase: PhraseKind, options: PhraseOptions = {}): void {
  if (draft.state.reply !== undefined) cut(draft);
  const { thenEnd, text, turnId, interruptible = true } = options;
  const reply = newReply(draft, { kind: phrase, interruptible, thenEnd, turnId });
  draft.effects.push({
    type: "start-phrase",
    replyId: reply.id,
    phrase,
    variant: options.variant ?? 0,
    ...(text === undefined ? {} : { text }),
    ...(turnId === undefined ? {} : { turnId }),
  });
}

/** The floor is the caller's: what was heard of the reply stays, the rest is gone. An unheard speculation leaves no trace. */
export function cut(draft: TurnDraft): void {
  const { reply } = draft.state;
  if (reply === undefined) return;
  if (reply.kind === "answer" && reply.committedAtMs === undefined) return withdraw(draft);
  draft.effects.push({ type: "cut-reply", replyId: reply.id });
  draft.state = { ...draft.state, reply: undefined, idleSinceMs: draft.state.nowMs };
  // It was decided; whoever speaks next speaks with the other agent.
  if (reply.thenHandTo !== undefined) draft.effects.push({ type: "hand-off", agentId: reply.thenHandTo });
}

/** A sentence is being said that nothing may cut: help, a goodbye, a transfer. */
export function isHeld(state: TurnState): boolean {
  return state.reply !== undefined && !state.reply.interruptible;
}

export function endCall(draft: TurnDraft, reason: HangUpReason): void {
  if (draft.state.ended) return;
  draft.state = { ...draft.state, ended: true };
  draft.effects.push({ type: "end-call", reason });
}

/** When each thing of a turn happened, from the events themselves: the waterfall is drawn from these. */
import type { CallEvent } from "@parley/contract/call-event";
import type { CallView, TurnTiming } from "./entries.ts";

const nothingYet: Omit<TurnTiming, "turnId"> = {
  trigger: undefined,
  lastVoiceAtMs: undefined,
  committedAtMs: undefined,
  replyId: undefined,
  askedAtMs: undefined,
  firstTokenAtMs: undefined,
  lastTokenAtMs: undefined,
  firstSentenceAtMs: undefined,
  firstByteAtMs: undefined,
  firstAudioAtMs: undefined,
  firstTextAtMs: undefined,
  tools: [],
  latency: undefined,
};

export function addTiming(view: CallView, event: CallEvent): CallView {
  const { atMs } = event;
  switch (event.type) {
    case "turn-committed": {
      const { trigger, lastVoiceAtMs } = event;
      return changeTurn(view, event.turnId, () => ({ trigger, lastVoiceAtMs, committedAtMs: atMs }));
    }
    case "reply-started": {
      const { replyId, turnId } = event;
      const known = { ...view, turnOfReply: { ...view.turnOfReply, [replyId]: turnId } };
      // A turn may be answered twice when the first answer was withdrawn: the clock of the new one counts.
      const { trigger: _trigger, lastVoiceAtMs: _voice, committedAtMs: _committed, ...unanswered } = nothingYet;
      return changeTurn(known, turnId, () => ({ ...unanswered, replyId, askedAtMs: atMs }));
    }
    case "model-first-token":
      return changeReply(view, event.replyId, (turn) => ({
        firstTokenAtMs: turn.firstTokenAtMs ?? atMs,
        lastTokenAtMs: turn.firstSentenceAtMs === undefined ? atMs : turn.lastTokenAtMs,
      }));
    case "reply-first-sentence":
      return changeReply(view, event.replyId, (turn) => ({ firstSentenceAtMs: turn.firstSentenceAtMs ?? atMs }));
    case "voice-first-byte":
      return changeReply(view, event.replyId, (turn) => ({ firstByteAtMs: turn.firstByteAtMs ?? atMs }));
    case "reply-first-audio":
      return changeReply(view, event.replyId, (turn) => ({ firstAudioAtMs: turn.firstAudioAtMs ?? atMs }));
    case "reply-text":
      if (event.phrase === "filler") return view;
      return changeReply(view, event.replyId, (turn) => ({ firstTextAtMs: turn.firstTextAtMs ?? atMs }));
    case "tool-finished": {
      const { name, durationMs } = event;
      return changeReply(view, event.replyId, (turn) => ({
        tools: [...turn.tools, { name, startedAtMs: atMs - durationMs, durationMs }],
      }));
    }
    case "turn-latency":
      return changeTurn(view, event.turnId, () => ({ latency: event.latency }));
    default:
      return view;
  }
}

function changeTurn(view: CallView, turnId: string, change: (turn: TurnTiming) => Partial<TurnTiming>): CallView {
  const turn = view.timings[turnId] ?? { turnId, ...nothingYet };
  return { ...view, timings: { ...view.timings, [turnId]: { ...turn, ...change(turn) } } };
}

function changeReply(view: CallView, replyId: string, change: (turn: TurnTiming) => Partial<TurnTiming>): CallView {
  const turnId = view.turnOfReply[replyId];
  const turn = turnId === undefined ? undefined : view.timings[turnId];
  return turnId === undefined || turn?.replyId !== replyId ? view : changeTurn(view, turnId, change);
}

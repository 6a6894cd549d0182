/** A call's events → what its page shows. Pure: the live call and a call of last week are read by the same code. */
import type { CallEvent } from "@parley/contract/call-event";
import { agentText, markHeard, settleReply } from "./agent-entry.ts";
import { commitCaller, dropOpenLine, finalWords, interimWords, keypad } from "./caller-entry.ts";
import { describeNote } from "./describe-note.ts";
import { type CallView, type Entry, isOpenLine } from "./entries.ts";
import { addTiming } from "./turn-timing.ts";

export const emptyView: CallView = {
  channel: undefined,
  entries: [],
  timings: {},
  turnOfReply: {},
  callerSpeaking: false,
  ended: undefined,
};

type Of<T extends CallEvent["type"]> = Extract<CallEvent, { type: T }>;

export function applyEvent(view: CallView, event: CallEvent): CallView {
  const timed = addTiming(view, event);
  const shown = show(timed, event);
  const note = describeNote(event);
  return note ? addNote(shown, { kind: "note", key: `note-${event.seq}`, atMs: event.atMs, ...note }) : shown;
}

/** Above what the caller is still saying: their line stays the last one. */
function addNote(view: CallView, note: Entry): CallView {
  const last = view.entries.length - 1;
  const at = view.entries.findLastIndex(isOpenLine) === last && last >= 0 ? last : last + 1;
  return { ...view, entries: view.entries.toSpliced(at, 0, note) };
}

function show(view: CallView, event: CallEvent): CallView {
  switch (event.type) {
    case "call-started":
      return { ...view, channel: event.channel };
    case "speech-started":
      return { ...view, callerSpeaking: true };
    case "speech-ended":
      return { ...view, callerSpeaking: false };
    case "transcript-interim":
      return interimWords(view, event);
    case "transcript-final":
      return finalWords(view, event);
    case "keypad":
      return keypad(view, event);
    case "backchannel":
      return dropOpenLine(view);
    case "turn-committed":
      return commitCaller(view, event);
    case "reply-text":
      return agentText(view, event);
    case "segment-heard":
      return markHeard(view, event);
    case "reply-finished":
      return settleReply(view, event);
    case "reply-withdrawn":
      return { ...view, entries: view.entries.filter((entry) => !belongsTo(entry, event.replyId)) };
    case "tool-started":
      return startTool(view, event);
    case "tool-finished":
      return finishTool(view, event);
    case "call-ended":
      return { ...view, callerSpeaking: false, ended: { reason: event.reason, durationMs: event.durationMs } };
    default:
      return view;
  }
}

const belongsTo = (entry: Entry, replyId: string) =>
  (entry.kind === "agent" || entry.kind === "tool" || entry.kind === "filler") && entry.replyId === replyId;

function startTool(view: CallView, event: Of<"tool-started">): CallView {
  const { toolCallId, replyId, name, effect, content, atMs, seq } = event;
  const entry: Entry = {
    kind: "tool",
    key: `tool-${seq}`,
    atMs,
    toolCallId,
    replyId,
    name,
    effect,
    input: content?.input,
    outcome: undefined,
    output: undefined,
    durationMs: undefined,
  };
  return { ...view, entries: [...view.entries, entry] };
}

function finishTool(view: CallView, event: Of<"tool-finished">): CallView {
  const { toolCallId, outcome, durationMs, content } = event;
  const entries = view.entries.map((entry) =>
    entry.kind === "tool" && entry.toolCallId === toolCallId && entry.outcome === undefined
      ? { ...entry, outcome, durationMs, output: content?.output }
      : entry,
  );
  return { ...view, entries };
}

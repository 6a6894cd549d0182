import type { CallEvent } from "@parley/contract/call-event";
import type { AgentEntry, AgentSegment, CallView, Entry } from "./entries.ts";

type Of<T extends CallEvent["type"]> = Extract<CallEvent, { type: T }>;

export function agentText(view: CallView, event: Of<"reply-text">): CallView {
  const { replyId, segment, phrase, atMs, seq } = event;
  const text = event.content?.text ?? "";
  if (phrase === "filler") {
    const entry: Entry = { kind: "filler", key: `filler-${seq}`, atMs, replyId, text };
    return { ...view, entries: [...view.entries, entry] };
  }
  const added: AgentSegment = { number: segment, text, heardChars: 0 };
  const last = view.entries.findLastIndex((entry) => entry.kind === "agent" && entry.replyId === replyId);
  const part = view.entries[last];
  const toolSince = view.entries.slice(last + 1).some((entry) => entry.kind === "tool" && entry.replyId === replyId);
  // After a tool the reply goes on below the tool's card.
  if (part?.kind === "agent" && !toolSince) {
    return { ...view, entries: view.entries.with(last, { ...part, segments: [...part.segments, added] }) };
  }
  const entry: AgentEntry = {
    kind: "agent",
    key: `agent-${seq}`,
    atMs,
    replyId,
    turnId: view.turnOfReply[replyId],
    phrase,
    segments: [added],
    state: "speaking",
  };
  return { ...view, entries: [...view.entries, entry] };
}

export function markHeard(view: CallView, event: Of<"segment-heard">): CallView {
  return mapReply(view, event.replyId, (entry) => ({
    ...entry,
    segments: entry.segments.map((segment) =>
      segment.number === event.segment ? { ...segment, heardChars: segment.text.length } : segment,
    ),
  }));
}

/** The ledger's last word on what was heard: it lays the heard text over the segments in order. */
export function settleReply(view: CallView, event: Of<"reply-finished">): CallView {
  const { replyId, outcome } = event;
  if (outcome === "withdrawn") return view;
  let rest = event.content?.heard ?? "";
  const settled = mapReply(view, replyId, (entry) => ({
    ...entry,
    state: outcome,
    segments: entry.segments.map((segment) => {
      const heardChars = commonStart(segment.text, rest);
      rest = rest.slice(heardChars).trimStart();
      // Nothing after the first unheard word was heard.
      if (heardChars < segment.text.length) rest = "";
      return { ...segment, heardChars };
    }),
  }));
  return settled;
}

function commonStart(text: string, heard: string): number {
  let length = 0;
  while (length < text.length && length < heard.length && text[length] === heard[length]) length++;
  return length;
}

function mapReply(view: CallView, replyId: string, change: (entry: AgentEntry) => AgentEntry): CallView {
  const entries = view.entries.map((entry) =>
    entry.kind === "agent" && entry.replyId === replyId ? change(entry) : entry,
  );
  return { ...view, entries };
}

import type { CallEvent } from "@parley/contract/call-event";
import { type CallerEntry, type CallView, isOpenLine } from "./entries.ts";

type Of<T extends CallEvent["type"]> = Extract<CallEvent, { type: T }>;

/** Changes the caller's open line, or opens one. */
function changeOpen(view: CallView, event: CallEvent, change: (open: CallerEntry) => CallerEntry): CallView {
  const at = view.entries.findLastIndex(isOpenLine);
  const open = view.entries[at];
  if (open?.kind === "caller") return { ...view, entries: view.entries.with(at, change(open)) };
  const fresh: CallerEntry = {
    kind: "caller",
    key: `caller-${event.seq}`,
    atMs: event.atMs,
    text: "",
    interim: "",
    turnId: undefined,
    trigger: undefined,
  };
  return { ...view, entries: [...view.entries, change(fresh)] };
}

export function interimWords(view: CallView, event: Of<"transcript-interim">): CallView {
  const interim = event.content?.text ?? "";
  return interim === "" ? view : changeOpen(view, event, (open) => ({ ...open, interim }));
}

export function finalWords(view: CallView, event: Of<"transcript-final">): CallView {
  const words = event.content?.text ?? "";
  if (words === "") return view;
  return changeOpen(view, event, (open) => ({ ...open, text: `${open.text} ${words}`.trim(), interim: "" }));
}

export function keypad(view: CallView, event: Of<"keypad">): CallView {
  return changeOpen(view, event, (open) => ({ ...open, text: `${open.text}${event.content?.digit ?? ""}` }));
}

/** "Mhm" while the agent speaks is no turn: the open line goes, a note stays. */
export function dropOpenLine(view: CallView): CallView {
  const entries = view.entries.filter((entry) => !isOpenLine(entry));
  return { ...view, entries };
}

/** A turn that was taken up again is committed once more under its own name: its line changes, no second one appears. */
export function commitCaller(view: CallView, event: Of<"turn-committed">): CallView {
  const { turnId, trigger } = event;
  const at = view.entries.findIndex((entry) => entry.kind === "caller" && entry.turnId === turnId);
  const before = view.entries[at];
  const rest = before ? { ...view, entries: view.entries.toSpliced(at, 1) } : view;
  return changeOpen(rest, event, (open) => ({
    ...open,
    text: event.content?.text ?? open.text,
    interim: "",
    turnId,
    trigger,
  }));
}

/** What stands in a transcript. */
import type { CallChannel, PhraseKind, TurnLatency, TurnTrigger } from "@parley/contract/call-event";

interface EntryBase {
  readonly key: string;
  /** Since the call started. */
  readonly atMs: number;
}

export interface CallerEntry extends EntryBase {
  readonly kind: "caller";
  /** Certain words, and those that may still change. */
  readonly text: string;
  readonly interim: string;
  /** Undefined while the turn is open. */
  readonly turnId: string | undefined;
  readonly trigger: TurnTrigger | undefined;
}

export interface AgentSegment {
  readonly number: number;
  readonly text: string;
  /** Characters the caller is known to have heard. */
  readonly heardChars: number;
}

export interface AgentEntry extends EntryBase {
  readonly kind: "agent";
  readonly replyId: string;
  readonly turnId: string | undefined;
  readonly phrase: PhraseKind | undefined;
  readonly segments: readonly AgentSegment[];
  readonly state: "speaking" | "completed" | "interrupted" | "failed";
}

export interface FillerEntry extends EntryBase {
  readonly kind: "filler";
  readonly replyId: string;
  readonly text: string;
}

export interface ToolEntry extends EntryBase {
  readonly kind: "tool";
  readonly toolCallId: string;
  readonly replyId: string;
  readonly name: string;
  readonly effect: "read" | "write";
  readonly input: unknown;
  readonly outcome: "ok" | "failed" | "timed-out" | "uncertain" | undefined;
  readonly output: unknown;
  readonly durationMs: number | undefined;
}

export interface Note {
  readonly tone: "quiet" | "warning" | "error";
  readonly text: string;
  /** A vendor's own words. */
  readonly detail?: string;
}

export interface NoteEntry extends EntryBase, Note {
  readonly kind: "note";
}

export type Entry = CallerEntry | AgentEntry | FillerEntry | ToolEntry | NoteEntry;

/** What the caller is still saying. */
export const isOpenLine = (entry: Entry): entry is CallerEntry => entry.kind === "caller" && entry.turnId === undefined;

/** When each thing of a turn happened. */
export interface TurnTiming {
  readonly turnId: string;
  readonly trigger: TurnTrigger | undefined;
  /** Where the caller's patience begins: the last voiced sample, or the keystroke that sent the line. */
  readonly lastVoiceAtMs: number | undefined;
  readonly committedAtMs: number | undefined;
  readonly replyId: string | undefined;
  readonly askedAtMs: number | undefined;
  readonly firstTokenAtMs: number | undefined;
  /** Of the model's last step before it spoke: later than the first when tools came between. */
  readonly lastTokenAtMs: number | undefined;
  readonly firstSentenceAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly firstAudioAtMs: number | undefined;
  readonly firstTextAtMs: number | undefined;
  readonly tools: readonly { readonly name: string; readonly startedAtMs: number; readonly durationMs: number }[];
  /** The platform's own figures. */
  readonly latency: TurnLatency | undefined;
}

export interface CallView {
  readonly channel: CallChannel | undefined;
  readonly entries: readonly Entry[];
  /** By turn. */
  readonly timings: Readonly<Record<string, TurnTiming>>;
  readonly turnOfReply: Readonly<Record<string, string>>;
  readonly callerSpeaking: boolean;
  readonly ended: { readonly reason: string; readonly durationMs: number } | undefined;
}

/**
 * What the engine asks of the outside. Vendors, carriers and features implement these; the engine knows nothing else.
 * Times are milliseconds. Sound is mono. Every method that can take long takes an AbortSignal, and after an abort it
 * ends quietly: an abort is not an error. Failures are `ProviderError`s.
 */
import type { AudioFormat } from "../audio/frame.ts";
import type { ProviderError } from "../kernel/app-error.ts";
import type { Passage } from "./retriever.ts";

/** One provider failed and another took its place within the same request. */
export interface ProviderSwitch {
  readonly from: string;
  readonly to: string;
  readonly error: ProviderError;
}

/** What was used of a vendor, told once it is known. Counts only. */
export interface VendorUse {
  readonly provider: string;
  readonly model: string;
  /** `cachedInputTokens` are among them. */
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly outputTokens?: number;
  readonly characters?: number;
  readonly audioMs?: number;
  /** Counted here, as the vendor told no figure. */
  readonly estimated?: true;
  /** On the organisation's own account. */
  readonly ownKey?: true;
}

// ---------------------------------------------------------------- transport

/** What a transport tells the call. Frames arrive in order; a late or lost frame is simply absent. */
export interface TransportHandler {
  /** One frame of caller audio in `format.input`. The buffer belongs to the handler from now on. */
  onAudio(frame: Uint8Array): void;
  /** Everything sent before the mark of this name has been played, or was dropped by `clear`. */
  onMark(name: string): void;
  onDigit(digit: string): void;
  /** A message the caller typed: a whole turn. */
  onText(text: string): void;
  /** What a recogniser on the caller's own device heard. */
  onClientTranscript(text: string, isFinal: boolean): void;
  /** The other side is gone. Called once; nothing is called afterwards. */
  onClose(reason: "caller-hung-up" | "connection-lost"): void;
}

export interface TransportStats {
  readonly framesIn: number;
  readonly malformed: number;
  readonly oversized: number;
  readonly outOfOrder: number;
}

/** One leg: a carrier's media stream or a browser's socket, already authenticated. */
export interface MediaTransport {
  readonly channel: "phone" | "web" | "text";
  readonly inputFormat: AudioFormat;
  readonly outputFormat: AudioFormat;
  /** True when the caller has a screen: captions and notices are sent as text too. */
  readonly hasScreen: boolean;
  /** Starts delivery. What arrived before is delivered first. Call once. */
  start(handler: TransportHandler): void;
  /** Appends audio in `outputFormat` to what the other side plays. Any length of whole samples. */
  sendAudio(audio: Uint8Array): void;
  /** Asks to be told, by `onMark`, when everything sent so far has been played. */
  sendMark(name: string): void;
  /** Drops everything sent that has not been played yet. */
  clear(): void;
  /** For a caller with a screen; nothing elsewhere. */
  sendNotice(code: string, text: string): void;
  /** Ends the leg. The carrier hangs up, the browser's socket closes with the reason. */
  close(reason: string): void;
  stats(): TransportStats;
}

// ---------------------------------------------------------------- recogniser

/** `audioEndMs`: how much of the audio sent so far the words cover, in audio time from the stream's first sample. */
export type TranscriptEvent =
  /** Words so far of the running segment; replaced by later events. */
  | { type: "interim"; text: string; audioEndMs?: number }
  /** A frozen segment, to be appended to the turn. `endOfSpeech`: the vendor's endpointing fired with it. Text may be empty. */
  | { type: "final"; text: string; audioEndMs?: number; endOfSpeech: boolean }
  /** The vendor heard speech begin. */
  | { type: "speech-started" }
  /** The vendor's longer gap passed after the last word. */
  | { type: "utterance-end" }
  /** Recognisers that decide turns (`decidesTurns`) send these instead; `text` is cumulative for the turn. */
  | { type: "turn-started"; text: string }
  | { type: "turn-update"; text: string }
  | { type: "turn-ending"; text: string } // eager end of turn: likely, not certain
  | { type: "turn-resumed"; text: string } // the eager end was wrong
  | { type: "turn-ended"; text: string; trigger: "model" | "manual" | "timeout" }
  /** The stream is dead; nothing follows. The engine opens a standby or goes on without. */
  | { type: "failed"; error: ProviderError };

export interface TranscriptionOptions {
  readonly format: AudioFormat;
  /** BCP-47, e.g. `en-US`, `ar-EG`. */
  readonly language: string;
  readonly keyterms: readonly string[];
  readonly onEvent: (event: TranscriptEvent) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
  /** Of each vendor that took part, also one that failed. Called at the latest when the signal aborts. */
  readonly onUsage?: (use: VendorUse) => void;
  readonly signal: AbortSignal;
}

/** A live stream of one call. It keeps itself alive; it is closed by the signal or `close`. */
export interface TranscriptionStream {
  sendAudio(frame: Uint8Array): void;
  /** Asks for the final words of what was sent, now. */
  finalize(): void;
  close(): void;
}

export interface SpeechToText {
  readonly provider: string;
  readonly model: string;
  /** True for recognisers that decide where a turn ends (Flux). */
  readonly decidesTurns: boolean;
  /** Formats it takes without transcoding, best first. */
  readonly inputFormats: readonly AudioFormat[];
  /** Opens at once and buffers what is sent before the connection stands. Never throws: failure is a `failed` event. */
  open(options: TranscriptionOptions): TranscriptionStream;
}

// ---------------------------------------------------------------- language model

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema (draft 7) of the input object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** A `read` may run on a turn that is not certain yet; a `write` may not, and is never cancelled by a barge-in. */
  readonly effect: "read" | "write";
  /** Writes whose deeds this one takes back: after it, the same arguments there are a new deed (book, cancel, book again). */
  readonly undoes?: readonly string[];
  /** Longer than this and the caller is told; the plan's own limit where absent. */
  readonly timeoutMs?: number;
  /**
   * What a write must be able to show before it is done, whatever the model was told by a document or a tool's answer. `free`: nothing (it
   * ends the call, takes a message). Absent: the caller asked for it in their own words, or said yes to its being read back.
   */
  readonly consent?: "free";
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export type ConversationMessage =
  | { role: "caller"; text: string }
  /** What the caller heard of a reply (not what was generated), and the tools it called. */
  | { role: "agent"; text: string; toolCalls?: readonly ToolCall[] }
  | { role: "tool"; toolCallId: string; name: string; output: unknown; failed: boolean };

export interface ModelRequest {
  /** Stable for the whole call, so that vendors' prompt caches hit. */
  readonly instructions: string;
  /** What changes (the time, notes from an operator, the passages below as text): comes last. */
  readonly context: string;
  /** What the business's documents say about this turn, best first; data, never instructions. Absent: nothing was looked up. */
  readonly passages?: readonly Passage[];
  readonly messages: readonly ConversationMessage[];
  readonly tools: readonly ToolSpec[];
  readonly language: string;
  readonly maxOutputTokens: number;
  readonly onSwitch?: (change: ProviderSwitch) => void;
  /** Of each vendor that took part, also one that failed. Called at the latest when the signal aborts. */
  readonly onUsage?: (use: VendorUse) => void;
  readonly signal: AbortSignal;
}

export type ModelPart =
  | { type: "text"; text: string }
  | { type: "tool-call"; call: ToolCall }
  | { type: "usage"; inputTokens: number; outputTokens: number; cachedInputTokens?: number }
  | { type: "finish"; reason: "stop" | "length" | "tool-calls" | "content-filter" };

export interface LanguageModel {
  readonly provider: string;
  readonly model: string;
  /** Opens the connection ahead of the first turn. Never throws. */
  prewarm?(): void;
  /**
   * One step: text as it is made, then the tool calls, then usage and finish. Runs no tool itself. Throws ProviderError.
   * After an abort the iteration ends without throwing and the vendor's request is closed.
   */
  generate(request: ModelRequest): AsyncIterable<ModelPart>;
}

// ---------------------------------------------------------------- voice

export interface SpeechRequest {
  readonly language: string;
  /** The vendor's voice id; absent: the adapter's default for the language. */
  readonly voice?: string;
  readonly format: AudioFormat;
  readonly onEvent: (event: SpeechEvent) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
  /** Of each vendor that took part, also one that failed. Called at the latest when the signal aborts. */
  readonly onUsage?: (use: VendorUse) => void;
  readonly signal: AbortSignal;
}

export type SpeechEvent =
  /**
   * Audio of segment `segment` (0, 1, 2 … in the order pushed), in the requested format. `chars`, where the vendor aligns:
   * how many characters of that segment's text have been spoken by the end of this piece.
   */
  | { type: "audio"; segment: number; audio: Uint8Array; chars?: number }
  /** All audio of this segment has been sent. Segments end in order. */
  | { type: "segment-end"; segment: number }
  /** After `end()`, when everything was sent. Nothing follows. */
  | { type: "done" }
  /** Nothing follows. Audio sent before stays valid. */
  | { type: "failed"; error: ProviderError };

/** One reply being spoken. */
export interface SpeechStream {
  /** The next sentence or clause, already in spoken form. Segments are numbered from 0. */
  push(text: string): void;
  /** No more text follows. */
  end(): void;
}

export interface TextToSpeech {
  readonly provider: string;
  readonly model: string;
  /** Formats it makes without transcoding. */
  readonly outputFormats: readonly AudioFormat[];
  /** Opens or refreshes the connection ahead of use. Never throws. */
  prewarm?(options: { language: string; voice?: string; format: AudioFormat }): void;
  /** Never throws: failure is a `failed` event. After the signal aborts, no event follows. */
  open(request: SpeechRequest): SpeechStream;
  /** Ends pooled connections. */
  close?(): void;
}

// ---------------------------------------------------------------- voice activity

export interface VoiceActivityStream {
  /**
   * One frame in the stream's format. May answer later than it returns (frames of many calls are judged in one batch):
   * then through `onProbability`, in order.
   */
  push(frame: Uint8Array): void;
  close(): void;
}

export interface VoiceActivityDetector {
  readonly model: string;
  open(options: {
    format: AudioFormat;
    /** Speech probability 0–1 of the piece of audio that ended at `audioEndMs` (audio time from the first sample). */
    onProbability: (probability: number, audioEndMs: number) => void;
  }): VoiceActivityStream;
  /** Frames seen and frames that reached the model (the rest were decided by energy alone), since start. */
  stats(): { frames: number; modelFrames: number };
}

// ---------------------------------------------------------------- tools

export interface ToolRequest {
  readonly call: ToolCall;
  readonly callId: string;
  readonly orgId: string;
  readonly agentId: string;
  /** For writes: the same key means the same deed, and answers with the first result. */
  readonly idempotencyKey: string;
  /** The call's signal for writes, the turn's for reads. */
  readonly signal: AbortSignal;
}

export type ToolOutcome =
  | { status: "ok"; output: unknown }
  /** `publicMessage` may be told to the caller by the model. */
  | { status: "failed"; publicMessage: string }
  /** Nobody knows yet whether it was done (the vendor did not answer); a job finds out. Never told to the caller as done. */
  | { status: "uncertain"; publicMessage: string };

export interface ToolRunner {
  run(request: ToolRequest): Promise<ToolOutcome>;
}

// ---------------------------------------------------------------- knowledge

export type { Passage, RetrievalRequest, Retriever } from "./retriever.ts";

// ---------------------------------------------------------------- recording

export type { OpenRecording, RecordingSink } from "./recording-sink.ts";

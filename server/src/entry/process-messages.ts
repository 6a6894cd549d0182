/** What the processes of one node tell each other. JSON; the supervisor passes on what it does not answer itself. */
import type { CallChannel, CallEvent, HangUpReason } from "@parley/contract/call-event";
import type { CallPlan } from "../call/call-plan.ts";

/** A provider by name, and the options its adapter validates. */
export interface ProviderChoice {
  readonly provider: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The organisation's own. Absent: the installation's, which stay with the process that opens the connection. Never logged or stored. */
  readonly credentials?: { readonly apiKey: string; readonly baseUrl?: string };
}

export interface ProviderChain {
  readonly stt?: ProviderChoice;
  /** Who hears when `stt` fails, in order; those that end turns the way it does. */
  readonly sttStandbys?: readonly ProviderChoice[];
  /** In order of preference; the last is built in. */
  readonly llm: readonly ProviderChoice[];
  readonly tts: readonly ProviderChoice[];
  /** Who makes vectors of the caller's questions. Absent: documents are searched by their words alone. */
  readonly embeddings?: ProviderChoice;
}

/** A call that may come: announced to one media process, which prewarms and waits for its socket. */
export interface CallAssignment {
  readonly plan: CallPlan;
  readonly providers: ProviderChain;
  readonly channel: CallChannel;
  /** One use, until `expiresAtMs` of the wall clock. */
  readonly token: string;
  readonly expiresAtMs: number;
  /** The carrier's own name for the call. */
  readonly externalId?: string;
}

/** What of an upgrade request goes with the socket handle. */
export interface UpgradeRequest {
  readonly kind: "twilio" | "browser";
  readonly mediaIndex: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that came behind the request's head, base64. */
  readonly head: string;
}

export interface MediaCounters {
  readonly framesIn: number;
  readonly framesLate: number;
  readonly malformed: number;
  readonly oversized: number;
  readonly outOfOrder: number;
  /** Recordings that the disk did not take. */
  readonly recordingsFailed: number;
  /** Sockets closed for want of a valid token, by reason. */
  readonly refusedSockets: Readonly<Record<string, number>>;
}

export interface MediaLoad {
  readonly live: number;
  readonly waiting: number;
  readonly loopDelayP99Ms: number;
  readonly counters: MediaCounters;
}

/** Facts of a call for the metrics and the list of live calls. No content. */
export type CallFact =
  | { readonly kind: "started"; readonly callId: string; readonly channel: CallChannel }
  | { readonly kind: "first-audio"; readonly callId: string; readonly firstAudioMs: number }
  | {
      readonly kind: "ended";
      readonly callId: string;
      readonly channel: CallChannel;
      readonly reason: HangUpReason;
      readonly durationMs: number;
      /** With reason `transferred`: E.164, the carrier dials it once the leg has ended. Never logged. */
      readonly transferTo?: string;
      readonly transferBy?: "agent" | "emergency" | "operator";
    }
  /** Its media process died under it. */
  | { readonly kind: "lost"; readonly callId: string; readonly channel: CallChannel }
  /** Nobody came with the token in time. */
  | { readonly kind: "expired"; readonly callId: string };

export interface TextReply {
  readonly replies: readonly string[];
  readonly ended: boolean;
}

export type DashboardState =
  | { readonly state: "building" | "off" | "failed" }
  | { readonly state: "ready"; readonly port: number };

/** What an operator wants of a live call. */
export type CallCommand =
  | { readonly type: "hang-up" }
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "whisper"; readonly text: string }
  /** Without `to` it goes where the agent's own transfers go. */
  | { readonly type: "transfer"; readonly to?: string }
  | { readonly type: "pause-recording" }
  | { readonly type: "resume-recording" };

export type CommandOutcome = "done" | "not-live" | "no-transfer-here" | "no-number" | "not-recorded";

/** Asked of the other side; each has an answer. */
export interface ProcessRequests {
  announce: { params: CallAssignment; result: { mediaIndex: number } };
  say: { params: { callId: string; mediaIndex: number; text: string }; result: TextReply };
  control: { params: { callId: string; command: CallCommand }; result: { outcome: CommandOutcome } };
  /**
   * From now on the call's events come as `liveEvents`. Those before `nextSeq` are stored when the answer comes, as far as
   * the database takes them. Not found: the call is not carried here, or over.
   */
  watch: { params: { callId: string }; result: { found: boolean; nextSeq: number } };
  /** From a media process to the API, one batch at a time. `wanted: false`: nobody watches any more. */
  liveEvents: { params: { callId: string; events: readonly CallEvent[] }; result: { wanted: boolean } };
}

/** Told, without an answer. */
export interface ProcessNotices {
  init: unknown;
  ready: { port?: number };
  /** The process cannot start; one line for the terminal. */
  fatal: { message: string };
  load: { mediaIndex: number; load: MediaLoad };
  fact: CallFact;
  upgrade: UpgradeRequest;
  dashboard: DashboardState;
  /** The API takes the call's events too slowly: they are not sent any more. */
  watchDropped: { callId: string };
  drain: { graceMs: number };
  drained: Record<string, never>;
}

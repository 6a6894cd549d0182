import type { TwilioAlert } from "./alert.ts";
import type { Caller } from "./caller.ts";
import type { StreamRecord } from "./media-stream.ts";
import type { Target } from "./twiml-verbs.ts";

export type CallStatus =
  | "queued"
  | "ringing"
  | "in-progress"
  | "completed"
  | "busy"
  | "failed"
  | "no-answer"
  | "canceled";

/** Who ended the call: the caller, the platform (TwiML ran out, <Hangup>, REST) or the carrier (an application error). */
export type HungUpBy = "caller" | "platform" | "carrier";

/** One webhook request Twilio made for this call. */
export interface WebhookRecord {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly status: number;
  readonly tookMs: number;
}

/** One call as its other end sees it. Times are performance.now() of this process. */
export interface SandboxCall {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound-api";
  readonly status: CallStatus;
  readonly alerts: readonly TwilioAlert[];
  readonly webhooks: readonly WebhookRecord[];
  readonly streams: readonly StreamRecord[];
  /** What <Say> and <Play> gave the caller, what <Dial> dialled. */
  readonly said: readonly string[];
  readonly dialed: readonly string[];
  readonly answeredAtMs?: number;
  readonly endedAtMs?: number;
  readonly hungUpBy?: HungUpBy;
  press(digit: string): void;
  hangUp(): void;
  readonly ended: Promise<SandboxCall>;
}

export type CallOrder = Target | { readonly twiml: string; readonly documentUrl: string };

/** The same call, as the stand-in's own parts write it. */
export interface LiveCall {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound-api";
  readonly caller: Caller;
  readonly statusCallback?: Target;
  readonly statusCallbackEvents: ReadonlySet<string>;
  readonly createdAt: Date;
  readonly alerts: TwilioAlert[];
  readonly webhooks: WebhookRecord[];
  readonly streams: StreamRecord[];
  readonly said: string[];
  readonly dialed: string[];
  status: CallStatus;
  answeredBy?: string;
  answeredAtMs?: number;
  endedAtMs?: number;
  hungUpBy?: HungUpBy;
  callbackCount: number;
  /** Set while a document runs: takes the call elsewhere (REST update) or ends it. */
  interrupt?: (interruption: Interruption) => void;
  press(digit: string): void;
}

export type Interruption =
  | { readonly kind: "hang-up"; readonly by: HungUpBy }
  | { readonly kind: "go-to"; readonly order: CallOrder };

export function isOver(status: CallStatus): boolean {
  return status !== "queued" && status !== "ringing" && status !== "in-progress";
}

/** The standard voice fields of every webhook of the call; empty geography included, because it is signed too. */
export function callFields(call: LiveCall, accountSid: string): URLSearchParams {
  return new URLSearchParams({
    AccountSid: accountSid,
    ApiVersion: "2010-04-01",
    CallSid: call.sid,
    CallStatus: call.status,
    Called: call.to,
    CalledCity: "",
    CalledCountry: "US",
    Caller: call.from,
    CallerCity: "",
    CallerCountry: "US",
    Direction: call.direction,
    From: call.from,
    FromCity: "",
    FromCountry: "US",
    FromState: "CA",
    FromZip: "",
    To: call.to,
    ToCity: "",
    ToCountry: "US",
    ToState: "",
    ToZip: "",
    ...(call.answeredBy === undefined ? {} : { AnsweredBy: call.answeredBy }),
  });
}

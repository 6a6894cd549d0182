import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveCall } from "./call-record.ts";
import type { Caller } from "./caller.ts";
import type { StreamFaults } from "./media-stream.ts";
import { type Pacer, sharedPacer } from "./pacer.ts";
import type { PlatformAccess } from "./platform-client.ts";

/** What can be made to go wrong, from now until the next `setFaults`. */
export interface TwilioFaults {
  readonly wrongSignature?: boolean;
  /** Added before every webhook request and every REST answer. */
  readonly webhookDelayMs?: number;
  readonly restDelayMs?: number;
  /** Every REST request is answered with this error. */
  readonly restError?: { readonly status: number; readonly code: number; readonly message: string };
  readonly stream?: StreamFaults;
  /** No media socket is opened: what Twilio does when it cannot reach it. */
  readonly withoutStreams?: boolean;
  /** How legs dialled by <Dial> go. */
  readonly dial?: { readonly status: DialStatus; readonly durationMs: number };
  /** What becomes of texts; `loseAnswer`: they are sent, and who sent them never hears of it. */
  readonly messages?: {
    readonly outcome?: "delivered" | "undelivered" | "failed";
    readonly errorCode?: number;
    readonly loseAnswer?: boolean;
  };
}

export type DialStatus = "completed" | "answered" | "busy" | "no-answer" | "failed" | "canceled";

/** How the called party meets a call that the platform places by REST. */
export type OutboundAnswer =
  | { readonly kind: "answer"; readonly caller?: Caller; readonly ringMs?: number; readonly answeredBy?: string }
  | { readonly kind: "busy" | "no-answer" | "failed"; readonly ringMs?: number };

export interface PhoneNumber {
  readonly sid: string;
  readonly phoneNumber: string;
  friendlyName: string;
  voiceUrl: string;
  voiceMethod: "GET" | "POST";
  voiceFallbackUrl: string;
  statusCallback: string;
  statusCallbackMethod: "GET" | "POST";
  smsUrl: string;
  smsMethod: "GET" | "POST";
}

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly port?: number;
  /** Twilio takes wss:// only; true also takes ws://, for tests on the loopback. */
  readonly allowInsecureStreams?: boolean;
  /** Connect here instead of the public origin (signatures keep the public one). */
  readonly reachThrough?: string;
  /** The account's numbers, E.164. Default +15550100001. */
  readonly numbers?: readonly string[];
  /** Mu-law of a <Say>; default is silence as long as the words would take. */
  readonly speak?: (text: string, language: string) => Promise<Uint8Array>;
  readonly onOutboundCall?: (call: {
    readonly sid: string;
    readonly from: string;
    readonly to: string;
  }) => OutboundAnswer;
}

/** What all calls of one stand-in share. */
export interface TwilioWorld {
  readonly accountSid: string;
  readonly authToken: string;
  readonly allowInsecureStreams: boolean;
  readonly access: PlatformAccess;
  readonly pacer: Pacer;
  readonly calls: Map<string, LiveCall>;
  readonly numbers: PhoneNumber[];
  /** `<our number> <theirs>`: who wrote STOP. */
  readonly optedOut: Set<string>;
  readonly dial: NonNullable<TwilioFaults["dial"]>;
  readonly answerOutbound: NonNullable<TwilioOptions["onOutboundCall"]>;
  faults(): TwilioFaults;
  readonly setFaults: (faults: TwilioFaults) => void;
  restUrl(): string;
  newSid(prefix: string): string;
  delayWebhook(): Promise<void>;
  speak(text: string, language: string): Promise<Uint8Array>;
  fetchSound(url: string): Promise<Uint8Array>;
  /** Sleeps, or returns at once when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const msPerWord = 300;

export function createWorld(options: TwilioOptions, restUrl: () => string): TwilioWorld {
  let faults: TwilioFaults = {};
  const newSid = (prefix: string) => prefix + randomBytes(16).toString("hex");
  const { reachThrough } = options;
  return {
    accountSid: options.accountSid,
    authToken: options.authToken,
    allowInsecureStreams: options.allowInsecureStreams === true,
    access: {
      authToken: options.authToken,
      ...(reachThrough === undefined ? {} : { reachThrough }),
      wrongSignature: () => faults.wrongSignature === true,
    },
    pacer: sharedPacer,
    calls: new Map(),
    optedOut: new Set(),
    numbers: (options.numbers ?? ["+15550100001"]).map((phoneNumber) => ({
      sid: newSid("PN"),
      phoneNumber,
      friendlyName: phoneNumber,
      voiceUrl: "",
      voiceMethod: "POST",
      voiceFallbackUrl: "",
      statusCallback: "",
      statusCallbackMethod: "POST",
      smsUrl: "",
      smsMethod: "POST",
    })),
    get dial() {
      return faults.dial ?? { status: "completed", durationMs: 500 };
    },
    answerOutbound: options.onOutboundCall ?? (() => ({ kind: "answer" })),
    faults: () => faults,
    setFaults: (next) => {
      faults = next;
    },
    restUrl,
    newSid,
    delayWebhook: () => (faults.webhookDelayMs === undefined ? Promise.resolve() : sleep(faults.webhookDelayMs)),
    speak: options.speak ?? ((text) => Promise.resolve(silenceFor(text.split(" ").length * msPerWord))),
    fetchSound: () => Promise.resolve(silenceFor(1000)),
    pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  };
}

function silenceFor(ms: number): Uint8Array {
  return new Uint8Array(ms * 8).fill(0xff);
}

import type { CallOrder, LiveCall, SandboxCall } from "./call-record.ts";
import { type Caller, silentCaller } from "./caller.ts";
import { askPlatform } from "./platform-client.ts";
import { runCall } from "./run-call.ts";
import type { Target } from "./twiml-verbs.ts";
import type { OutboundAnswer, TwilioWorld } from "./world.ts";

/** A call from a telephone to a number of the account. */
export interface PlaceCallOptions {
  readonly from?: string;
  readonly to?: string;
  /** The platform's incoming-call webhook; default the voice address of the number called. */
  readonly webhookUrl?: string;
  /** Where "completed" is posted; default the status callback of the number called. */
  readonly statusCallbackUrl?: string;
  readonly caller?: Caller;
}

interface StartCallOptions {
  readonly from: string;
  readonly to: string;
  readonly direction: LiveCall["direction"];
  readonly order: CallOrder;
  readonly caller?: Caller;
  readonly statusCallback?: Target;
  readonly statusCallbackEvents?: readonly string[];
  readonly asyncAmdCallback?: string | undefined;
}

const ended = new WeakMap<LiveCall, Promise<SandboxCall>>();

/** Rings the platform. Throws when no webhook is known for the number. */
export function placeCall(world: TwilioWorld, options: PlaceCallOptions): SandboxCall {
  const to = options.to ?? world.numbers[0]?.phoneNumber ?? "+15550100001";
  const number = world.numbers.find((candidate) => candidate.phoneNumber === to);
  const url = options.webhookUrl ?? number?.voiceUrl ?? "";
  if (url === "") throw new Error(`placeCall: ${to} has no voice address; pass webhookUrl or set VoiceUrl by REST`);
  const callbackUrl = options.statusCallbackUrl ?? number?.statusCallback ?? "";
  const call = startCall(world, {
    from: options.from ?? "+14155550123",
    to,
    direction: "inbound",
    order: { url, method: number?.voiceMethod ?? "POST" },
    ...(options.caller === undefined ? {} : { caller: options.caller }),
    ...(callbackUrl === "" ? {} : { statusCallback: { url: callbackUrl, method: "POST" } }),
  });
  return sandboxCall(call);
}

/** Starts a call's life and keeps its record. */
export function startCall(world: TwilioWorld, options: StartCallOptions): LiveCall {
  const sid = world.newSid("CA");
  const { from, to, direction } = options;
  const answer: OutboundAnswer = direction === "inbound" ? { kind: "answer" } : world.answerOutbound({ sid, from, to });
  const events = options.statusCallbackEvents ?? [];
  const call: LiveCall = {
    sid,
    from,
    to,
    direction,
    caller: options.caller ?? (answer.kind === "answer" ? answer.caller : undefined) ?? silentCaller,
    ...(options.statusCallback === undefined ? {} : { statusCallback: options.statusCallback }),
    statusCallbackEvents: new Set(events.length === 0 ? ["completed"] : events),
    createdAt: new Date(),
    alerts: [],
    webhooks: [],
    streams: [],
    said: [],
    dialed: [],
    status: direction === "inbound" ? "ringing" : "queued",
    callbackCount: 0,
    press: () => {},
  };
  world.calls.set(sid, call);
  const life = runCall(world, call, { order: options.order, answer }).then(() => sandboxCall(call));
  // Nobody may be waiting for the end; a fault of the stand-in itself still reaches whoever is.
  life.catch(() => undefined);
  ended.set(call, life);
  if (options.asyncAmdCallback !== undefined) reportMachineDetection(world, call, options.asyncAmdCallback);
  return call;
}

function reportMachineDetection(world: TwilioWorld, call: LiveCall, url: string): void {
  setTimeout(() => {
    const fields = new URLSearchParams({
      CallSid: call.sid,
      AccountSid: world.accountSid,
      AnsweredBy: call.answeredBy ?? "unknown",
      MachineDetectionDuration: "1000",
    });
    askPlatform(world.access, { url, method: "POST" }, fields).catch(() => undefined);
  }, 1000).unref();
}

/** The call as its users see it: the live record, plus what the caller's hand can do. */
export function sandboxCall(call: LiveCall): SandboxCall {
  const view = Object.create(call) as LiveCall & SandboxCall;
  return Object.defineProperties(view, {
    press: { value: (digit: string) => call.press(digit) },
    hangUp: { value: () => call.interrupt?.({ kind: "hang-up", by: "caller" }) },
    ended: { get: () => ended.get(call) },
  });
}

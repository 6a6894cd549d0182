import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { TwilioFailure } from "./alert.ts";
import type { CallOrder, Interruption, LiveCall } from "./call-record.ts";
import { isOver } from "./call-record.ts";
import { type DigitQueue, postToPlatform } from "./document-run.ts";
import { type Line, openLine } from "./line.ts";
import { interruptionOf, runDocument } from "./run-document.ts";
import type { OutboundAnswer, TwilioWorld } from "./world.ts";

/** A call's whole life: ring, answer, documents one after another, hang-up, status callback. */
export async function runCall(
  world: TwilioWorld,
  call: LiveCall,
  { order, answer }: { order: CallOrder; answer: OutboundAnswer },
): Promise<void> {
  await ring(world, call, answer);
  if (!isOver(call.status) && answer.kind === "answer") await talk(world, call, order);
  if (!isOver(call.status)) call.status = call.answeredAtMs === undefined ? "failed" : "completed";
  call.endedAtMs = performance.now();
  await reportStatus(world, call, "completed");
}

async function ring(world: TwilioWorld, call: LiveCall, answer: OutboundAnswer): Promise<void> {
  if (call.direction === "inbound") return;
  await reportStatus(world, call, "initiated");
  await sleep(1);
  if (isOver(call.status)) return;
  call.status = "ringing";
  await reportStatus(world, call, "ringing");
  await sleep(answer.ringMs ?? 50);
  if (isOver(call.status)) return;
  if (answer.kind !== "answer") {
    call.status = answer.kind;
    return;
  }
  if (answer.answeredBy !== undefined) call.answeredBy = answer.answeredBy;
  call.status = "in-progress";
  await reportStatus(world, call, "answered");
}

async function talk(world: TwilioWorld, call: LiveCall, firstOrder: CallOrder): Promise<void> {
  const digits: DigitQueue = { listener: undefined };
  const line = openLine(call.caller, world.pacer);
  call.press = (digit) => {
    if (line.stream !== undefined) line.stream.sendDigit(digit);
    else digits.listener?.(digit);
  };
  let next: Interruption = { kind: "go-to", order: firstOrder };
  while (next.kind === "go-to") next = await runOneDocument({ world, call, line, digits }, next.order);
  call.hungUpBy = next.by;
  line.close();
}

async function runOneDocument(
  parts: { world: TwilioWorld; call: LiveCall; line: Line; digits: DigitQueue },
  order: CallOrder,
): Promise<Interruption> {
  const { call } = parts;
  const stop = new AbortController();
  call.interrupt = (interruption) => {
    if (interruption.kind === "hang-up") call.hungUpBy ??= interruption.by;
    stop.abort(interruption);
  };
  try {
    return await runDocument({ ...parts, signal: stop.signal }, order);
  } catch (error) {
    if (!(error instanceof TwilioFailure)) throw error;
    call.alerts.push(error.alert);
    return stop.signal.aborted ? interruptionOf(stop.signal) : { kind: "hang-up", by: "carrier" };
  }
}

/** Posts the call's status to its status callback, when that event was asked for. Failures are Twilio's to swallow. */
async function reportStatus(world: TwilioWorld, call: LiveCall, event: string): Promise<void> {
  if (call.statusCallback === undefined || !call.statusCallbackEvents.has(event)) return;
  const seconds = callSeconds(call);
  const SequenceNumber = String(call.callbackCount);
  call.callbackCount += 1;
  await postToPlatform({ world, call }, call.statusCallback, {
    CallStatus: event === "initiated" ? "initiated" : call.status,
    CallbackSource: "call-progress-events",
    SequenceNumber,
    Timestamp: new Date().toUTCString().replace("GMT", "+0000"),
    ...(isOver(call.status)
      ? { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)), SipResponseCode: sipCode(call) }
      : {}),
  }).catch((error: unknown) => {
    if (!(error instanceof TwilioFailure)) throw error;
    call.alerts.push(error.alert);
  });
}

export function callSeconds(call: LiveCall): number {
  if (call.answeredAtMs === undefined) return 0;
  return Math.round(((call.endedAtMs ?? performance.now()) - call.answeredAtMs) / 1000);
}

function sipCode(call: LiveCall): string {
  const codes: Partial<Record<LiveCall["status"], string>> = {
    busy: "486",
    "no-answer": "480",
    failed: "404",
    canceled: "487",
  };
  return codes[call.status] ?? "200";
}

import { createServer } from "node:http";
import { closeServer, listenOnLoopback } from "../control/loopback.ts";
import type { SandboxCall } from "./call-record.ts";
import { type LatenessReport, sharedPacer } from "./pacer.ts";
import { type PlaceCallOptions, placeCall, sandboxCall } from "./place-call.ts";
import type { PlatformAnswer } from "./platform-client.ts";
import { answerRest } from "./rest.ts";
import { errorAnswer, sendAnswer } from "./rest-answer.ts";
import { type InboundMessage, receiveMessage, type SentMessage } from "./rest-messages.ts";
import { createWorld, type TwilioFaults, type TwilioOptions } from "./world.ts";

export type { SandboxCall } from "./call-record.ts";
export { type Caller, type PlayedFrame, silentFrame } from "./caller.ts";
export type { LatenessReport } from "./pacer.ts";
export type { PlaceCallOptions } from "./place-call.ts";
export type { TwilioFaults, TwilioOptions } from "./world.ts";

/** The stand-in for Twilio. */
export interface TwilioStandIn {
  /** Origin of the REST API (`client.api.baseUrl`, TWILIO_BASE_URL). */
  readonly url: string;
  placeCall(options: PlaceCallOptions): SandboxCall;
  /** Every call so far, by sid. */
  readonly calls: ReadonlyMap<string, SandboxCall>;
  readonly messages: ReadonlyMap<string, SentMessage>;
  /** Somebody writes to one of the account's numbers. Resolves with what the platform answered. */
  receiveMessage(message: InboundMessage): Promise<PlatformAnswer>;
  setFaults(faults: TwilioFaults): void;
  /** How late this process sent its frames: when it was late itself, the run proves nothing. */
  lateness(): LatenessReport;
  resetLateness(): void;
  /** Hangs up every call, waits for them to end, and stops the server. */
  close(): Promise<void>;
}

/** Starts Twilio on the loopback. `port` 0 or none takes a free one. */
export async function startTwilio(options: TwilioOptions): Promise<TwilioStandIn> {
  if (!/^AC[0-9a-f]{32}$/.test(options.accountSid))
    throw new Error("startTwilio: accountSid must be AC and 32 hex digits");
  const messages = new Map<string, SentMessage>();
  const server = createServer((request, response) => {
    answerRest(world, messages, request)
      .catch(() => errorAnswer({ status: 500, code: 20500, message: "Internal Server Error" }))
      .then((answer) => sendAnswer(response, answer))
      .catch(() => response.destroy());
  });
  let url = "";
  const world = createWorld(options, () => url);
  url = `http://127.0.0.1:${await listenOnLoopback(server, options.port)}`;

  return {
    url,
    placeCall: (order) => placeCall(world, order),
    get calls() {
      return new Map(Array.from(world.calls, ([sid, call]) => [sid, sandboxCall(call)] as const));
    },
    messages,
    receiveMessage: (message) => receiveMessage(world, messages, message),
    setFaults: world.setFaults,
    lateness: sharedPacer.lateness,
    resetLateness: sharedPacer.resetLateness,
    async close() {
      const calls = Array.from(world.calls.values(), sandboxCall);
      for (const call of calls) call.hangUp();
      await Promise.allSettled(calls.map((call) => call.ended));
      await closeServer(server);
    },
  };
}

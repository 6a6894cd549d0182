/**
 * The live calls of one media process: announced → socket → leg → engine. Each call has its own signal and its own error
 * boundary; nothing a call does ends another.
 */

import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { CallEvent, HangUpReason } from "@parley/contract/call-event";
import type { ServerMessage } from "@parley/contract/call-socket";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { EventSink } from "../../call/call-event.ts";
import type { MediaTransport } from "../../call/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { CallAssignment, CallFact, MediaCounters, TextReply, UpgradeRequest } from "../process-messages.ts";
import type { AcceptSocket, Introduction, Screen } from "./live-sockets.ts";
import { createMediaCounters } from "./media-counters.ts";
import { createMessageLeg, type MessageLeg } from "./message-leg.ts";
import { createWaitingCalls } from "./waiting-calls.ts";

/** A call the engine runs. */
export interface EngineCall {
  readonly done: Promise<void>;
  hangUp(): void;
  /** Says goodbye and ends: the process is about to stop. */
  sayGoodbye(): void;
}

/** A call whose providers are chosen and warm. */
export interface PreparedCall {
  /** Who listens and whether there is sound, for a caller with a screen. */
  describe(
    transport: MediaTransport,
    microphone: boolean,
  ): Pick<Extract<ServerMessage, { type: "ready" }>, "recogniser" | "voice">;
  /** Starts the engine on it; the signal ends it at once. */
  start(call: { transport: MediaTransport; sinks: EventSink[]; signal: AbortSignal }): EngineCall;
  /** The call did not come. */
  dispose(): void;
}

export interface MediaHostParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxCalls: number;
  /** Chooses and prewarms the providers; must not wait for them. */
  readonly prepareCall: (assignment: CallAssignment) => PreparedCall;
  readonly acceptors: Readonly<Record<UpgradeRequest["kind"], AcceptSocket>>;
  /** Where the call's events are kept. Told when the call is over. */
  readonly openRecord: (assignment: CallAssignment) => { sink: EventSink; close(): void };
  readonly onFact: (fact: CallFact) => void;
}

interface LiveCall {
  readonly engine: EngineCall | undefined;
  readonly controller: AbortController;
  readonly messages: MessageLeg | undefined;
  readonly done: Promise<void>;
}

export interface MediaHost {
  /** Throws AppError `at_capacity` or `draining`. */
  announce(assignment: CallAssignment): void;
  acceptUpgrade(request: UpgradeRequest, socket: Socket): void;
  /** A typed message; the first one starts the call. An empty text only starts it. Throws `not_found`. */
  say(callId: string, text: string): Promise<TextReply>;
  hangUp(callId: string): boolean;
  /** Admits nothing more; resolves when the last call is over or the grace is up, whichever is first. */
  drain(graceMs: number): Promise<void>;
  load(): { live: number; waiting: number; counters: MediaCounters };
}

const maxSocketMessageBytes = 128 * 1024;
/** What a goodbye takes to be said and heard. */
const goodbyeMs = 6000;
/** What an aborted call gets to write its last events. */
const lastEventsMs = 1000;

function toIncomingMessage(request: UpgradeRequest, socket: Socket): IncomingMessage {
  const message = new IncomingMessage(socket);
  message.method = request.method;
  message.url = request.url;
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.headers = { ...request.headers };
  return message;
}

export function createMediaHost(parts: MediaHostParts): MediaHost {
  const { clock, log } = parts;
  const counters = createMediaCounters();
  const live = new Map<string, LiveCall>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxSocketMessageBytes });
  const waiting = createWaitingCalls<PreparedCall>(clock, ({ assignment, prepared }) => {
    prepared.dispose();
    parts.onFact({ kind: "expired", callId: assignment.plan.callId });
  });
  let draining = false;

  const watch = (assignment: CallAssignment, startedAtMs: number) => {
    const { callId } = assignment.plan;
    const { channel } = assignment;
    let reason: HangUpReason = "failed";
    const sink = (event: CallEvent) => {
      if (event.type === "call-ended") reason = event.reason;
      if (event.type === "media-stats") counters.addLate(event.framesLate);
      const firstAudioMs = event.type === "turn-latency" ? event.latency.firstAudioMs : undefined;
      if (firstAudioMs !== undefined) parts.onFact({ kind: "first-audio", callId, firstAudioMs });
    };
    const ended = () =>
      parts.onFact({ kind: "ended", callId, channel, reason, durationMs: Math.round(clock.now() - startedAtMs) });
    return { sink, ended };
  };

  // The message of an unknown error may carry content: only its kind is logged.
  const onBroken = (callId: string, error: unknown) =>
    log.error({ callId, kind: error instanceof Error ? error.name : typeof error }, "a call failed");

  const startEngine = (callId: string, start: () => EngineCall): EngineCall | undefined => {
    try {
      return start();
    } catch (error) {
      onBroken(callId, error);
      return undefined;
    }
  };

  const startCall = (waited: { assignment: CallAssignment; prepared: PreparedCall }, leg: Leg) => {
    const { assignment, prepared } = waited;
    const { callId } = assignment.plan;
    const controller = new AbortController();
    const facts = watch(assignment, clock.now());
    const record = parts.openRecord(assignment);
    const sinks: EventSink[] = [record.sink, facts.sink];
    if (leg.screen) sinks.push(leg.screen.sendEvent);
    if (leg.messages) sinks.push(leg.messages.onEvent);
    parts.onFact({ kind: "started", callId, channel: assignment.channel });
    const start = () => prepared.start({ transport: leg.transport, sinks, signal: controller.signal });
    const engine = startEngine(callId, start);
    const over = (engine?.done ?? Promise.resolve()).catch((error: unknown) => onBroken(callId, error));
    const done = over.then(() => {
      live.delete(callId);
      leg.transport.close("call-ended");
      counters.addLeg(leg.transport.stats());
      record.close();
      facts.ended();
    });
    live.set(callId, { engine, controller, messages: leg.messages, done });
  };

  const onIntroduction = (kind: UpgradeRequest["kind"], start: Introduction, leg: Leg) => {
    const taken = waiting.take(start.token);
    if (typeof taken === "string") return refuse(taken, leg.transport);
    const { assignment, prepared } = taken;
    if ((assignment.channel === "phone") !== (kind === "twilio")) {
      prepared.dispose();
      return refuse("foreign-token", leg.transport);
    }
    if (leg.screen) {
      leg.screen.setChannel(assignment.channel === "text" ? "text" : "web");
      const { callId, agentName, language } = assignment.plan;
      const described = prepared.describe(leg.transport, start.microphone ?? false);
      leg.screen.sendReady({ callId, agentName, language, ...described });
    }
    startCall(taken, leg);
  };

  const refuse = (reason: string, transport: MediaTransport) => {
    counters.addRefused(reason);
    log.warn({ reason }, "a media socket was refused");
    transport.close("refused");
  };

  /** True when the last call is over within `waitMs`. */
  const allOver = async (waitMs: number): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = clock.setTimer(waitMs, () => resolve(live.size === 0));
    void Promise.all([...live.values()].map((call) => call.done)).then(() => resolve(true));
    const over = await promise;
    cancel();
    return over;
  };

  const onSocket = (kind: UpgradeRequest["kind"], socket: WebSocket) => {
    socket.on("error", () => socket.terminate());
    parts.acceptors[kind](socket, {
      clock,
      onStart: (start, transport, screen) => onIntroduction(kind, start, { transport, ...(screen ? { screen } : {}) }),
      onRefused: (reason) => counters.addRefused(reason),
    });
  };

  return {
    announce(assignment) {
      if (draining) throw new AppError("draining", { publicMessage: "This node is shutting down: try again shortly." });
      if (live.size + waiting.size >= parts.maxCalls) {
        throw new AppError("at_capacity", { publicMessage: "No capacity for another call right now." });
      }
      waiting.add({ assignment, prepared: parts.prepareCall(assignment) });
    },
    acceptUpgrade(request, socket) {
      socket.on("error", () => socket.destroy());
      socket.setNoDelay(true);
      const head = Buffer.from(request.head, "base64");
      sockets.handleUpgrade(toIncomingMessage(request, socket), socket, head, (opened) =>
        onSocket(request.kind, opened),
      );
    },
    async say(callId, text) {
      const running = live.get(callId);
      if (running?.messages) return running.messages.say(text);
      const waited = running ? undefined : waiting.takeCall(callId);
      if (!waited)
        throw new AppError("not_found", { publicMessage: "There is no such call, or it is over or spoken by voice." });
      const messages = createMessageLeg(clock);
      const opening = messages.open();
      startCall(waited, { transport: messages.transport, messages });
      if (text === "") return opening;
      const greeting = await opening;
      const reply = await messages.say(text);
      return { replies: [...greeting.replies, ...reply.replies], ended: reply.ended };
    },
    hangUp(callId) {
      const call = live.get(callId);
      call?.engine?.hangUp();
      return call !== undefined;
    },
    async drain(graceMs) {
      draining = true;
      waiting.clear();
      if (await allOver(graceMs)) return;
      for (const call of live.values()) call.engine?.sayGoodbye();
      if (await allOver(goodbyeMs)) return;
      for (const call of live.values()) call.controller.abort("draining");
      await allOver(lastEventsMs);
    },
    load: () => ({ live: live.size, waiting: waiting.size, counters: counters.snapshot() }),
  };
}

interface Leg {
  readonly transport: MediaTransport;
  readonly screen?: Screen;
  readonly messages?: MessageLeg;
}

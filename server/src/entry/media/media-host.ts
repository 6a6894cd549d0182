/**
 * The live calls of one media process: announced → socket → leg → engine. Each call has its own signal and its own error
 * boundary; nothing a call does ends another.
 */
import type { Socket } from "node:net";
import type { CallEvent, HangUpReason } from "@parley/contract/call-event";
import type { ServerMessage } from "@parley/contract/call-socket";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { EventSink } from "../../call/call-event.ts";
import type { MediaTransport } from "../../call/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type {
  CallAssignment,
  CallCommand,
  CallFact,
  CommandOutcome,
  MediaCounters,
  TextReply,
  UpgradeRequest,
} from "../process-messages.ts";
import { toIncomingMessage } from "./incoming-message.ts";
import { type AcceptSocket, type Introduction, nameOf, type Screen } from "./live-sockets.ts";
import { createMediaCounters } from "./media-counters.ts";
import { createMessageLeg, type MessageLeg } from "./message-leg.ts";
import { createWaitingCalls, type WaitingCall, type WaitingCalls } from "./waiting-calls.ts";
import { createWatchedCalls, type WatchedCalls, type WatchedCallsOptions } from "./watched-calls.ts";

/** A call the engine runs. */
export interface EngineCall {
  readonly done: Promise<void>;
  /** Tells whether it can be done; the deed itself follows. */
  control(command: CallCommand): Exclude<CommandOutcome, "not-live">;
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
  /** Resolves when the records so far are in the database, or cannot be now. */
  readonly flushRecords: () => Promise<void>;
  /** Since the process began. */
  readonly failedRecordings: () => number;
  readonly onFact: (fact: CallFact) => void;
  readonly sendLiveEvents: WatchedCallsOptions["send"];
  readonly onWatchDropped: (callId: string) => void;
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
  control(callId: string, command: CallCommand): CommandOutcome;
  /** Its events are sent from `nextSeq` on; those before are flushed. */
  watch(callId: string): Promise<{ found: boolean; nextSeq: number }>;
  /** Admits nothing more; resolves when the last call is over or the grace is up, whichever is first. */
  drain(graceMs: number): Promise<void>;
  load(): { live: number; waiting: number; counters: MediaCounters };
}

const maxSocketMessageBytes = 128 * 1024;
/** What a goodbye takes to be said and heard. */
const goodbyeMs = 6000;
/** What an aborted call gets to write its last events. */
const lastEventsMs = 1000;

/** What an operator tells the model is none of the caller's. */
const isForCaller = (event: CallEvent) => event.type !== "operator-whisper";

interface Leg {
  readonly transport: MediaTransport;
  readonly screen?: Screen;
  readonly messages?: MessageLeg;
}

export function createMediaHost(parts: MediaHostParts): MediaHost {
  return new Host(parts);
}

class Host implements MediaHost {
  private readonly parts: MediaHostParts;
  private readonly counters = createMediaCounters();
  private readonly live = new Map<string, LiveCall>();
  private readonly sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxSocketMessageBytes,
  });
  private readonly waiting: WaitingCalls<PreparedCall>;
  private readonly watched: WatchedCalls;
  private draining = false;

  constructor(parts: MediaHostParts) {
    this.parts = parts;
    const { clock, sendLiveEvents: send, onWatchDropped: onDropped } = parts;
    this.watched = createWatchedCalls({ clock, send, onDropped });
    this.waiting = createWaitingCalls(parts.clock, ({ assignment, prepared }) => {
      prepared.dispose();
      this.watched.close(assignment.plan.callId);
      parts.onFact({ kind: "expired", callId: assignment.plan.callId });
    });
  }

  announce(assignment: CallAssignment): void {
    if (this.draining)
      throw new AppError("draining", { publicMessage: "This node is shutting down: try again shortly." });
    if (this.live.size + this.waiting.size >= this.parts.maxCalls) {
      throw new AppError("at_capacity", { publicMessage: "No capacity for another call right now." });
    }
    this.waiting.add({ assignment, prepared: this.parts.prepareCall(assignment) });
  }

  acceptUpgrade(request: UpgradeRequest, socket: Socket): void {
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    const head = Buffer.from(request.head, "base64");
    const message = toIncomingMessage(request, socket);
    this.sockets.handleUpgrade(message, socket, head, (opened) => this.takeSocket(request.kind, opened));
  }

  async say(callId: string, text: string): Promise<TextReply> {
    const running = this.live.get(callId);
    if (running?.messages) return running.messages.say(text);
    const waited = running ? undefined : this.waiting.takeCall(callId);
    if (!waited) {
      throw new AppError("not_found", { publicMessage: "There is no such call, or it is over or spoken by voice." });
    }
    const messages = createMessageLeg(this.parts.clock);
    const opening = messages.open();
    this.startCall(waited, { transport: messages.transport, messages });
    if (text === "") return opening;
    const greeting = await opening;
    const reply = await messages.say(text);
    return { replies: [...greeting.replies, ...reply.replies], ended: reply.ended };
  }

  control(callId: string, command: CallCommand): CommandOutcome {
    // One that has not come yet can be given up.
    if (command.type === "hang-up" && this.waiting.withdraw(callId)) return "done";
    return this.live.get(callId)?.engine?.control(command) ?? "not-live";
  }

  async watch(callId: string): Promise<{ found: boolean; nextSeq: number }> {
    const found = this.live.has(callId) || this.waiting.has(callId);
    const nextSeq = found ? this.watched.watch(callId) : 0;
    await this.parts.flushRecords();
    return { found, nextSeq };
  }

  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    this.waiting.clear();
    if (await this.allOver(graceMs)) return;
    for (const call of this.live.values()) call.engine?.sayGoodbye();
    if (await this.allOver(goodbyeMs)) return;
    for (const call of this.live.values()) call.controller.abort("draining");
    await this.allOver(lastEventsMs);
  }

  load(): { live: number; waiting: number; counters: MediaCounters } {
    const counters = this.counters.snapshot(this.parts.failedRecordings());
    return { live: this.live.size, waiting: this.waiting.size, counters };
  }

  private takeSocket(kind: UpgradeRequest["kind"], socket: WebSocket): void {
    socket.on("error", () => socket.terminate());
    this.parts.acceptors[kind](socket, {
      clock: this.parts.clock,
      onStart: (start, transport, screen) => {
        this.takeIntroduction(kind, start, { transport, ...(screen ? { screen } : {}) });
      },
      onRefused: (reason) => this.counters.addRefused(reason),
    });
  }

  private takeIntroduction(kind: UpgradeRequest["kind"], start: Introduction, leg: Leg): void {
    const taken = this.waiting.take(start.token);
    if (typeof taken === "string") return this.refuse(taken, leg.transport);
    const { assignment, prepared } = taken;
    if ((assignment.channel === "phone") !== (kind === "twilio")) {
      prepared.dispose();
      return this.refuse("foreign-token", leg.transport);
    }
    if (leg.screen) {
      leg.screen.setChannel(assignment.channel === "text" ? "text" : "web");
      const { callId, agentName, language } = assignment.plan;
      const described = prepared.describe(leg.transport, start.microphone ?? false);
      leg.screen.sendReady({ callId, agentName, language, ...described });
    }
    this.startCall({ prepared, assignment: { ...nameOf(start), ...assignment } }, leg);
  }

  private refuse(reason: string, transport: MediaTransport): void {
    this.counters.addRefused(reason);
    this.parts.log.warn({ reason }, "a media socket was refused");
    transport.close("refused");
  }

  private startCall({ assignment, prepared }: WaitingCall<PreparedCall>, leg: Leg): void {
    const { callId } = assignment.plan;
    const controller = new AbortController();
    const facts = this.gatherFacts(assignment);
    const record = this.parts.openRecord(assignment);
    const sinks: EventSink[] = [record.sink, facts.sink, this.watched.open(callId)];
    const { screen } = leg;
    if (screen) sinks.push((event) => void (isForCaller(event) && screen.sendEvent(event)));
    if (leg.messages) sinks.push(leg.messages.onEvent);
    this.parts.onFact({ kind: "started", callId, channel: assignment.channel });
    const call = { transport: leg.transport, sinks, signal: controller.signal };
    const engine = this.startEngine(callId, () => prepared.start(call));
    const over = (engine?.done ?? Promise.resolve()).catch((error: unknown) => this.onBroken(callId, error));
    const done = over.then(() => {
      this.live.delete(callId);
      leg.transport.close("call-ended");
      this.counters.addLeg(leg.transport.stats());
      record.close();
      this.watched.close(callId);
      facts.ended();
    });
    this.live.set(callId, { engine, controller, messages: leg.messages, done });
  }

  private startEngine(callId: string, start: () => EngineCall): EngineCall | undefined {
    try {
      return start();
    } catch (error) {
      this.onBroken(callId, error);
      return undefined;
    }
  }

  /** The message of an unknown error may carry content: only its kind is logged. */
  private onBroken(callId: string, error: unknown): void {
    this.parts.log.error({ callId, kind: error instanceof Error ? error.name : typeof error }, "a call failed");
  }

  /** Takes from the events what the node's figures need. */
  private gatherFacts({ plan, channel }: CallAssignment) {
    const { callId } = plan;
    const { clock, onFact } = this.parts;
    const startedAtMs = clock.now();
    let reason: HangUpReason = "failed";
    let transfer: Pick<CallFact & { kind: "ended" }, "transferTo" | "transferBy"> = {};
    const sink = (event: CallEvent) => {
      if (event.type === "transfer-started") transfer = { transferTo: event.content.to, transferBy: event.by };
      if (event.type === "call-ended") reason = event.reason;
      if (event.type === "media-stats") this.counters.addLate(event.framesLate);
      const firstAudioMs = event.type === "turn-latency" ? event.latency.firstAudioMs : undefined;
      if (firstAudioMs !== undefined) onFact({ kind: "first-audio", callId, firstAudioMs });
    };
    const ended = () => {
      const durationMs = Math.round(clock.now() - startedAtMs);
      onFact({ kind: "ended", callId, channel, reason, durationMs, ...(reason === "transferred" ? transfer : {}) });
    };
    return { sink, ended };
  }

  /** True when the last call is over within `waitMs`. */
  private async allOver(waitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.parts.clock.setTimer(waitMs, () => resolve(this.live.size === 0));
    void Promise.all([...this.live.values()].map((call) => call.done)).then(() => resolve(true));
    const over = await promise;
    cancel();
    return over;
  }
}

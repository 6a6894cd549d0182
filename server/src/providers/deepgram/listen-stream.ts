/**
 * What both of Deepgram's live endpoints share: the socket of one call, audio kept until it stands, one quick re-dial with
 * the words not yet heard, keeping alive, and an orderly end.
 */
import { bytesForDuration, durationOfBytes } from "../../audio/frame.ts";
import { mulawSilence } from "../../audio/mulaw.ts";
import type { TranscriptEvent, TranscriptionOptions, TranscriptionStream } from "../../call/ports.ts";
import type { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderCredentials, ProviderIo } from "../provider.ts";
import { watchSocket } from "../provider-failure.ts";
import type { Bundler, RecentAudio } from "./live-audio.ts";
import { createBundler, createRecentAudio } from "./live-audio.ts";

const pendingLimitMs = 10_000;
const replayMs = 2000;
const redialDelayMs = 100;
/** A connection that stood this long earns the next re-dial. */
const healthyAfterMs = 10_000;
const closeTimeoutMs = 1000;

/** What an endpoint's reader may do with the stream. */
export interface ListenLink {
  emit(event: TranscriptEvent): void;
  /** Audio time of the whole stream for a time on the present connection. */
  streamMs(connectionMs: number): number;
  /** Words up to here are settled and need not be replayed. Time on the present connection. */
  settle(connectionMs: number): void;
  /** The vendor reported that the connection is of no use any more. */
  drop(error: ProviderError): void;
}

export interface ListenProtocol {
  readonly url: string;
  readonly finalizeMessage: string;
  readonly keepAliveMs: number;
  /** A text message, or this many milliseconds of silence. */
  readonly keepAlive: { message: string } | { silenceMs: number };
  onMessage(data: Buffer): void;
  /** The connection is lost and another one is dialled: the last chance to `settle`. */
  onRedial(): void;
  onOpen(): void;
  onEnd(): void;
}

export interface ListenArguments {
  readonly provider: string;
  readonly credentials: ProviderCredentials;
  readonly io: ProviderIo;
  readonly options: TranscriptionOptions;
  readonly createProtocol: (link: ListenLink) => ListenProtocol;
}

type Socket = ReturnType<ProviderIo["connect"]>;
const nothing = () => undefined;

export function openListenStream(args: ListenArguments): TranscriptionStream {
  return new ListenStream(args);
}

class ListenStream implements TranscriptionStream, ListenLink {
  private readonly args: ListenArguments;
  private readonly protocol: ListenProtocol;
  private readonly recent: RecentAudio;
  private readonly bundler: Bundler;
  private socket: Socket | undefined;
  private state: "connecting" | "open" | "ended" = "connecting";
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private finalizePending = false;
  /** Stream position of the connection's first byte of ours. */
  private basePosition = 0;
  private settledPosition = 0;
  /** Silence of ours on this connection. */
  private injectedMs = 0;
  private sentAny = false;
  private lastSentAtMs = 0;
  private openedAtMs: number | undefined;
  private mayRedial = true;
  private cancelTimer: () => void = nothing;
  private readonly onAbort = () => this.end();

  constructor(args: ListenArguments) {
    this.args = args;
    const { format, signal } = args.options;
    this.recent = createRecentAudio(bytesForDuration(format, replayMs));
    this.bundler = createBundler(format, (bytes) => this.sendBinary(bytes));
    this.protocol = args.createProtocol(this);
    if (signal.aborted) {
      this.state = "ended";
      return;
    }
    signal.addEventListener("abort", this.onAbort, { once: true });
    this.dial();
  }

  sendAudio(frame: Uint8Array): void {
    if (this.state === "ended" || frame.length === 0) return;
    this.recent.write(frame);
    if (this.state === "open") this.bundler.push(frame);
    else this.hold(frame);
  }

  finalize(): void {
    if (this.state === "connecting") this.finalizePending = true;
    if (this.state !== "open") return;
    this.bundler.flush();
    this.socket?.send(this.protocol.finalizeMessage);
  }

  close(): void {
    this.end();
  }

  emit(event: TranscriptEvent): void {
    if (this.state !== "ended") this.args.options.onEvent(event);
  }

  streamMs(connectionMs: number): number {
    return durationOfBytes(this.args.options.format, this.basePosition) + Math.max(0, connectionMs - this.injectedMs);
  }

  settle(connectionMs: number): void {
    const position = bytesForDuration(this.args.options.format, this.streamMs(connectionMs));
    this.settledPosition = Math.max(this.settledPosition, position);
  }

  drop(error: ProviderError): void {
    const dropped = this.socket;
    this.socket = undefined;
    dropped?.terminate();
    this.onLost(error);
  }

  private dial(): void {
    const { io, provider, credentials } = this.args;
    this.openedAtMs = undefined;
    this.injectedMs = 0;
    this.sentAny = false;
    const socket = io.connect(this.protocol.url, { headers: { authorization: `Token ${credentials.apiKey}` } });
    this.socket = socket;
    const isCurrent = () => this.socket === socket && this.state !== "ended";
    watchSocket(provider, socket, {
      onOpen: () => {
        if (isCurrent()) this.onOpen();
      },
      onMessage: (data, isBinary) => {
        if (isCurrent() && !isBinary) this.protocol.onMessage(data);
      },
      onEnd: (error) => {
        if (!isCurrent()) return;
        this.socket = undefined;
        this.onLost(error);
      },
    });
  }

  private onOpen(): void {
    this.state = "open";
    this.openedAtMs = this.args.io.clock.now();
    this.lastSentAtMs = this.openedAtMs;
    const waiting = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    for (const frame of waiting) this.sendBinary(frame);
    if (this.finalizePending) this.socket?.send(this.protocol.finalizeMessage);
    this.finalizePending = false;
    this.protocol.onOpen();
    this.armKeepAlive();
  }

  private onLost(error: ProviderError): void {
    if (this.state === "ended") return;
    const { clock } = this.args.io;
    this.cancelTimer();
    if (this.openedAtMs !== undefined && clock.now() - this.openedAtMs >= healthyAfterMs) this.mayRedial = true;
    const isWorthIt = !error.permanent && error.category !== "rate-limit" && error.category !== "bad-request";
    if (!this.mayRedial || !isWorthIt) {
      this.emit({ type: "failed", error });
      this.end();
      return;
    }
    this.mayRedial = false;
    const stood = this.state === "open";
    this.state = "connecting";
    if (stood) this.holdUnsettled();
    this.cancelTimer = clock.setTimer(stood ? 0 : redialDelayMs, () => this.dial());
  }

  /** What the lost connection had not turned into settled words goes to the next one first. */
  private holdUnsettled(): void {
    this.bundler.flush(); // goes nowhere; the ring has it
    this.protocol.onRedial();
    const replay = this.recent.since(this.settledPosition);
    this.basePosition = replay.position;
    this.pending = [];
    this.pendingBytes = 0;
    if (replay.bytes.length > 0) this.hold(replay.bytes);
  }

  private hold(frame: Uint8Array): void {
    const limit = bytesForDuration(this.args.options.format, pendingLimitMs);
    this.pending.push(frame);
    this.pendingBytes += frame.length;
    while (this.pendingBytes > limit) {
      const dropped = this.pending.shift();
      if (!dropped) break;
      this.pendingBytes -= dropped.length;
      this.basePosition += dropped.length;
    }
  }

  private sendBinary(bytes: Uint8Array): void {
    // An empty binary frame makes the vendor close the stream.
    if (bytes.length === 0 || !this.socket) return;
    this.socket.send(bytes);
    this.sentAny = true;
    this.lastSentAtMs = this.args.io.clock.now();
  }

  private injectSilence(durationMs: number): void {
    const { format } = this.args.options;
    const bytes = new Uint8Array(bytesForDuration(format, durationMs));
    this.sendBinary(bytes.fill(format.encoding === "mulaw" ? mulawSilence : 0));
    this.injectedMs += durationMs;
  }

  private armKeepAlive(): void {
    const { clock } = this.args.io;
    this.cancelTimer();
    const dueInMs = this.lastSentAtMs + this.protocol.keepAliveMs - clock.now();
    this.cancelTimer = clock.setTimer(Math.max(20, dueInMs), () => this.keepAlive());
  }

  private keepAlive(): void {
    const { keepAlive, keepAliveMs } = this.protocol;
    const { clock } = this.args.io;
    this.bundler.flush();
    if (clock.now() - this.lastSentAtMs >= keepAliveMs - 1) {
      if ("silenceMs" in keepAlive) this.injectSilence(keepAlive.silenceMs);
      // A connection that never got audio is closed in spite of messages.
      else if (!this.sentAny) this.injectSilence(20);
      else this.socket?.send(keepAlive.message);
      this.lastSentAtMs = clock.now();
    }
    this.armKeepAlive();
  }

  private end(): void {
    if (this.state === "ended") return;
    const wasOpen = this.state === "open";
    this.state = "ended";
    this.cancelTimer();
    this.args.options.signal.removeEventListener("abort", this.onAbort);
    this.pending = [];
    this.protocol.onEnd();
    const closing = this.socket;
    this.socket = undefined;
    if (!closing) return;
    if (!wasOpen) return closing.terminate();
    closing.send('{"type":"CloseStream"}');
    const cancel = this.args.io.clock.setTimer(closeTimeoutMs, () => closing.terminate());
    closing.once("close", cancel);
  }
}

/**
 * Twilio Media Streams as a MediaTransport. Twilio is the client; the socket is already accepted here. Whatever arrives,
 * the call survives: what cannot be read is counted and dropped.
 */
import type { RawData } from "ws";
import { phoneFormat } from "../../audio/frame.ts";
import type { MediaTransport, TransportHandler, TransportStats } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { bytesOf, HandlerDoor, PendingMarks } from "../transport-parts.ts";
import { createOrderCheck } from "./order-check.ts";
import { readMessage, type StreamMessage } from "./wire.ts";

const maxMessageBytes = 64 * 1024;
/** More than this unsent means the other side reads no longer. 20 s of speech are 220 kB. */
const maxUnsentBytes = 4 * 1024 * 1024;
const startTimeoutMs = 10_000;

/** The part of a `ws` socket that is used. */
export interface StreamSocket {
  readonly bufferedAmount: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface StreamStart {
  readonly token: string | undefined;
  readonly callSid: string;
}

export interface MediaStreamOptions {
  readonly clock: Clock;
  /** Once, when the stream has introduced itself. The receiver checks the token and starts or closes the transport. */
  readonly onStart: (start: StreamStart, transport: MediaTransport) => void;
  /** The socket went, or nothing sensible came in time, before `start`. */
  readonly onRefused: (reason: "no-start" | "closed-early") => void;
}

/** Takes over an accepted socket until it closes. */
export function acceptMediaStream(socket: StreamSocket, options: MediaStreamOptions): void {
  const stream = new MediaStream(socket, options);
  socket.on("message", (data, isBinary) => stream.onMessage(data, isBinary));
  socket.on("error", () => stream.onGone("connection-lost"));
  socket.on("close", () => stream.onGone("connection-lost"));
}

class MediaStream implements MediaTransport {
  readonly channel = "phone";
  readonly inputFormat = phoneFormat;
  readonly outputFormat = phoneFormat;
  readonly hasScreen = false;
  private readonly socket: StreamSocket;
  private readonly options: MediaStreamOptions;
  private readonly cancelStartTimer: () => void;
  private readonly counts = { framesIn: 0, malformed: 0, oversized: 0 };
  private readonly order = createOrderCheck();
  private readonly pendingMarks = new PendingMarks();
  private readonly door = new HandlerDoor();
  private state: "waiting" | "open" | "closed" = "waiting";
  private streamSid = "";
  private mediaPrefix = "";

  constructor(socket: StreamSocket, options: MediaStreamOptions) {
    this.socket = socket;
    this.options = options;
    this.cancelStartTimer = options.clock.setTimer(startTimeoutMs, () => this.giveUp());
  }

  // ---- what the engine calls

  start(handler: TransportHandler): void {
    this.door.open(handler);
  }

  sendAudio(audio: Uint8Array): void {
    if (audio.length === 0) return;
    const payload = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString("base64");
    this.send(`${this.mediaPrefix}${payload}"}}`);
  }

  sendMark(name: string): void {
    this.pendingMarks.add(name);
    this.send(`{"event":"mark","streamSid":${this.streamSid},"mark":{"name":${JSON.stringify(name)}}}`);
  }

  clear(): void {
    this.send(`{"event":"clear","streamSid":${this.streamSid}}`);
  }

  sendNotice(): void {}

  close(reason: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.socket.close(1000, reason.slice(0, 100));
  }

  stats(): TransportStats {
    return { ...this.counts, outOfOrder: this.order.outOfOrder() };
  }

  // ---- what the socket calls

  onMessage(data: RawData, isBinary: boolean): void {
    if (this.state === "closed") return;
    const bytes = bytesOf(data);
    if (bytes.length > maxMessageBytes) this.counts.oversized++;
    else if (isBinary) this.counts.malformed++;
    else this.take(readMessage(bytes));
  }

  onGone(reason: "caller-hung-up" | "connection-lost"): void {
    if (this.state === "closed") return;
    this.cancelStartTimer();
    if (this.state === "waiting") this.options.onRefused("closed-early");
    else this.door.deliverClose(reason);
    this.state = "closed";
  }

  private giveUp(): void {
    if (this.state !== "waiting") return;
    this.state = "closed";
    this.options.onRefused("no-start");
    this.socket.close(1008, "no start message");
  }

  private take(message: StreamMessage | undefined): void {
    if (!message) this.counts.malformed++;
    else if (this.state === "open") this.takeOpen(message);
    else if (message.event === "start") this.open(message);
    else if (message.event !== "connected") this.counts.malformed++;
  }

  private takeOpen(message: StreamMessage): void {
    switch (message.event) {
      case "media":
        return this.takeMedia(message.position, message.audio);
      case "mark":
        return this.takeMark(message.name);
      case "dtmf":
        return this.door.deliver((handler) => handler.onDigit(message.digit));
      case "stop":
        this.onGone("caller-hung-up");
        return this.socket.close(1000);
      case "start":
        return void this.counts.malformed++; // a stream starts once
      case "connected":
      case "unknown":
        return;
    }
  }

  private open(start: Extract<StreamMessage, { event: "start" }>): void {
    this.cancelStartTimer();
    this.state = "open";
    this.streamSid = JSON.stringify(start.streamSid);
    this.mediaPrefix = `{"event":"media","streamSid":${this.streamSid},"media":{"payload":"`;
    this.options.onStart({ token: start.token, callSid: start.callSid }, this);
  }

  private takeMedia(position: number | undefined, audio: Uint8Array): void {
    if (!this.order.accept(position)) return;
    this.counts.framesIn++;
    this.door.deliverAudio(audio);
  }

  private takeMark(name: string): void {
    if (this.pendingMarks.take(name)) this.door.deliver((handler) => handler.onMark(name));
    else this.counts.malformed++;
  }

  private send(message: string): void {
    if (this.state !== "open") return;
    if (this.socket.bufferedAmount <= maxUnsentBytes) return this.socket.send(message);
    this.socket.terminate();
    this.onGone("connection-lost");
  }
}

/**
 * The call socket of the contract as a MediaTransport: PCM16 at 16 kHz in binary frames, JSON in text frames. Serves
 * browsers and the terminal client. Whatever arrives, the call survives.
 */
import type { CallEvent } from "@parley/contract/call-event";
import { audioRateHz, type ClientMessage, clientMessage, type ServerMessage } from "@parley/contract/call-socket";
import type { RawData } from "ws";
import type { AudioFormat } from "../../audio/frame.ts";
import type { MediaTransport, TransportHandler, TransportStats } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { bytesOf, HandlerDoor, PendingMarks } from "../transport-parts.ts";

const format: AudioFormat = { encoding: "pcm16", sampleRateHz: audioRateHz };
const maxMessageBytes = 64 * 1024;
/** Over this, events the screen can do without are left out; over the second, nobody reads and the leg is cut. */
const slowReaderBytes = 512 * 1024;
const maxUnsentBytes = 4 * 1024 * 1024;
const startTimeoutMs = 10_000;

/** The part of a `ws` socket that is used. */
export interface CallSocket {
  readonly bufferedAmount: number;
  send(data: string | Uint8Array, options: { binary: boolean }): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface CallSocketStart {
  readonly token: string;
  readonly microphone: boolean;
}

/** What the screen gets besides the call's sound. */
export interface CallScreen {
  sendReady(ready: Omit<Extract<ServerMessage, { type: "ready" }>, "type">): void;
  sendEvent(event: CallEvent): void;
  setChannel(channel: "web" | "text"): void;
}

export interface CallSocketOptions {
  readonly clock: Clock;
  /** Once, when the first message was a good `start`. The receiver checks the token and starts or closes the transport. */
  readonly onStart: (start: CallSocketStart, transport: MediaTransport, screen: CallScreen) => void;
  readonly onRefused: (reason: "no-start" | "closed-early" | "bad-start") => void;
}

function readClientMessage(text: string): ClientMessage | undefined {
  try {
    return clientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const normalClose = (code: number) => code === 1000 || code === 1001 || code === 1005;

/** Takes over an accepted socket until it closes. */
export function acceptCallSocket(socket: CallSocket, options: CallSocketOptions): void {
  const leg = new CallSocketLeg(socket, options);
  socket.on("message", (data, isBinary) => leg.onMessage(data, isBinary));
  socket.on("error", () => leg.onGone("connection-lost"));
  socket.on("close", (code) => leg.onGone(normalClose(code) ? "caller-hung-up" : "connection-lost"));
}

const startFirst = "the first message must be `start` with the call's token";

class CallSocketLeg implements MediaTransport {
  channel: "web" | "text" = "web";
  readonly inputFormat = format;
  readonly outputFormat = format;
  readonly hasScreen = true;
  private readonly socket: CallSocket;
  private readonly options: CallSocketOptions;
  private readonly cancelStartTimer: () => void;
  private readonly counts = { framesIn: 0, malformed: 0, oversized: 0, outOfOrder: 0 };
  private readonly pendingMarks = new PendingMarks();
  private readonly door = new HandlerDoor();
  private state: "waiting" | "open" | "closed" = "waiting";

  constructor(socket: CallSocket, options: CallSocketOptions) {
    this.socket = socket;
    this.options = options;
    this.cancelStartTimer = options.clock.setTimer(startTimeoutMs, () => {
      if (this.state === "waiting") this.refuse("no-start");
    });
  }

  // ---- what the engine calls

  start(handler: TransportHandler): void {
    this.door.open(handler);
  }

  sendAudio(audio: Uint8Array): void {
    if (audio.length > 0) this.send(audio);
  }

  sendMark(name: string): void {
    this.pendingMarks.add(name);
    this.tell({ type: "mark", name });
  }

  clear(): void {
    this.tell({ type: "clear" });
    // The client does not answer dropped marks; a carrier would. The engine sees the same from both.
    for (const name of this.pendingMarks.clear()) {
      queueMicrotask(() => this.state === "open" && this.door.deliver((handler) => handler.onMark(name)));
    }
  }

  sendNotice(code: string, text: string): void {
    this.tell({ type: "notice", code, text });
  }

  close(reason: string): void {
    if (this.state === "open") this.tell({ type: "ended", reason });
    this.state = "closed";
    this.socket.close(1000, reason.slice(0, 100));
  }

  stats(): TransportStats {
    return { ...this.counts };
  }

  // ---- what the socket calls

  onMessage(data: RawData, isBinary: boolean): void {
    if (this.state === "closed") return;
    const bytes = bytesOf(data);
    if (bytes.length > maxMessageBytes) this.counts.oversized++;
    else if (isBinary) this.takeAudio(bytes);
    else this.takeText(readClientMessage(bytes.toString("utf8")));
  }

  onGone(reason: "caller-hung-up" | "connection-lost"): void {
    if (this.state === "closed") return;
    this.cancelStartTimer();
    if (this.state === "waiting") this.options.onRefused("closed-early");
    else this.door.deliverClose(reason);
    this.state = "closed";
  }

  private refuse(reason: "no-start" | "bad-start"): void {
    this.state = "closed";
    this.cancelStartTimer();
    this.options.onRefused(reason);
    this.socket.close(1008, startFirst);
  }

  private takeText(message: ClientMessage | undefined): void {
    if (this.state === "open" && !message) this.counts.malformed++;
    else if (this.state === "open" && message) this.takeOpen(message);
    else if (message?.type === "start") this.open(message);
    else this.refuse("bad-start");
  }

  private open({ token, microphone }: Extract<ClientMessage, { type: "start" }>): void {
    this.cancelStartTimer();
    this.state = "open";
    this.options.onStart({ token, microphone }, this, {
      setChannel: (channel) => {
        this.channel = channel;
      },
      sendReady: (ready) => this.tell({ type: "ready", ...ready }),
      sendEvent: (event) => this.showEvent(event),
    });
  }

  private takeOpen(message: ClientMessage): void {
    switch (message.type) {
      case "start":
        return void this.counts.malformed++; // a call starts once
      case "mark":
        return this.takeMark(message.name);
      case "text":
        return this.door.deliver((handler) => handler.onText(message.text));
      case "dtmf":
        return this.door.deliver((handler) => handler.onDigit(message.digit));
      case "transcript":
        return this.door.deliver((handler) => handler.onClientTranscript(message.text, message.isFinal));
      case "hang-up":
        this.onGone("caller-hung-up");
        return this.socket.close(1000, "hang-up");
    }
  }

  private takeMark(name: string): void {
    if (this.pendingMarks.take(name)) this.door.deliver((handler) => handler.onMark(name));
    else this.counts.malformed++;
  }

  private takeAudio(bytes: Buffer): void {
    if (this.state !== "open") return this.refuse("bad-start");
    if (bytes.length === 0 || bytes.length % 2 !== 0) return void this.counts.malformed++;
    this.counts.framesIn++;
    // The socket's buffer is shared with other messages: the frame gets its own, aligned for 16-bit samples.
    const frame = Uint8Array.prototype.slice.call(bytes);
    this.door.deliverAudio(frame);
  }

  private showEvent(event: CallEvent): void {
    if (this.socket.bufferedAmount > slowReaderBytes && event.type === "transcript-interim") return;
    this.tell({ type: "event", event });
  }

  private tell(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  private send(data: string | Uint8Array): void {
    if (this.state !== "open") return;
    if (this.socket.bufferedAmount <= maxUnsentBytes)
      return this.socket.send(data, { binary: typeof data !== "string" });
    this.socket.terminate();
    this.onGone("connection-lost");
  }
}

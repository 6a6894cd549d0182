/**
 * The call socket of the contract as a MediaTransport: PCM16 at 16 kHz in binary frames, JSON in text frames. Serves
 * browsers and the terminal client. Whatever arrives, the call survives.
 */
import type { CallEvent } from "@parley/contract/call-event";
import { audioRateHz, type ClientMessage, clientMessage, type ServerMessage } from "@parley/contract/call-socket";
import type { RawData } from "ws";
import type { AudioFormat } from "../../audio/frame.ts";
import type { MediaTransport, TransportHandler } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";

const format: AudioFormat = { encoding: "pcm16", sampleRateHz: audioRateHz };
const maxMessageBytes = 64 * 1024;
/** Over this, events the screen can do without are left out; over the second, nobody reads and the leg is cut. */
const slowReaderBytes = 512 * 1024;
const maxUnsentBytes = 4 * 1024 * 1024;
const maxHeld = 1000;
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
  const counts = { framesIn: 0, malformed: 0, oversized: 0, outOfOrder: 0 };
  const pendingMarks = new Map<string, number>();
  let state: "waiting" | "open" | "closed" = "waiting";
  let channel: "web" | "text" = "web";
  let handler: TransportHandler | undefined;
  let held: ((handler: TransportHandler) => void)[] = [];

  const deliver = (run: (handler: TransportHandler) => void) => {
    if (handler) run(handler);
    else if (held.length < maxHeld) held.push(run);
  };

  const finish = (reason: "caller-hung-up" | "connection-lost") => {
    if (state === "closed") return;
    cancelStartTimer();
    if (state === "waiting") options.onRefused("closed-early");
    else if (handler) handler.onClose(reason);
    else held.push((late) => late.onClose(reason));
    state = "closed";
  };

  const refuse = (reason: "no-start" | "bad-start", text: string) => {
    state = "closed";
    cancelStartTimer();
    options.onRefused(reason);
    socket.close(1008, text);
  };

  const send = (data: string | Uint8Array) => {
    if (state !== "open") return;
    if (socket.bufferedAmount > maxUnsentBytes) {
      socket.terminate();
      return finish("connection-lost");
    }
    socket.send(data, { binary: typeof data !== "string" });
  };
  const tell = (message: ServerMessage) => send(JSON.stringify(message));

  const cancelStartTimer = options.clock.setTimer(startTimeoutMs, () => {
    if (state === "waiting") refuse("no-start", "send `start` with the call's token first");
  });

  const transport: MediaTransport = {
    get channel() {
      return channel;
    },
    inputFormat: format,
    outputFormat: format,
    hasScreen: true,
    start(receiver) {
      handler = receiver;
      const early = held;
      held = [];
      for (const run of early) run(receiver);
    },
    sendAudio(audio) {
      if (audio.length > 0) send(audio);
    },
    sendMark(name) {
      pendingMarks.set(name, (pendingMarks.get(name) ?? 0) + 1);
      tell({ type: "mark", name });
    },
    clear() {
      tell({ type: "clear" });
      // The client does not answer dropped marks; a carrier would. The engine sees the same from both.
      const dropped = [...pendingMarks.keys()];
      pendingMarks.clear();
      for (const name of dropped) queueMicrotask(() => state === "open" && handler?.onMark(name));
    },
    sendNotice: (code, text) => tell({ type: "notice", code, text }),
    close(reason) {
      if (state === "open") tell({ type: "ended", reason });
      state = "closed";
      socket.close(1000, reason.slice(0, 100));
    },
    stats: () => ({ ...counts }),
  };

  const screen: CallScreen = {
    setChannel: (value) => {
      channel = value;
    },
    sendReady: (ready) => tell({ type: "ready", ...ready }),
    sendEvent(event) {
      if (socket.bufferedAmount > slowReaderBytes && event.type === "transcript-interim") return;
      tell({ type: "event", event });
    },
  };

  const onMark = (name: string) => {
    const count = pendingMarks.get(name);
    if (count === undefined) return void counts.malformed++;
    if (count > 1) pendingMarks.set(name, count - 1);
    else pendingMarks.delete(name);
    deliver((receiver) => receiver.onMark(name));
  };

  const onOpenMessage = (message: ClientMessage): void => {
    switch (message.type) {
      case "start":
        return void counts.malformed++; // a call starts once
      case "mark":
        return onMark(message.name);
      case "text":
        return deliver((receiver) => receiver.onText(message.text));
      case "dtmf":
        return deliver((receiver) => receiver.onDigit(message.digit));
      case "transcript":
        return deliver((receiver) => receiver.onClientTranscript(message.text, message.isFinal));
      case "hang-up":
        finish("caller-hung-up");
        return socket.close(1000, "hang-up");
    }
  };

  const onText = (bytes: Buffer) => {
    const message = readClientMessage(bytes.toString("utf8"));
    if (state === "open") return message ? onOpenMessage(message) : void counts.malformed++;
    if (message?.type !== "start")
      return refuse("bad-start", "the first message must be `start` with the call's token");
    cancelStartTimer();
    state = "open";
    options.onStart({ token: message.token, microphone: message.microphone }, transport, screen);
  };

  const onAudio = (bytes: Buffer) => {
    if (state !== "open") return refuse("bad-start", "the first message must be `start` with the call's token");
    if (bytes.length === 0 || bytes.length % 2 !== 0) return void counts.malformed++;
    counts.framesIn++;
    // The socket's buffer is shared with other messages: the frame gets its own, aligned for 16-bit samples.
    const frame = Uint8Array.prototype.slice.call(bytes);
    deliver((receiver) => receiver.onAudio(frame));
  };

  socket.on("message", (data, isBinary) => {
    if (state === "closed") return;
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (bytes.length > maxMessageBytes) counts.oversized++;
    else if (isBinary) onAudio(bytes);
    else onText(bytes);
  });
  socket.on("error", () => finish("connection-lost"));
  socket.on("close", (code) => finish(normalClose(code) ? "caller-hung-up" : "connection-lost"));
}

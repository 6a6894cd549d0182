/**
 * Twilio Media Streams as a MediaTransport. Twilio is the client; the socket is already accepted here. Whatever arrives,
 * the call survives: what cannot be read is counted and dropped.
 */
import type { RawData } from "ws";
import { phoneFormat } from "../../audio/frame.ts";
import type { MediaTransport, TransportHandler } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { createOrderCheck } from "./order-check.ts";
import { readMessage } from "./wire.ts";

const maxMessageBytes = 64 * 1024;
/** More than this unsent means the other side reads no longer. 20 s of speech are 220 kB. */
const maxUnsentBytes = 4 * 1024 * 1024;
/** What may arrive between `start` and the engine: 20 s of frames. */
const maxHeld = 1000;
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
  const counts = { framesIn: 0, malformed: 0, oversized: 0 };
  const order = createOrderCheck();
  const pendingMarks = new Map<string, number>();
  let state: "waiting" | "open" | "closed" = "waiting";
  let streamSid = "";
  let mediaPrefix = "";
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

  const send = (message: string) => {
    if (state !== "open") return;
    if (socket.bufferedAmount > maxUnsentBytes) {
      socket.terminate();
      return finish("connection-lost");
    }
    socket.send(message);
  };

  const cancelStartTimer = options.clock.setTimer(startTimeoutMs, () => {
    if (state !== "waiting") return;
    state = "closed";
    options.onRefused("no-start");
    socket.close(1008, "no start message");
  });

  const transport: MediaTransport = {
    channel: "phone",
    inputFormat: phoneFormat,
    outputFormat: phoneFormat,
    hasScreen: false,
    start(receiver) {
      handler = receiver;
      const early = held;
      held = [];
      for (const run of early) run(receiver);
    },
    sendAudio(audio) {
      if (audio.length === 0) return;
      const payload = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString("base64");
      send(`${mediaPrefix}${payload}"}}`);
    },
    sendMark(name) {
      pendingMarks.set(name, (pendingMarks.get(name) ?? 0) + 1);
      send(`{"event":"mark","streamSid":${JSON.stringify(streamSid)},"mark":{"name":${JSON.stringify(name)}}}`);
    },
    clear: () => send(`{"event":"clear","streamSid":${JSON.stringify(streamSid)}}`),
    sendNotice: () => undefined,
    close(reason) {
      if (state === "closed") return;
      state = "closed";
      socket.close(1000, reason.slice(0, 100));
    },
    stats: () => ({ ...counts, outOfOrder: order.outOfOrder() }),
  };

  const onStart = (start: StreamStart & { streamSid: string }) => {
    cancelStartTimer();
    state = "open";
    streamSid = start.streamSid;
    mediaPrefix = `{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`;
    options.onStart({ token: start.token, callSid: start.callSid }, transport);
  };

  const onMark = (name: string) => {
    const count = pendingMarks.get(name);
    if (count === undefined) return void counts.malformed++;
    if (count > 1) pendingMarks.set(name, count - 1);
    else pendingMarks.delete(name);
    deliver((receiver) => receiver.onMark(name));
  };

  const onMedia = (position: number | undefined, audio: Uint8Array) => {
    if (!order.accept(position)) return;
    counts.framesIn++;
    if (handler) handler.onAudio(audio);
    else deliver((receiver) => receiver.onAudio(audio));
  };

  const onMessage = (data: Buffer) => {
    const message = readMessage(data);
    if (!message) return void counts.malformed++;
    if (state === "waiting") {
      if (message.event === "start") onStart(message);
      else if (message.event !== "connected") counts.malformed++;
      return;
    }
    switch (message.event) {
      case "media":
        return onMedia(message.position, message.audio);
      case "mark":
        return onMark(message.name);
      case "dtmf":
        return deliver((receiver) => receiver.onDigit(message.digit));
      case "stop":
        finish("caller-hung-up");
        return socket.close(1000);
      case "start":
        return void counts.malformed++; // a stream starts once
      case "connected":
      case "unknown":
        return;
    }
  };

  socket.on("message", (data, isBinary) => {
    if (state === "closed") return;
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (bytes.length > maxMessageBytes) counts.oversized++;
    else if (isBinary) counts.malformed++;
    else onMessage(bytes);
  });
  socket.on("error", () => finish("connection-lost"));
  socket.on("close", () => finish("connection-lost"));
}

import type { RawData, WebSocket } from "ws";
import { readPlatformMessage } from "./media-message.ts";
import type { Playout } from "./playout.ts";

export type StreamEnd = "platform-closed" | "call-ended" | "refused" | "broken";

/** What a bidirectional stream did, for tests and reports. */
export interface StreamRecord {
  readonly streamSid: string;
  readonly url: string;
  readonly customParameters: Readonly<Record<string, string>>;
  readonly marks: { readonly name: string; readonly askedAtMs: number; returnedAtMs?: number }[];
  readonly clears: { readonly atMs: number; readonly droppedBytes: number }[];
  framesSent: number;
  mediaMessages: number;
  mediaBytes: number;
  /** The platform asked for more than ten minutes of audio; reported once per stream. */
  overflowed: boolean;
  end?: StreamEnd;
  closeCode?: number;
}

export interface StreamFaults {
  /** Out of every `n` frames one is sent twice, out of order, or broken. */
  readonly duplicateEvery?: number;
  readonly disorderEvery?: number;
  readonly malformedEvery?: number;
  /** Marks never come back. */
  readonly swallowMarks?: boolean;
  /** The socket breaks (no stop, no close frame) after so many frames. */
  readonly breakAfterFrames?: number;
  /** The caller hangs up, yet no stop message is sent. */
  readonly closeWithoutStop?: boolean;
}

export interface StreamJoints {
  readonly accountSid: string;
  readonly callSid: string;
  readonly playout: Playout;
  readonly faults: () => StreamFaults;
  readonly now: () => number;
  readonly onAlert: (code: number, message: string) => void;
  readonly onClear: (droppedBytes: number) => void;
}

/** Twilio's side of one media stream, over a socket that is already open. Sends connected and start at once. */
export class MediaStream {
  readonly ended: Promise<StreamEnd>;
  readonly #socket: WebSocket;
  readonly #record: StreamRecord;
  readonly #joints: StreamJoints;
  #resolveEnd: (end: StreamEnd) => void = () => {};
  #sequence = 0;
  #chunk = 0;
  #elapsedFrames = 0;
  #marksReturned = 0;
  #held: string | undefined;

  constructor(socket: WebSocket, record: StreamRecord, joints: StreamJoints) {
    this.#socket = socket;
    this.#record = record;
    this.#joints = joints;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    socket.on("message", (data: RawData, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on("error", () => this.#finish("broken"));
    socket.on("close", (code: number) => {
      record.closeCode = code;
      this.#finish(code === 1006 ? "broken" : "platform-closed");
    });
    this.#begin();
  }

  /** Twenty milliseconds from the caller; undefined when they were lost on the way (the timestamp goes on, the chunk does not). */
  sendFrame(payload: string | undefined): void {
    this.#elapsedFrames += 1;
    if (payload === undefined || !this.#isOpen()) return;
    this.#chunk += 1;
    this.#record.framesSent += 1;
    const timestamp = this.#elapsedFrames * 20;
    const message = `{"event":"media","sequenceNumber":"${this.#nextSequence()}","media":{"track":"inbound","chunk":"${this.#chunk}","timestamp":"${timestamp}","payload":"${payload}"},"streamSid":"${this.#record.streamSid}"}`;
    this.#sendThroughFaults(message);
  }

  sendDigit(digit: string): void {
    this.#send({ event: "dtmf", dtmf: { track: "inbound_track", digit } });
  }

  returnMark(name: string): void {
    if (this.#joints.faults().swallowMarks === true) return;
    const { marks } = this.#record;
    // Marks come back in the order they were asked for: the search goes on where the last one was found.
    while (this.#marksReturned < marks.length && marks[this.#marksReturned]?.name !== name) this.#marksReturned += 1;
    const asked = marks[this.#marksReturned];
    this.#marksReturned += 1;
    if (asked !== undefined) asked.returnedAtMs = this.#joints.now();
    this.#send({ event: "mark", mark: { name } });
  }

  /** stop, then close 1000: the call ended or was redirected. */
  stop(): void {
    if (!this.#isOpen()) return;
    const { accountSid, callSid, faults } = this.#joints;
    if (faults().closeWithoutStop !== true) this.#send({ event: "stop", stop: { accountSid, callSid } });
    this.#finish("call-ended");
    this.#socket.close(1000);
  }

  #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#record.end === undefined;
  }

  #nextSequence(): string {
    this.#sequence += 1;
    return String(this.#sequence);
  }

  #finish(end: StreamEnd): void {
    this.#record.end ??= end;
    this.#resolveEnd(end);
  }

  #send(message: { readonly event: string } & Record<string, unknown>): void {
    if (!this.#isOpen()) return;
    const { streamSid } = this.#record;
    this.#socket.send(JSON.stringify({ ...message, sequenceNumber: this.#nextSequence(), streamSid }));
  }

  #begin(): void {
    const { accountSid, callSid } = this.#joints;
    const { streamSid, customParameters } = this.#record;
    this.#socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
    this.#send({
      event: "start",
      start: { accountSid, streamSid, callSid, tracks: ["inbound"], mediaFormat, customParameters },
    });
  }

  #sendThroughFaults(message: string): void {
    const { duplicateEvery, disorderEvery, malformedEvery, breakAfterFrames } = this.#joints.faults();
    const isTurn = (every: number | undefined) => every !== undefined && this.#chunk % every === 0;
    if (breakAfterFrames !== undefined && this.#chunk > breakAfterFrames) return this.#socket.terminate();
    if (isTurn(disorderEvery) && this.#held === undefined) {
      this.#held = message;
      return;
    }
    if (isTurn(malformedEvery)) this.#socket.send(message.slice(0, message.length >> 1));
    this.#socket.send(message);
    if (isTurn(duplicateEvery)) this.#socket.send(message);
    if (this.#held !== undefined) this.#socket.send(this.#held);
    this.#held = undefined;
  }

  #receive(data: RawData, isBinary: boolean): void {
    const { onAlert, onClear, playout } = this.#joints;
    const record = this.#record;
    const atMs = this.#joints.now();
    if (isBinary) return onAlert(31924, "binary message; Twilio takes JSON text only");
    const message = readPlatformMessage(textOf(data), record.streamSid);
    switch (message.event) {
      case "media":
        return this.#takeAudio(Buffer.from(message.payload, "base64"), atMs);
      case "mark":
        record.marks.push({ name: message.name, askedAtMs: atMs });
        return playout.mark(message.name);
      case "clear": {
        const droppedBytes = playout.clear();
        record.clears.push({ atMs, droppedBytes });
        return onClear(droppedBytes);
      }
      case "refused":
        return onAlert(31924, message.why);
    }
  }

  #takeAudio(bytes: Buffer, atMs: number): void {
    const record = this.#record;
    record.mediaMessages += 1;
    record.mediaBytes += bytes.length;
    if (this.#joints.playout.push(bytes, atMs) || record.overflowed) return;
    record.overflowed = true;
    this.#joints.onAlert(31931, "media discarded: more than ten minutes are buffered");
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

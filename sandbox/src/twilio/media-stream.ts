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
  onAlert(code: number, message: string): void;
  onClear(droppedBytes: number): void;
}

export interface MediaStream {
  /** Twenty milliseconds from the caller; undefined when they were lost on the way (the timestamp goes on, the chunk does not). */
  sendFrame(payload: string | undefined): void;
  sendDigit(digit: string): void;
  returnMark(name: string): void;
  /** stop, then close 1000: the call ended or was redirected. */
  stop(): void;
  readonly ended: Promise<StreamEnd>;
}

/** Twilio's side of one media stream, over a socket that is already open. */
export function runMediaStream(socket: WebSocket, record: StreamRecord, joints: StreamJoints): MediaStream {
  const { streamSid } = record;
  let sequence = 0;
  let chunk = 0;
  let elapsedFrames = 0;
  let held: string | undefined;
  let resolveEnd: (end: StreamEnd) => void = () => {};
  const ended = new Promise<StreamEnd>((resolve) => {
    resolveEnd = resolve;
  });

  const isOpen = () => socket.readyState === socket.OPEN && record.end === undefined;
  const nextSequence = () => String((sequence += 1));

  function finish(end: StreamEnd): void {
    if (record.end !== undefined) return;
    record.end = end;
    resolveEnd(end);
  }

  function begin(): void {
    socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const start = {
      accountSid: joints.accountSid,
      streamSid,
      callSid: joints.callSid,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: record.customParameters,
    };
    socket.send(JSON.stringify({ event: "start", sequenceNumber: nextSequence(), start, streamSid }));
  }

  function sendMedia(message: string): void {
    const { duplicateEvery, disorderEvery, malformedEvery, breakAfterFrames } = joints.faults();
    const isTurn = (every: number | undefined) => every !== undefined && chunk % every === 0;
    if (breakAfterFrames !== undefined && chunk > breakAfterFrames) return socket.terminate();
    if (isTurn(disorderEvery) && held === undefined) {
      held = message;
      return;
    }
    if (isTurn(malformedEvery)) socket.send(message.slice(0, message.length >> 1));
    socket.send(message);
    if (isTurn(duplicateEvery)) socket.send(message);
    if (held !== undefined) socket.send(held);
    held = undefined;
  }

  function handle(data: RawData, isBinary: boolean): void {
    const atMs = joints.now();
    if (isBinary) return joints.onAlert(31924, "binary message; Twilio takes JSON text only");
    const message = readPlatformMessage(textOf(data), streamSid);
    switch (message.event) {
      case "media": {
        const bytes = Buffer.from(message.payload, "base64");
        record.mediaMessages += 1;
        record.mediaBytes += bytes.length;
        if (joints.playout.push(bytes, atMs) || record.overflowed) return;
        record.overflowed = true;
        return joints.onAlert(31931, "media discarded: more than ten minutes are buffered");
      }
      case "mark":
        record.marks.push({ name: message.name, askedAtMs: atMs });
        return joints.playout.mark(message.name);
      case "clear": {
        const droppedBytes = joints.playout.clear();
        record.clears.push({ atMs, droppedBytes });
        return joints.onClear(droppedBytes);
      }
      case "refused":
        return joints.onAlert(31924, message.why);
    }
  }

  socket.on("message", handle);
  socket.on("error", () => finish("broken"));
  socket.on("close", (code: number) => {
    record.closeCode = code;
    finish(code === 1006 ? "broken" : "platform-closed");
  });
  begin();

  return {
    ended,
    sendFrame(payload) {
      elapsedFrames += 1;
      if (payload === undefined || !isOpen()) return;
      chunk += 1;
      record.framesSent += 1;
      const timestamp = elapsedFrames * 20;
      sendMedia(
        `{"event":"media","sequenceNumber":"${nextSequence()}","media":{"track":"inbound","chunk":"${chunk}","timestamp":"${timestamp}","payload":"${payload}"},"streamSid":"${streamSid}"}`,
      );
    },
    sendDigit(digit) {
      if (!isOpen()) return;
      socket.send(
        `{"event":"dtmf","streamSid":"${streamSid}","sequenceNumber":"${nextSequence()}","dtmf":{"track":"inbound_track","digit":"${digit}"}}`,
      );
    },
    returnMark(name) {
      const asked = record.marks.find((mark) => mark.name === name && mark.returnedAtMs === undefined);
      if (!isOpen() || joints.faults().swallowMarks === true) return;
      if (asked !== undefined) asked.returnedAtMs = joints.now();
      socket.send(JSON.stringify({ event: "mark", sequenceNumber: nextSequence(), streamSid, mark: { name } }));
    },
    stop() {
      if (!isOpen()) return;
      const stop = { accountSid: joints.accountSid, callSid: joints.callSid };
      if (joints.faults().closeWithoutStop !== true) {
        socket.send(JSON.stringify({ event: "stop", sequenceNumber: nextSequence(), stop, streamSid }));
      }
      finish("call-ended");
      socket.close(1000);
    },
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

/** A phone line inside the test: plays what it is sent in the clock's time, answers marks when they are reached, obeys clear. */
import { durationOfBytes, frameDurationMs, phoneFormat } from "../audio/frame.ts";
import type { MediaTransport, TransportHandler } from "../call/ports.ts";
import type { ManualClock } from "./manual-clock.ts";

export interface LinkedTransport extends MediaTransport {
  /** Whether the caller makes sound now: frames of 0x00 instead of 0xff. */
  voiced: boolean;
  /** Stops sending frames and answering marks, as a dead line does. */
  frozen: boolean;
  readonly log: (
    | { type: "audio"; atMs: number; durationMs: number }
    | { type: "mark" | "clear" | "notice" | "close"; atMs: number }
  )[];
  /** Milliseconds of agent sound that the caller has heard. */
  heardMs(): number;
  /** True while agent sound is being played. */
  playing(): boolean;
  press(digit: string): void;
  type(text: string): void;
  hangUp(): void;
  closed: string | undefined;
}

export const voicedByte = 0x00;
export const silentByte = 0xff;

export function createLinkedTransport(
  clock: ManualClock,
  options: { channel?: "phone" | "web" | "text"; hasScreen?: boolean; marks?: boolean } = {},
): LinkedTransport {
  const { channel = "phone", hasScreen = false, marks = true } = options;
  let handler: TransportHandler | undefined;
  let queue: ({ type: "audio"; leftMs: number } | { type: "mark"; name: string })[] = [];
  let heard = 0;
  let framesIn = 0;

  const line: LinkedTransport = {
    channel,
    hasScreen,
    inputFormat: phoneFormat,
    outputFormat: phoneFormat,
    voiced: false,
    frozen: false,
    log: [],
    closed: undefined,
    start(next) {
      handler = next;
      if (channel !== "text") clock.setTimer(frameDurationMs, tick);
    },
    sendAudio(audio) {
      const durationMs = durationOfBytes(phoneFormat, audio.byteLength);
      line.log.push({ type: "audio", atMs: clock.now(), durationMs });
      queue.push({ type: "audio", leftMs: durationMs });
    },
    sendMark(name) {
      line.log.push({ type: "mark", atMs: clock.now() });
      queue.push({ type: "mark", name });
      answerMarks();
    },
    clear() {
      line.log.push({ type: "clear", atMs: clock.now() });
      const pending = queue.flatMap((item) => (item.type === "mark" ? [item.name] : []));
      queue = [];
      for (const name of pending) answer(name);
    },
    sendNotice: () => line.log.push({ type: "notice", atMs: clock.now() }),
    close(reason) {
      line.closed = reason;
      line.log.push({ type: "close", atMs: clock.now() });
    },
    stats: () => ({ framesIn, malformed: 0, oversized: 0, outOfOrder: 0 }),
    heardMs: () => heard,
    playing: () => queue.some((item) => item.type === "audio"),
    press: (digit) => handler?.onDigit(digit),
    type: (text) => handler?.onText(text),
    hangUp: () => handler?.onClose("caller-hung-up"),
  };

  function answer(name: string): void {
    if (marks && !line.frozen) clock.setTimer(0, () => handler?.onMark(name));
  }

  function answerMarks(): void {
    for (let first = queue[0]; first?.type === "mark"; first = queue[0]) {
      queue.shift();
      answer(first.name);
    }
  }

  function tick(): void {
    if (line.closed !== undefined) return;
    let leftMs = frameDurationMs;
    while (leftMs > 0) {
      const first = queue[0];
      if (first?.type !== "audio") break;
      const playedMs = Math.min(leftMs, first.leftMs);
      heard += playedMs;
      leftMs -= playedMs;
      first.leftMs -= playedMs;
      if (first.leftMs <= 0) queue.shift();
      answerMarks();
    }
    if (!line.frozen) {
      framesIn += 1;
      handler?.onAudio(new Uint8Array(160).fill(line.voiced ? voicedByte : silentByte));
    }
    clock.setTimer(frameDurationMs, tick);
  }

  return line;
}

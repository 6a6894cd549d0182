import type { PlayedFrame } from "../twilio/index.ts";
import { createWordDetector, decodeMulaw, type WordDetector } from "../voice/index.ts";

/** A stretch of agent speech as it sounded: over when nothing was voiced for 700 ms, or when it was cleared. */
export interface HeardUtterance {
  /** When its first voiced sample sounded, and when the message that began it arrived. */
  readonly startedAtMs: number;
  readonly arrivedAtMs: number;
  /** When its last voiced sample so far stopped sounding. */
  lastVoiceAtMs: number;
  cleared: boolean;
  over: boolean;
}

export interface HeardWordAt {
  readonly text: string;
  readonly atMs: number;
}

/** The player ran dry in the middle of speech: frames came late. */
export interface Underrun {
  readonly atMs: number;
  readonly gapMs: number;
}

const frameMs = 20;
const samplesPerMs = 8;
const quietMs = 700;
/** Audio that began this long before its first voiced sample is the same reply's lead-in. */
const leadInMs = 300;
const longestUnderrunMs = 400;
const voicedAmplitude = 330;
const isVoicedByte = Uint8Array.from(decodeMulaw(Uint8Array.from({ length: 256 }, (_, byte) => byte)), (sample) =>
  Number(Math.abs(sample) > voicedAmplitude),
);

/** What the caller hears, from the samples that were really played out. Times are the pacer's (performance.now()). */
export class Ear {
  readonly utterances: HeardUtterance[] = [];
  readonly words: HeardWordAt[] = [];
  readonly underruns: Underrun[] = [];
  readonly clears: { readonly atMs: number; readonly droppedBytes: number }[] = [];
  nowMs = 0;
  readonly #detector: WordDetector | undefined;
  #detectorStartMs: number | undefined;
  #runStartMs = 0;
  #runArrivedAtMs = 0;
  #dry = true;
  #dryFromMs: number | undefined;

  constructor(hearing: "words" | "sound") {
    if (hearing === "sound") return;
    this.#detector = createWordDetector({
      sampleRateHz: 8000,
      onWord: ({ text, endMs }) => this.words.push({ text, atMs: (this.#detectorStartMs ?? 0) + endMs }),
    });
  }

  /** The utterance that sounds now, or the last one within its 700 ms of grace. */
  get current(): HeardUtterance | undefined {
    const last = this.utterances.at(-1);
    return last === undefined || last.over ? undefined : last;
  }

  hear(frame: PlayedFrame): void {
    this.nowMs = frame.atMs + frameMs;
    if (this.#detector !== undefined) {
      this.#detectorStartMs ??= frame.atMs;
      this.#detector.push(decodeMulaw(frame.bytes));
    }
    if (frame.playedBytes > 0) this.#followRun(frame);
    const voice = voicedRange(frame.bytes, frame.playedBytes);
    if (voice !== undefined) this.#followVoice(frame, voice);
    this.#dry = frame.playedBytes < frame.bytes.length;
    if (this.#dry) this.#dryFromMs ??= frame.atMs + frame.playedBytes / samplesPerMs;
    const current = this.current;
    if (current !== undefined && this.nowMs - current.lastVoiceAtMs >= quietMs) current.over = true;
  }

  cleared(droppedBytes: number, atMs: number): void {
    this.clears.push({ atMs, droppedBytes });
    const current = this.current;
    if (current !== undefined) {
      current.cleared = true;
      current.over = true;
    }
    this.#dry = true;
    this.#dryFromMs = undefined;
  }

  #followRun(frame: PlayedFrame): void {
    if (!this.#dry) return;
    this.#runStartMs = frame.atMs;
    this.#runArrivedAtMs = frame.arrivedAtMs;
  }

  #followVoice(frame: PlayedFrame, voice: { firstMs: number; lastMs: number }): void {
    const startedAtMs = frame.atMs + voice.firstMs;
    const current = this.current;
    if (current === undefined) {
      const isLeadIn = startedAtMs - this.#runStartMs <= leadInMs;
      this.utterances.push({
        startedAtMs,
        arrivedAtMs: isLeadIn ? this.#runArrivedAtMs : frame.arrivedAtMs,
        lastVoiceAtMs: frame.atMs + voice.lastMs,
        cleared: false,
        over: false,
      });
    } else {
      this.#noteUnderrun(current, frame.atMs);
      current.lastVoiceAtMs = frame.atMs + voice.lastMs;
    }
    this.#dryFromMs = undefined;
  }

  /** Dry right after a voiced sample and voiced again soon: a hole in a word, not a pause between sentences. */
  #noteUnderrun(current: HeardUtterance, resumedAtMs: number): void {
    if (this.#dryFromMs === undefined) return;
    const gapMs = resumedAtMs - this.#dryFromMs;
    const brokeOff = this.#dryFromMs - current.lastVoiceAtMs < frameMs / 2;
    if (brokeOff && gapMs > 0 && gapMs <= longestUnderrunMs) this.underruns.push({ atMs: this.#dryFromMs, gapMs });
  }
}

function voicedRange(bytes: Uint8Array, playedBytes: number): { firstMs: number; lastMs: number } | undefined {
  let first = -1;
  let last = -1;
  for (let at = 0; at < playedBytes; at += 1) {
    if (isVoicedByte[bytes[at] ?? 0xff] !== 1) continue;
    if (first < 0) first = at;
    last = at;
  }
  return first < 0 ? undefined : { firstMs: first / samplesPerMs, lastMs: (last + 1) / samplesPerMs };
}

/**
 * A call's two voices on one time line, as they were heard: the caller left, the agent right, mu-law at the leg's own rate.
 * Sound waits in a ring for a while before it is given away, so that what a barge-in cleared, what came late and what must not
 * be kept can still be taken out. The ring is made once; a frame costs a copy and no allocation.
 */
import { createConverter } from "../../audio/convert.ts";
import type { AudioFormat } from "../../audio/frame.ts";
import { bytesPerSample, durationOfBytes, sameFormat } from "../../audio/frame.ts";
import { mulawSilence, sampleToMulaw } from "../../audio/mulaw.ts";
import type { RecordingSink } from "../ports.ts";

export interface RecorderOptions {
  readonly inputFormat: AudioFormat;
  readonly outputFormat: AudioFormat;
  /** Milliseconds since the call started. */
  readonly now: () => number;
  /** How long sound can still be taken out again. */
  readonly holdMs: number;
  readonly sink: RecordingSink;
}

/** Samples of each channel in a piece given away. */
const blockSamples = 8192;
/** Room in the ring for sound that is sent ahead of its time, with the line's delay. */
const aheadMs = 1500;
/** Frames this much later than the clock may be delayed or lost; which, is known a little later. */
const lateMs = 60;
const lossKnownAfterMs = 200;
/** Frames that come this much too early (a burst from before the call) are left out. */
const earlyMs = 200;

const caller = 0;
const agent = 1;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #rateHz: number;
  readonly #ring: Uint8Array;
  readonly #mask: number;
  readonly #holdSamples: number;
  readonly #toAgentSound: (audio: Uint8Array) => Uint8Array;
  readonly #agentFormat: AudioFormat;
  readonly #reasons = new Set<string>();
  /** All positions are samples since the call started. What lies before this one was given away. */
  #given = 0;
  /** Where each voice's next sample goes. */
  #callerAt = -1;
  #agentAt = 0;
  #late: { sinceMs: number; from: number } | undefined;
  #isClosed = false;

  constructor(options: RecorderOptions) {
    const { inputFormat, outputFormat, holdMs } = options;
    this.#options = options;
    this.#rateHz = inputFormat.sampleRateHz;
    this.#holdSamples = this.#positionOf(holdMs);
    const needed = this.#holdSamples + this.#positionOf(aheadMs) + 2 * blockSamples;
    const size = 2 ** Math.ceil(Math.log2(needed));
    this.#mask = size - 1;
    this.#ring = new Uint8Array(2 * size).fill(mulawSilence);
    const isSameRate = outputFormat.sampleRateHz === this.#rateHz;
    this.#agentFormat = isSameRate ? outputFormat : { encoding: "mulaw", sampleRateHz: this.#rateHz };
    this.#toAgentSound = sameFormat(outputFormat, this.#agentFormat)
      ? (audio) => audio
      : createConverter(outputFormat, this.#agentFormat);
  }

  /** A frame of the caller's, as the transport gave it. */
  onCallerAudio(frame: Uint8Array): void {
    if (this.#isClosed) return;
    const { inputFormat, now } = this.#options;
    const nowMs = now();
    this.#giveUpTo(this.#positionOf(nowMs) - this.#holdSamples);
    const samples = Math.floor(frame.byteLength / bytesPerSample(inputFormat));
    const startsAt = Math.max(0, this.#positionOf(nowMs) - samples);
    if (this.#callerAt < this.#given) this.#callerAt = Math.max(startsAt, this.#given);
    this.#followClock(startsAt, nowMs);
    if (this.#callerAt - startsAt > this.#positionOf(earlyMs)) return;
    this.#put(caller, this.#callerAt, { audio: frame, format: inputFormat, samples });
    this.#callerAt += samples;
  }

  /** Sound for the caller's ear, as the ledger sent it. */
  onSent(audio: Uint8Array, { continues, delayMs }: { continues: boolean; delayMs: number }): void {
    if (this.#isClosed) return;
    const nowAt = this.#positionOf(this.#options.now());
    this.#giveUpTo(nowAt - this.#holdSamples);
    const sound = this.#toAgentSound(audio);
    const startsAt = continues ? this.#agentAt : Math.max(this.#agentAt, nowAt + this.#positionOf(delayMs));
    const from = Math.max(startsAt, this.#given);
    const room = this.#given + this.#mask + 1 - from;
    const samples = Math.max(0, Math.min(room, Math.floor(sound.byteLength / bytesPerSample(this.#agentFormat))));
    this.#put(agent, from, { audio: sound, format: this.#agentFormat, samples });
    this.#agentAt = from + samples;
  }

  /** What the ledger took back was not heard. */
  onTakenBack(bytes: number): void {
    const unheard = this.#positionOf(durationOfBytes(this.#options.outputFormat, bytes));
    const nowAt = this.#positionOf(this.#options.now());
    const from = Math.max(this.#given, Math.min(nowAt, this.#agentAt - unheard));
    this.#silence(agent, from, this.#agentAt);
    this.#agentAt = Math.min(this.#agentAt, from);
  }

  /** From now on, or from `fromMs` where that is still held, both voices are silence. Time goes on. */
  pause(reason: string, fromMs: number = this.#options.now()): void {
    this.#reasons.add(reason);
    const from = Math.max(this.#given, this.#positionOf(fromMs));
    this.#silence(caller, from, this.#callerAt);
    this.#silence(agent, from, this.#agentAt);
  }

  resume(reason: string): void {
    this.#reasons.delete(reason);
  }

  /** The call is over: gives away what is left. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const end = Math.max(this.#given, this.#positionOf(this.#options.now()));
    this.#giveUpTo(end);
    const { sink } = this.#options;
    if (end > this.#given) sink.write(this.#view(end - this.#given));
    sink.close();
  }

  #positionOf(ms: number): number {
    return Math.floor((ms * this.#rateHz) / 1000);
  }

  /** A late frame is put behind the one before it; when the lateness stays, sound was lost, and what came since moves to its time. */
  #followClock(startsAt: number, nowMs: number): void {
    const gap = startsAt - this.#callerAt;
    if (gap <= this.#positionOf(lateMs)) {
      this.#late = undefined;
      return;
    }
    this.#late ??= { sinceMs: nowMs, from: this.#callerAt };
    if (nowMs - this.#late.sinceMs < lossKnownAfterMs) return;
    const from = Math.max(this.#given, this.#late.from);
    for (let at = this.#callerAt - 1; at >= from; at--) {
      const sample = 2 * (at & this.#mask);
      this.#ring[2 * ((at + gap) & this.#mask)] = this.#ring[sample] as number;
      this.#ring[sample] = mulawSilence;
    }
    this.#callerAt += gap;
    this.#late = undefined;
  }

  #put(channel: 0 | 1, at: number, sound: { audio: Uint8Array; format: AudioFormat; samples: number }): void {
    if (this.#reasons.size > 0) return;
    const ring = this.#ring;
    const mask = this.#mask;
    const { audio, samples } = sound;
    if (sound.format.encoding === "mulaw") {
      for (let i = 0; i < samples; i++) ring[2 * ((at + i) & mask) + channel] = audio[i] as number;
      return;
    }
    for (let i = 0; i < samples; i++) {
      const sample = (audio[2 * i] as number) | ((audio[2 * i + 1] as number) << 8);
      ring[2 * ((at + i) & mask) + channel] = sampleToMulaw[sample] as number;
    }
  }

  #silence(channel: 0 | 1, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#ring[2 * (at & this.#mask) + channel] = mulawSilence;
  }

  /** Blocks are whole and the ring is a whole number of them, so a block never goes round the end. */
  #giveUpTo(end: number): void {
    while (this.#given + blockSamples <= end) {
      const block = this.#view(blockSamples);
      this.#options.sink.write(block);
      block.fill(mulawSilence);
      this.#given += blockSamples;
    }
  }

  #view(samples: number): Uint8Array {
    const start = 2 * (this.#given & this.#mask);
    return this.#ring.subarray(start, start + 2 * samples);
  }
}

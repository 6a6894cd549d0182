import { createConverter } from "../../audio/convert.ts";
import { createNoiseFloor, energyOfDbfs } from "../../audio/energy.ts";
import type { AudioFormat } from "../../audio/frame.ts";
import { mulawToSample } from "../../audio/mulaw.ts";
import type { VoiceActivityStream } from "../../call/ports.ts";
import { probabilityOfEnergy } from "./energy-vad.ts";
import { stateSize } from "./silero-model.ts";

/** What the network takes at a rate: samples judged, preceded by the end of what was judged before. */
export const windowShapes = {
  8000: { windowSamples: 256, contextSamples: 32 },
  16_000: { windowSamples: 512, contextSamples: 64 },
} as const;

export type SileroRate = keyof typeof windowShapes;

/** Windows that may wait for the network; more, and the oldest are answered without it. */
const slots = 8;
/** Below this many times the line's noise nothing is worth the network's time … */
const gateOverFloor = 3;
const alwaysQuiet = energyOfDbfs(-62);
/** … unless somebody was speaking just now. */
const openAfterSpeechMs = 400;
const speechProbability = 0.3;
/** Once a sound has opened the gate, this much is judged, so that soft beginnings are judged whole. */
const openAfterSoundMs = 96;

const mulawToFloat = Float32Array.from(mulawToSample, (sample) => sample / 32_768);

export interface SileroStreamOptions {
  readonly format: AudioFormat;
  readonly onProbability: (probability: number, audioEndMs: number) => void;
  /** A window waits: judge it with the next batch. */
  readonly onWaiting: (stream: SileroStream) => void;
  readonly onFrame: () => void;
}

export function sileroRateOf(format: AudioFormat): SileroRate {
  return format.sampleRateHz === 8000 ? 8000 : 16_000;
}

/** One call's windows: cut, gated by energy, kept in order until the network has judged them. */
export class SileroStream implements VoiceActivityStream {
  readonly rate: SileroRate;
  readonly state = new Float32Array(stateSize);
  isClosed = false;
  private readonly options: SileroStreamOptions;
  private readonly decode: (frame: Uint8Array) => void;
  private readonly size: number;
  private readonly contextSamples: number;
  private readonly windowMs: number;
  private readonly floor = createNoiseFloor();
  /** The slots of the ring, one after the other; the one being filled follows those that wait. */
  private readonly ring: Float32Array;
  private readonly gated = new Uint8Array(slots);
  private readonly fallback = new Float32Array(slots);
  private first = 0;
  private waiting = 0;
  private filled: number;
  private energySum = 0;
  private cutMs = 0;
  private toldMs = 0;
  private openUntilMs = 0;

  constructor(options: SileroStreamOptions) {
    this.options = options;
    this.rate = sileroRateOf(options.format);
    const { windowSamples, contextSamples } = windowShapes[this.rate];
    this.contextSamples = contextSamples;
    this.size = contextSamples + windowSamples;
    this.windowMs = (windowSamples / this.rate) * 1000;
    this.filled = contextSamples;
    this.ring = new Float32Array(slots * this.size);
    this.decode = this.chooseDecoder(options.format);
  }

  push(frame: Uint8Array): void {
    if (!this.isClosed) this.decode(frame);
  }

  close(): void {
    this.isClosed = true;
  }

  get hasWaiting(): boolean {
    return this.waiting > 0;
  }

  /** Copies the oldest waiting window into `target` at `offset`. Windows the gate held back are answered on the way; false when none is left. */
  takeWindow(target: Float32Array, offset: number): boolean {
    while (this.waiting > 0 && this.gated[this.first] === 1) this.answer(0);
    if (this.waiting === 0) return false;
    const at = this.first * this.size;
    target.set(this.ring.subarray(at, at + this.size), offset);
    return true;
  }

  /** The network's answer for the window taken last; absent when it failed, then energy decides. */
  answer(probability: number | undefined): void {
    const told = probability ?? (this.fallback[this.first] as number);
    this.first = (this.first + 1) % slots;
    this.waiting--;
    this.tell(told);
  }

  private tell(probability: number): void {
    this.toldMs += this.windowMs;
    if (probability >= speechProbability)
      this.openUntilMs = Math.max(this.openUntilMs, this.toldMs + openAfterSpeechMs);
    if (!this.isClosed) this.options.onProbability(probability, this.toldMs);
  }

  private chooseDecoder(format: AudioFormat): (frame: Uint8Array) => void {
    if (format.sampleRateHz !== this.rate) {
      const convert = createConverter(format, { encoding: "pcm16", sampleRateHz: this.rate });
      return (frame) => this.takePcm(convert(frame));
    }
    return format.encoding === "mulaw" ? (frame) => this.takeMulaw(frame) : (frame) => this.takePcm(frame);
  }

  private takeMulaw(frame: Uint8Array): void {
    for (let i = 0; i < frame.length; i++) this.takeSample(mulawToFloat[frame[i] as number] as number);
  }

  private takePcm(frame: Uint8Array): void {
    for (let i = 0; i + 1 < frame.length; i += 2) {
      this.takeSample(((((frame[i] as number) | ((frame[i + 1] as number) << 8)) << 16) >> 16) / 32_768);
    }
  }

  private takeSample(sample: number): void {
    const slot = (this.first + this.waiting) % slots;
    this.ring[slot * this.size + this.filled] = sample;
    this.energySum += sample * sample;
    this.filled++;
    if (this.filled === this.size) this.cutWindow(slot);
  }

  private cutWindow(slot: number): void {
    const energy = (this.energySum / (this.size - this.contextSamples)) * 32_768 ** 2;
    this.energySum = 0;
    this.filled = this.contextSamples;
    this.cutMs += this.windowMs;
    this.options.onFrame();
    const overFloor = this.floor.update(energy, this.windowMs);
    const isSound = overFloor >= gateOverFloor && energy >= alwaysQuiet;
    if (isSound) this.openUntilMs = Math.max(this.openUntilMs, this.cutMs + openAfterSoundMs);
    const isGated = this.cutMs > this.openUntilMs;

    const next = isGated && this.waiting === 0 ? slot : (slot + 1) % slots;
    const end = (slot + 1) * this.size;
    this.ring.copyWithin(next * this.size, end - this.contextSamples, end);
    if (next === slot) return this.tell(0);
    this.gated[slot] = isGated ? 1 : 0;
    this.fallback[slot] = probabilityOfEnergy(energy, overFloor);
    this.waiting++;
    if (this.waiting === slots) this.answer(undefined);
    this.options.onWaiting(this);
  }
}

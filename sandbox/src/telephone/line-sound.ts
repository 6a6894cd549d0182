import { encodeMulaw } from "../voice/index.ts";

/** What the line does to the caller's voice. */
export interface LineQuality {
  /** Background noise under everything, dBFS RMS (e.g. -45); none when left out. */
  readonly noiseDb?: number | undefined;
  /** Share of the caller's packets that never arrive, 0 to 1. */
  readonly lossShare?: number | undefined;
  /** The microphone is driven this much too hard: dB of gain before the samples are cut off. */
  readonly clipDb?: number | undefined;
  /** Seed of noise and loss: the same seed gives the same line. */
  readonly seed?: number | undefined;
}

/** Sound cut into ready frames: base64 of 160 mu-law bytes each. */
export interface Track {
  readonly frames: readonly string[];
  /** End of the last voiced sample, from the track's start; 0 when nothing is voiced. */
  readonly lastVoiceMs: number;
}

export interface LineSound {
  track(samples: Int16Array): Track;
  /** A loop of background noise (or silence). */
  readonly idle: readonly string[];
  isLost(): boolean;
}

const frameSamples = 160;
const samplesPerMs = 8;
/** -40 dBFS: below it a sample counts as silence. */
const voicedAmplitude = 330;
const idleFrames = 100;

export function createLineSound(quality: LineQuality): LineSound {
  const random = createRandom(quality.seed ?? 1);
  const gain = 10 ** ((quality.clipDb ?? 0) / 20);
  const noiseAmplitude = quality.noiseDb === undefined ? 0 : 32_768 * 10 ** (quality.noiseDb / 20) * Math.sqrt(3);
  const lossShare = quality.lossShare ?? 0;

  function spoil(sample: number): number {
    const noise = noiseAmplitude === 0 ? 0 : (random() * 2 - 1) * noiseAmplitude;
    return Math.max(-32_768, Math.min(32_767, Math.round(sample * gain + noise)));
  }

  function cut(samples: Int16Array): string[] {
    const count = Math.ceil(samples.length / frameSamples);
    return Array.from({ length: count }, (_, index) => {
      const frame = new Int16Array(frameSamples);
      for (let at = 0; at < frameSamples; at += 1) frame[at] = spoil(samples[index * frameSamples + at] ?? 0);
      return Buffer.from(encodeMulaw(frame)).toString("base64");
    });
  }

  return {
    track: (samples) => ({ frames: cut(samples), lastVoiceMs: lastVoiceMs(samples) }),
    idle: cut(new Int16Array(frameSamples * (noiseAmplitude === 0 ? 1 : idleFrames))),
    isLost: () => lossShare > 0 && random() < lossShare,
  };
}

function lastVoiceMs(samples: Int16Array): number {
  for (let at = samples.length - 1; at >= 0; at -= 1) {
    if (Math.abs(samples[at] ?? 0) > voicedAmplitude) return (at + 1) / samplesPerMs;
  }
  return 0;
}

/** A cough: a burst of noise that rises at once and dies away, without a word in it. */
export function makeCough(options: { durationMs: number; levelDb: number; seed?: number }): Int16Array {
  const random = createRandom(options.seed ?? 7);
  const peak = 32_768 * 10 ** (options.levelDb / 20);
  const samples = new Int16Array(options.durationMs * samplesPerMs);
  let smooth = 0;
  for (let at = 0; at < samples.length; at += 1) {
    smooth = 0.5 * smooth + 0.5 * (random() * 2 - 1);
    samples[at] = Math.round(smooth * peak * Math.exp((-3 * at) / samples.length));
  }
  return samples;
}

export function joinSamples(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function makeSilence(durationMs: number): Int16Array {
  return new Int16Array(Math.round(durationMs * samplesPerMs));
}

/** mulberry32: small, seeded, the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

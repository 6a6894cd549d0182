import type { AudioFormat } from "./frame.ts";
import { mulawToSample } from "./mulaw.ts";

const mulawSquare = Float64Array.from(mulawToSample, (sample) => sample * sample);

/** Mean square of a mu-law frame, in squared 16-bit sample units (full scale 2^30). 0 for an empty frame. */
export function mulawEnergy(frame: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += mulawSquare[frame[i] as number] as number;
  return frame.length === 0 ? 0 : sum / frame.length;
}

/** Mean square of a PCM16 frame, any alignment. 0 for an empty frame. */
export function pcmEnergy(frame: Uint8Array): number {
  const samples = frame.length >> 1;
  let sum = 0;
  for (let i = 0; i < samples; i++) {
    const sample = (((frame[2 * i] as number) | ((frame[2 * i + 1] as number) << 8)) << 16) >> 16;
    sum += sample * sample;
  }
  return samples === 0 ? 0 : sum / samples;
}

export function energyMeter(format: AudioFormat): (frame: Uint8Array) => number {
  return format.encoding === "mulaw" ? mulawEnergy : pcmEnergy;
}

/** Mean square of samples in an Int16 or unit-scaled float array. */
export function samplesEnergy(samples: Int16Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** Mean square of a level in dB below full scale. */
export function energyOfDbfs(dbfs: number): number {
  return 32_768 ** 2 * 10 ** (dbfs / 10);
}

export interface NoiseFloor {
  /** Takes the next frame's mean square and returns how many times over the floor it is (1 = at the floor). */
  update(energy: number, durationMs: number): number;
  readonly energy: number;
}

const quietest = energyOfDbfs(-66);
const loudest = energyOfDbfs(-30);
const riseDbPerSecond = 3;
const fallShare = 0.3;
const learnMs = 200;

/**
 * Follows the background of a line: falls at once with quieter frames, rises slowly, so that words between pauses do not
 * lift it and a fan that starts does.
 */
export function createNoiseFloor(): NoiseFloor {
  let floor = loudest;
  let heardMs = 0;
  return {
    get energy() {
      return floor;
    },
    update(energy, durationMs) {
      // The line as it was found: its quietest frame of the first moments.
      if (heardMs < learnMs) floor = Math.min(floor, energy);
      else if (energy < floor) floor += (energy - floor) * fallShare;
      else floor *= 10 ** ((riseDbPerSecond * durationMs) / 10_000);
      heardMs += durationMs;
      floor = Math.min(loudest, Math.max(quietest, floor));
      return energy / floor;
    },
  };
}

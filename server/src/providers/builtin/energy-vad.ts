import { createNoiseFloor, energyMeter, energyOfDbfs } from "../../audio/energy.ts";
import { durationOfBytes } from "../../audio/frame.ts";
import type { VoiceActivityDetector } from "../../call/ports.ts";

/** No voice on a telephone is quieter. */
const quietestVoice = energyOfDbfs(-50);
/** Over the line's noise: half a probability, and how many more decibels make it nearly one. */
const halfwayDb = 9;
const slopeDb = 2;
/** Share of its probability that a piece of speech keeps 20 ms later: stops and short gaps do not end a word. */
const keptShare = 0.82;

/** Speech probability of a frame that is `overFloor` times as strong as the line's noise. */
export function probabilityOfEnergy(energy: number, overFloor: number): number {
  if (energy < quietestVoice) return 0;
  return 1 / (1 + Math.exp((halfwayDb - 10 * Math.log10(overFloor)) / slopeDb));
}

/** Voice activity by energy over the line's own noise. Answers within `push`. `model` tells why it is used. */
export function createEnergyVad(model = "energy"): VoiceActivityDetector {
  let frames = 0;
  return {
    model,
    stats: () => ({ frames, modelFrames: 0 }),
    open({ format, onProbability }) {
      const energyOf = energyMeter(format);
      const floor = createNoiseFloor();
      let endMs = 0;
      let recent = 0;
      let before = 0;
      let isClosed = false;
      return {
        push(frame) {
          if (isClosed || frame.length === 0) return;
          frames++;
          const durationMs = durationOfBytes(format, frame.length);
          const energy = energyOf(frame);
          const now = probabilityOfEnergy(energy, floor.update(energy, durationMs));
          // One loud frame alone is a click.
          recent = Math.max(Math.min(now, Math.max(before, 0.4)), recent * keptShare ** (durationMs / 20));
          before = now;
          endMs += durationMs;
          onProbability(recent, endMs);
        },
        close() {
          isClosed = true;
        },
      };
    },
  };
}

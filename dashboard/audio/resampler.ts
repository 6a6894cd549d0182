/**
 * Streaming band-limited resampler for any two rates: windowed sinc, one table, phases interpolated.
 * Runs in an AudioWorklet as it stands: no imports but our own, no DOM.
 */
const zeroCrossings = 16;
const stepsPerCrossing = 128;

/** Hann-windowed sinc, sampled `stepsPerCrossing` times between zero crossings; one half, symmetric. */
function makeTable(): Float32Array {
  const table = new Float32Array(zeroCrossings * stepsPerCrossing + 2);
  for (let index = 0; index < table.length; index++) {
    const x = index / stepsPerCrossing;
    const window = x >= zeroCrossings ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / zeroCrossings);
    table[index] = x === 0 ? 1 : (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  }
  return table;
}

const table = makeTable();

export class Resampler {
  readonly #inputPerOutput: number;
  /** Below 1 when the output's band is narrower: what lies above it must not fold back. */
  readonly #cutoff: number;
  readonly #reach: number;
  #held: Float32Array;
  /** Of the next output sample, in input samples from the start of `#held`. */
  #position: number;

  constructor(inputRateHz: number, outputRateHz: number) {
    this.#inputPerOutput = inputRateHz / outputRateHz;
    this.#cutoff = Math.min(1, outputRateHz / inputRateHz) * (inputRateHz === outputRateHz ? 1 : 0.94);
    this.#reach = Math.ceil(zeroCrossings / this.#cutoff);
    this.#held = new Float32Array(this.#reach);
    this.#position = this.#reach;
  }

  /** Takes samples as they come; returns those that can be computed by now. Delay: about 16 samples of the slower rate. */
  push(input: Float32Array): Float32Array {
    const samples = new Float32Array(this.#held.length + input.length);
    samples.set(this.#held);
    samples.set(input, this.#held.length);
    const last = samples.length - this.#reach;
    const count = Math.max(0, Math.ceil((last - this.#position) / this.#inputPerOutput));
    const output = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      output[index] = this.#sampleAt(samples, this.#position + index * this.#inputPerOutput);
    }
    const next = this.#position + count * this.#inputPerOutput;
    const keepFrom = Math.max(0, Math.min(samples.length, Math.floor(next) - this.#reach));
    this.#held = samples.slice(keepFrom);
    this.#position = next - keepFrom;
    return output;
  }

  #sampleAt(samples: Float32Array, position: number): number {
    const from = Math.max(0, Math.ceil(position - this.#reach));
    const to = Math.min(samples.length - 1, Math.floor(position + this.#reach));
    const scale = this.#cutoff * stepsPerCrossing;
    let sum = 0;
    for (let index = from; index <= to; index++) {
      const at = Math.abs(index - position) * scale;
      const slot = Math.floor(at);
      const low = table[slot] ?? 0;
      const high = table[slot + 1] ?? 0;
      sum += (samples[index] ?? 0) * (low + (high - low) * (at - slot));
    }
    return sum * this.#cutoff;
  }
}

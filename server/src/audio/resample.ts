/**
 * Rational sample-rate conversion by a polyphase windowed-sinc filter. Filters are made once per ratio and shared by all
 * streams; a stream keeps only its last samples, so that chunks of any size join without a seam.
 */

/** Filter length at the lower of the two rates. 8 → 16 kHz gives a 64-tap prototype. */
const tapsAtLowerRate = 32;
const kaiserBeta = 7.8; // stopband below −75 dB
/** Fraction of the lower Nyquist frequency at which the filter is 6 dB down. */
const cutoffShare = 0.92;

interface PolyphaseFilter {
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  /** `up` rows of `taps` coefficients, each row for samples in order of time. */
  readonly rows: Float64Array;
}

export interface Resampler {
  /** Converts the next samples of the stream. Returns a view into `out` when given (long enough for `maxOutput`), else a new array. */
  process(samples: Int16Array, out?: Int16Array): Int16Array;
  /** Upper bound of the samples that `process` makes of `inputLength` samples. */
  maxOutput(inputLength: number): number;
  /** How much later a sample comes out than it went in, in output samples. */
  readonly delaySamples: number;
}

const filters = new Map<string, PolyphaseFilter>();

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of the first kind, order 0. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function designFilter(up: number, down: number): PolyphaseFilter {
  const taps = 2 * Math.ceil((tapsAtLowerRate * Math.max(1, down / up)) / 2);
  const length = taps * up;
  const centre = (length - 1) / 2;
  // The prototype runs at inputRate · up; its cutoff is relative to that rate.
  const cutoff = (0.5 * cutoffShare) / Math.max(up, down);
  const rows = new Float64Array(length);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const n = k * up + phase;
      const t = n - centre;
      const sinc = t === 0 ? 1 : Math.sin(2 * Math.PI * cutoff * t) / (2 * Math.PI * cutoff * t);
      const window = besselI0(kaiserBeta * Math.sqrt(Math.max(0, 1 - (t / (centre + 1)) ** 2)));
      const tap = sinc * window;
      // Newest sample last, so that a row is applied to samples in order.
      rows[phase * taps + (taps - 1 - k)] = tap;
      sum += tap;
    }
    // Every phase passes a constant unchanged; otherwise the differences are heard as tones at the lower rate.
    for (let k = 0; k < taps; k++) rows[phase * taps + k] = (rows[phase * taps + k] as number) / sum;
  }
  return { up, down, taps, rows };
}

function filterFor(fromRateHz: number, toRateHz: number): PolyphaseFilter {
  const divisor = greatestCommonDivisor(fromRateHz, toRateHz);
  const up = toRateHz / divisor;
  const down = fromRateHz / divisor;
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known) return known;
  const made = designFilter(up, down);
  filters.set(key, made);
  return made;
}

function clampSample(value: number): number {
  if (value > 32_767) return 32_767;
  if (value < -32_768) return -32_768;
  return Math.round(value);
}

/** One stream's converter. Rates are whole numbers of Hz; equal rates are a caller's mistake that only costs time. */
export function createResampler(fromRateHz: number, toRateHz: number): Resampler {
  const { up, down, taps, rows } = filterFor(fromRateHz, toRateHz);
  const history = taps - 1;
  let buffer = new Float64Array(history + 512);
  let position = history; // index in `buffer` of the newest sample that the next output needs
  let phase = 0;
  const maxOutput = (inputLength: number) => Math.ceil((inputLength * up) / down) + 1;

  return {
    delaySamples: (((taps * up - 1) / 2) * 1) / down,
    maxOutput,
    process(samples, out = new Int16Array(maxOutput(samples.length))) {
      const end = history + samples.length;
      if (buffer.length < end) {
        const larger = new Float64Array(end);
        larger.set(buffer.subarray(0, history));
        buffer = larger;
      }
      for (let i = 0; i < samples.length; i++) buffer[history + i] = samples[i] as number;
      let made = 0;
      while (position < end) {
        const row = phase * taps;
        const first = position - history;
        let sum = 0;
        for (let k = 0; k < taps; k++) sum += (rows[row + k] as number) * (buffer[first + k] as number);
        out[made++] = clampSample(sum);
        phase += down;
        const steps = Math.floor(phase / up);
        phase -= steps * up;
        position += steps;
      }
      buffer.copyWithin(0, samples.length, end);
      position -= samples.length;
      return out.subarray(0, made);
    },
  };
}

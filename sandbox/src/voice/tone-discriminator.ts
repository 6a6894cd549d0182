import { BITS_PER_SECOND, ONE_TONE_HZ, ZERO_TONE_HZ } from "./modem.ts";

type Tone = { cos: Float64Array; sin: Float64Array };

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function tabulateTone(toneHz: number, sampleRateHz: number): Tone {
  const period = sampleRateHz / greatestDivisor(sampleRateHz, toneHz);
  const angle = (2 * Math.PI * toneHz) / sampleRateHz;
  return {
    cos: Float64Array.from({ length: period }, (_, i) => Math.cos(angle * i)),
    sin: Float64Array.from({ length: period }, (_, i) => Math.sin(angle * i)),
  };
}

const tables = new Map<number, { zero: Tone; one: Tone }>();

function tonesFor(sampleRateHz: number): { zero: Tone; one: Tone } {
  const known = tables.get(sampleRateHz);
  if (known) return known;
  const made = { zero: tabulateTone(ZERO_TONE_HZ, sampleRateHz), one: tabulateTone(ONE_TONE_HZ, sampleRateHz) };
  tables.set(sampleRateHz, made);
  return made;
}

/** One tone's strength over the last bit: a sliding sum of the signal turned down to 0 Hz. */
function createMatchedTone(
  tone: Tone,
  window: number,
): { push: (x: number) => void; power: () => number; clear: () => void } {
  const { cos, sin } = tone;
  const period = cos.length;
  const real = new Float64Array(window);
  const imaginary = new Float64Array(window);
  let [phase, slot, sumReal, sumImaginary] = [0, 0, 0, 0];
  return {
    push(x) {
      const re = x * (cos[phase] as number);
      const im = x * (sin[phase] as number);
      sumReal += re - (real[slot] as number);
      sumImaginary += im - (imaginary[slot] as number);
      real[slot] = re;
      imaginary[slot] = im;
      if (++phase === period) phase = 0;
      if (++slot === window) slot = 0;
    },
    power: () => sumReal * sumReal + sumImaginary * sumImaginary,
    clear() {
      real.fill(0);
      imaginary.fill(0);
      sumReal = 0;
      sumImaginary = 0;
    },
  };
}

/** `push` takes one sample; `read` says −1 (zero) … +1 (one) for the bit that ends here, and how strong it is. */
export type ToneDiscriminator = { push(x: number): void; read(): number; strength(): number; clear(): void };

export function createToneDiscriminator(sampleRateHz: number): ToneDiscriminator {
  const window = Math.round(sampleRateHz / BITS_PER_SECOND);
  const tones = tonesFor(sampleRateHz);
  const zero = createMatchedTone(tones.zero, window);
  const one = createMatchedTone(tones.one, window);
  let strength = 0;
  return {
    push(x) {
      zero.push(x);
      one.push(x);
    },
    read() {
      const a = Math.sqrt(one.power());
      const b = Math.sqrt(zero.power());
      strength = (a + b) / window;
      return (a - b) / (a + b + 1e-3 * window);
    },
    strength: () => strength,
    clear() {
      zero.clear();
      one.clear();
      strength = 0;
    },
  };
}

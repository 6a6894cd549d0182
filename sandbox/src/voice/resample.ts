/** Windowed-sinc conversion, one tap set per output phase. Keeps what lies under `cutoffHz`; 350 Hz above it the stop band begins. */
const TRANSITION_HZ = 350;

type Phases = { taps: Float32Array[]; length: number };
const known = new Map<string, Phases>();

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function blackman(position: number): number {
  return 0.42 + 0.5 * Math.cos(Math.PI * position) + 0.08 * Math.cos(2 * Math.PI * position);
}

function designPhases(fromHz: number, toHz: number, cutoffHz: number): Phases {
  const half = Math.ceil((2.75 * fromHz) / TRANSITION_HZ);
  const length = 2 * half;
  const phaseCount = toHz / greatestDivisor(fromHz, toHz);
  const cut = (2 * cutoffHz) / fromHz;
  const taps = Array.from({ length: phaseCount }, (_, phase) => {
    const set = new Float32Array(length);
    for (let k = 0; k < length; k++) {
      const distance = k - half + 1 - phase / phaseCount;
      const x = Math.PI * cut * distance;
      set[k] = cut * (x === 0 ? 1 : Math.sin(x) / x) * (Math.abs(distance) < half ? blackman(distance / half) : 0);
    }
    return set;
  });
  return { taps, length };
}

/** The sound at another rate, low-passed at `cutoffHz`; the length is the nearest in time, with no delay. */
export function resample(
  input: Float32Array,
  options: { fromHz: number; toHz: number; cutoffHz: number },
): Float32Array<ArrayBuffer> {
  const { fromHz, toHz, cutoffHz } = options;
  const key = `${fromHz}/${toHz}/${cutoffHz}`;
  const phases = known.get(key) ?? designPhases(fromHz, toHz, cutoffHz);
  known.set(key, phases);
  const { taps, length } = phases;
  const step = fromHz / greatestDivisor(fromHz, toHz);
  const output = new Float32Array(Math.round((input.length * toHz) / fromHz));
  for (let i = 0; i < output.length; i++) {
    const position = i * step;
    const phase = position % taps.length;
    const set = taps[phase] as Float32Array;
    const first = (position - phase) / taps.length - length / 2 + 1;
    let sum = 0;
    for (let k = Math.max(0, -first); k < length && first + k < input.length; k++) {
      sum += (set[k] as number) * (input[first + k] as number);
    }
    output[i] = sum;
  }
  return output;
}

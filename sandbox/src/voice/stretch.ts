const WINDOW_MS = 20;
const SEARCH_MS = 6;

function findBestShift(
  input: Float32Array,
  search: { wanted: number; near: number; range: number; window: number },
): number {
  let [best, bestScore] = [search.near, Number.NEGATIVE_INFINITY];
  for (let start = search.near - search.range; start <= search.near + search.range; start++) {
    if (start < 0 || start + search.window > input.length) continue;
    let [dot, energy] = [0, 1e-9];
    for (let i = 0; i < search.window; i += 2) {
      const x = input[start + i] ?? 0;
      dot += x * (input[search.wanted + i] ?? 0);
      energy += x * x;
    }
    const score = dot / Math.sqrt(energy);
    if (score > bestScore) [best, bestScore] = [start, score];
  }
  return best;
}

/** Makes speech longer without changing its pitch (overlap-add of the best matching pieces). */
export function stretch(input: Float32Array, length: number, sampleRateHz: number): Float32Array<ArrayBuffer> {
  const output = new Float32Array(length);
  const half = Math.round((sampleRateHz * WINDOW_MS) / 2_000);
  const window = half * 2;
  if (input.length < window * 2 || length <= input.length) {
    output.set(input.subarray(0, length));
    return output;
  }
  const range = Math.round((sampleRateHz * SEARCH_MS) / 1_000);
  const lastStart = input.length - window;
  output.set(input.subarray(0, half));
  let source = 0;
  for (let at = half; at < length; at += half) {
    // The piece before continues at source + half: the next piece is the one near its due place that sounds most like it.
    const near = Math.round((at * lastStart) / Math.max(1, length - window));
    const wanted = source + half;
    const next =
      at + window >= length
        ? input.length - (length - at)
        : findBestShift(input, { wanted, near, range, window: half });
    for (let i = 0; i < half && at + i < length; i++) {
      const fade = 0.5 - 0.5 * Math.cos((Math.PI * i) / half);
      output[at + i] = (input[wanted + i] ?? 0) * (1 - fade) + (input[Math.max(0, next) + i] ?? 0) * fade;
    }
    source = Math.max(0, next);
  }
  return output;
}

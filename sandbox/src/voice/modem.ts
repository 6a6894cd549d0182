/** Two tones above the voice band that is left to the speech, 600 Hz apart: orthogonal over one bit of 1/600 s. */
export const BITS_PER_SECOND = 600;
export const ZERO_TONE_HZ = 2_600;
export const ONE_TONE_HZ = 3_200;

/** Adds the bits as a phase-continuous tone to `target`, from sample `start` on. */
export function addBurst(
  target: Float32Array,
  burst: { bits: readonly number[]; start: number; amplitude: number; sampleRateHz: number },
): void {
  const { bits, start, amplitude, sampleRateHz } = burst;
  const samplesPerBit = sampleRateHz / BITS_PER_SECOND;
  const total = Math.floor(bits.length * samplesPerBit);
  let phase = 0;
  for (let i = 0; i < total && start + i < target.length; i++) {
    const tone = bits[Math.floor(i / samplesPerBit)] ? ONE_TONE_HZ : ZERO_TONE_HZ;
    phase += (2 * Math.PI * tone) / sampleRateHz;
    const edge = Math.min(1, (i + 1) / samplesPerBit, (total - i) / samplesPerBit);
    target[start + i] = (target[start + i] ?? 0) + amplitude * edge * Math.sin(phase);
  }
}

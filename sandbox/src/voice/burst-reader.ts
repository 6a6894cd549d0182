import { BITS_PER_SECOND } from "./modem.ts";
import { decodeWord, MAX_WORD_BYTES, OVERHEAD_BYTES, SYNC_BITS } from "./word-code.ts";

const RING = 16_384;
const SYNC_LEVEL = 0.62;
/** Noise decides its bits by half; a burst that was heard decides them nearly all. */
const LEAST_CERTAINTY = 0.6;
const MAX_CANDIDATES = 4;
/** A bit this much weaker than the sync word is taken for a hole in the sound. */
const HOLE = 0.35;

type Candidate = { syncEnd: number; level: number; bits: number | undefined };

/** Takes the discriminator's readings at `readingsPerSecond` and reports each word at the reading where its burst ended. */
export function createBurstReader(options: { readingsPerSecond: number; onWord: (text: string) => void }): {
  push(reading: number, strength: number): void;
} {
  const perBit = options.readingsPerSecond / BITS_PER_SECOND;
  const readings = new Float32Array(RING);
  const strengths = new Float32Array(RING);
  const syncOffsets = SYNC_BITS.map((_, i) => Math.round((SYNC_BITS.length - 1 - i) * perBit));
  const syncSigns = SYNC_BITS.map((bit) => (bit ? 1 : -1));
  let candidates: Candidate[] = [];
  let now = -1;
  let peak: { at: number; value: number } | undefined;

  const at = (values: Float32Array, position: number): number => values[Math.round(position) & (RING - 1)] ?? 0;

  function correlate(): number {
    let sum = 0;
    for (let i = 0; i < syncOffsets.length; i++) {
      sum += (syncSigns[i] as number) * (readings[(now - (syncOffsets[i] as number)) & (RING - 1)] as number);
    }
    return sum / syncOffsets.length;
  }

  function seekSync(): void {
    const value = correlate();
    if (value >= SYNC_LEVEL && value > (peak?.value ?? 0)) peak = { at: now, value };
    if (!peak || now - peak.at < perBit / 2) return;
    const level = syncOffsets.reduce((sum, offset) => sum + at(strengths, (peak?.at ?? 0) - offset), 0) / 16;
    if (candidates.length < MAX_CANDIDATES) candidates.push({ syncEnd: peak.at, level, bits: undefined });
    peak = undefined;
  }

  function readByte(candidate: Candidate, index: number): { value: number; certainty: number } {
    let [value, certainty] = [0, 0];
    for (let bit = 0; bit < 8; bit++) {
      const position = candidate.syncEnd + (index * 8 + bit + 1) * perBit;
      const reading = at(readings, position);
      value = (value << 1) | (reading > 0 ? 1 : 0);
      if (at(strengths, position) > HOLE * candidate.level) certainty += Math.abs(reading) / 8;
    }
    return { value, certainty };
  }

  function readWord(candidate: Candidate, length: number): string | undefined {
    const bytes = Array.from({ length: length + OVERHEAD_BYTES }, (_, i) => readByte(candidate, i));
    const certainty = bytes.map((byte) => byte.certainty);
    const best = certainty.toSorted((a, b) => b - a).slice(0, -3);
    if (best.reduce((a, b) => a + b, 0) / best.length < LEAST_CERTAINTY) return undefined;
    return decodeWord(
      Uint8Array.from(bytes, (byte) => byte.value),
      certainty,
    );
  }

  /** True once the candidate has been judged, one way or the other. */
  function advance(candidate: Candidate): boolean {
    if (candidate.bits === undefined) {
      if (now < candidate.syncEnd + 8 * perBit) return false;
      const length = readByte(candidate, 0).value;
      if (length === 0 || length > MAX_WORD_BYTES) return true;
      candidate.bits = (length + OVERHEAD_BYTES) * 8;
    }
    if (now < candidate.syncEnd + candidate.bits * perBit) return false;
    const word = readWord(candidate, candidate.bits / 8 - OVERHEAD_BYTES);
    if (word === undefined) return true;
    candidates = [];
    peak = undefined;
    options.onWord(word);
    return true;
  }

  return {
    push(reading, strength) {
      now += 1;
      readings[now & (RING - 1)] = reading;
      strengths[now & (RING - 1)] = strength;
      seekSync();
      for (const candidate of candidates) {
        if (advance(candidate)) candidates = candidates.filter((other) => other !== candidate);
      }
    },
  };
}

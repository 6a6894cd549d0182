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
type Readings = {
  perBit: number;
  now: () => number;
  reading: (position: number) => number;
  strength: (position: number) => number;
};
const syncSigns = SYNC_BITS.map((bit) => (bit ? 1 : -1));

/** Calls `onSync` half a bit after the best match of the sync word. */
function createSyncSeeker(readings: Readings, onSync: (candidate: Candidate) => void): { seek(): void; reset(): void } {
  const offsets = SYNC_BITS.map((_, i) => Math.round((SYNC_BITS.length - 1 - i) * readings.perBit));
  let peak: { at: number; value: number } | undefined;

  function correlate(): number {
    const now = readings.now();
    let sum = 0;
    for (let i = 0; i < offsets.length; i++) {
      sum += (syncSigns[i] as number) * readings.reading(now - (offsets[i] as number));
    }
    return sum / offsets.length;
  }

  return {
    seek() {
      const value = correlate();
      if (value >= SYNC_LEVEL && value > (peak?.value ?? 0)) peak = { at: readings.now(), value };
      if (!peak || readings.now() - peak.at < readings.perBit / 2) return;
      const { at } = peak;
      const level = offsets.reduce((sum, offset) => sum + readings.strength(at - offset), 0) / offsets.length;
      peak = undefined;
      onSync({ syncEnd: at, level, bits: undefined });
    },
    reset() {
      peak = undefined;
    },
  };
}

function readByte(readings: Readings, candidate: Candidate, index: number): { value: number; certainty: number } {
  let [value, certainty] = [0, 0];
  for (let bit = 0; bit < 8; bit++) {
    const position = Math.round(candidate.syncEnd + (index * 8 + bit + 1) * readings.perBit);
    const reading = readings.reading(position);
    value = (value << 1) | (reading > 0 ? 1 : 0);
    if (readings.strength(position) > HOLE * candidate.level) certainty += Math.abs(reading) / 8;
  }
  return { value, certainty };
}

function readWord(readings: Readings, candidate: Candidate, byteCount: number): string | undefined {
  const bytes = Array.from({ length: byteCount }, (_, i) => readByte(readings, candidate, i));
  const certainty = bytes.map((byte) => byte.certainty);
  const best = certainty.toSorted((a, b) => b - a).slice(0, -3);
  if (best.reduce((a, b) => a + b, 0) / best.length < LEAST_CERTAINTY) return undefined;
  return decodeWord(
    Uint8Array.from(bytes, (byte) => byte.value),
    certainty,
  );
}

/** Takes the discriminator's readings at `readingsPerSecond` and reports each word at the reading where its burst ended. */
export function createBurstReader(options: { readingsPerSecond: number; onWord: (text: string) => void }): {
  push(reading: number, strength: number): void;
} {
  const values = new Float32Array(RING);
  const strengths = new Float32Array(RING);
  let now = -1;
  let candidates: Candidate[] = [];
  const readings: Readings = {
    perBit: options.readingsPerSecond / BITS_PER_SECOND,
    now: () => now,
    reading: (position) => values[position & (RING - 1)] as number,
    strength: (position) => strengths[position & (RING - 1)] as number,
  };
  const seeker = createSyncSeeker(readings, (candidate) => {
    if (candidates.length < MAX_CANDIDATES) candidates.push(candidate);
  });

  /** True once the candidate has been judged, one way or the other. */
  function advance(candidate: Candidate): boolean {
    if (candidate.bits === undefined) {
      if (now < candidate.syncEnd + 8 * readings.perBit) return false;
      const length = readByte(readings, candidate, 0).value;
      if (length === 0 || length > MAX_WORD_BYTES) return true;
      candidate.bits = (length + OVERHEAD_BYTES) * 8;
    }
    if (now < candidate.syncEnd + candidate.bits * readings.perBit) return false;
    const word = readWord(readings, candidate, candidate.bits / 8);
    if (word === undefined) return true;
    candidates = [];
    seeker.reset();
    options.onWord(word);
    return true;
  }

  return {
    push(reading, strength) {
      now += 1;
      values[now & (RING - 1)] = reading;
      strengths[now & (RING - 1)] = strength;
      seeker.seek();
      for (const candidate of candidates) {
        if (advance(candidate)) candidates = candidates.filter((other) => other !== candidate);
      }
    },
  };
}

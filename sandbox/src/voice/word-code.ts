import { appendParity, PARITY_BYTES, restoreBytes } from "./erasure-code.ts";

/** On the air: 2 lead-in bits, 16 sync bits, length byte, UTF-8 of the word, CRC-16, 3 parity bytes, 1 closing bit. */
export const SYNC_BITS: readonly number[] = [1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
const LEAD_IN_BITS: readonly number[] = [0, 1];
const CRC_BYTES = 2;
export const MAX_WORD_BYTES = 120;
/** Bytes of a codeword beside the word itself. */
export const OVERHEAD_BYTES = 1 + CRC_BYTES + PARITY_BYTES;
/** A loss of one packet hits a run of bytes: only the least certain runs are tried, so that noise seldom passes the checksum. */
const MAX_REPAIRS = 6;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

function computeCrc(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function toBits(bytes: Uint8Array): number[] {
  return Array.from(bytes).flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1));
}

/** The bits to modulate for one word of at most {@link MAX_WORD_BYTES}. */
export function encodeWord(word: string): number[] {
  const payload = new TextEncoder().encode(word);
  if (payload.length === 0 || payload.length > MAX_WORD_BYTES) {
    throw new RangeError(`a word has 1 to ${MAX_WORD_BYTES} bytes, not ${payload.length}: split it`);
  }
  const body = new Uint8Array(1 + payload.length);
  body[0] = payload.length;
  body.set(payload, 1);
  const crc = computeCrc(body);
  return [...LEAD_IN_BITS, ...SYNC_BITS, ...toBits(appendParity(Uint8Array.from([...body, crc >> 8, crc & 0xff]))), 1];
}

function readChecked(codeword: Uint8Array, length: number): string | undefined {
  const body = codeword.subarray(0, 1 + length);
  const crc = ((codeword[1 + length] ?? 0) << 8) | (codeword[2 + length] ?? 0);
  if (body[0] !== length || computeCrc(body) !== crc) return undefined;
  try {
    return strictUtf8.decode(body.subarray(1));
  } catch {
    return undefined;
  }
}

/**
 * The word in a received codeword, or undefined if it cannot be trusted.
 * `certainty` holds 0…1 for each byte and says where a repair is worth trying.
 */
export function decodeWord(codeword: Uint8Array, certainty: readonly number[]): string | undefined {
  const length = codeword.length - OVERHEAD_BYTES;
  const clean = readChecked(codeword, length);
  if (clean !== undefined) return clean;
  const runs = Array.from({ length: codeword.length - PARITY_BYTES + 1 }, (_, start) => ({
    start,
    certainty: (certainty[start] ?? 0) + (certainty[start + 1] ?? 0) + (certainty[start + 2] ?? 0),
  }));
  runs.sort((a, b) => a.certainty - b.certainty);
  for (const run of runs.slice(0, MAX_REPAIRS)) {
    const repaired = readChecked(restoreBytes(codeword, run.start), length);
    if (repaired !== undefined) return repaired;
  }
  return undefined;
}

/** Cuts a word that is too long for one burst at character boundaries. */
export function splitLongWord(word: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (Buffer.byteLength(part + character) > MAX_WORD_BYTES) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return part === "" ? parts : [...parts, part];
}

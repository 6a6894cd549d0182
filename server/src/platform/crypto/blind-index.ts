/** Words that can be found without being stored: keyed hashes, of 63 bits so that a database compares them as numbers. */
import { deriveSecret, keyedHash } from "./envelope.ts";

/**
 * Different organisations' hashes of one word differ, and without the key a hash says nothing but that two texts share a word.
 * 63 bits: among a million words two meet by chance once in ten million times.
 */
export function createBlindIndex(orgKey: Buffer, purpose: string): (word: string) => bigint {
  const key = deriveSecret(orgKey, `blind index: ${purpose}`);
  return (word) => keyedHash(key, word).readBigInt64BE(0) & 0x7fff_ffff_ffff_ffffn;
}

/** How a key reads: `parley_<prefix>_<secret>`. The prefix is shown, the whole is kept as a hash. */
import { createHash, randomBytes } from "node:crypto";

const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

export function newKeyText(): { key: string; prefix: string } {
  const name = Array.from(randomBytes(8), (byte) => alphabet[byte % alphabet.length]).join("");
  const prefix = `parley_${name}`;
  return { key: `${prefix}_${randomBytes(32).toString("base64url")}`, prefix };
}

/** A key holds 256 random bits, so a plain hash of it tells nothing. Keys of any form are taken. */
export function hashOfKey(key: string): Buffer {
  return createHash("sha256").update("api-key\0").update(key).digest();
}

/** Of a key that was not made by `newKeyText`: enough to know it again, too little to guess it. */
export function prefixOf(key: string): string {
  return key.slice(0, Math.min(10, Math.floor(key.length / 3)));
}

import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** `call_01h…`: the wall clock first, so that ids sort by age, then 80 random bits. */
export function newId(prefix: string, wallNowMs: number): string {
  let time = "";
  for (let rest = Math.trunc(wallNowMs), digits = 0; digits < 10; digits++, rest = Math.floor(rest / 32)) {
    time = `${alphabet[rest % 32]}${time}`;
  }
  const random = Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join("");
  return `${prefix}_${time}${random}`;
}

/** Tokens that stand for something: random, shown once, kept as keyed hashes. */
import { randomBytes } from "node:crypto";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";

export interface SecretTokens {
  make(): { token: string; tokenHash: Buffer };
  hashOf(token: string): Buffer;
}

export function createSecretTokens(masterKey: Buffer, kind: "refresh" | "one-time"): SecretTokens {
  const key = deriveSecret(masterKey, `${kind}-token`);
  const prefix = kind === "refresh" ? "prt_" : "pot_";
  const hashOf = (token: string) => keyedHash(key, token);
  return {
    hashOf,
    make() {
      const token = `${prefix}${randomBytes(32).toString("base64url")}`;
      return { token, tokenHash: hashOf(token) };
    },
  };
}

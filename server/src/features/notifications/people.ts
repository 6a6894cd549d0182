/** Whose number it is, without the number. */
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";

/** E.164. The same hash as that of the appointments under this number: whoever is erased is found by it in both. */
export const hashOfNumber = (orgKey: Buffer, number: string): Buffer =>
  keyedHash(deriveSecret(orgKey, "appointment phone"), number);

/** Of an address in the settings. */
export const hashOfAddress = (orgKey: Buffer, address: string): string =>
  keyedHash(deriveSecret(orgKey, "notification address"), address.trim().toLowerCase()).toString("hex").slice(0, 24);

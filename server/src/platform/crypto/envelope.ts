/**
 * Encryption in three steps: the master key wraps each organisation's key, that wraps each call's (or appointment's) key, and
 * that seals content. Destroying a row's wrap makes its content unreadable, in backups too.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

const formatVersion = 1;
const ivLength = 12;
const tagLength = 16;
export const keyLength = 32;

/** The key does not fit, the place does not fit, or the bytes were changed. Says nothing about the content. */
export class UnsealError extends Error {
  constructor() {
    super("sealed content cannot be opened: another key, another place, or changed bytes");
    this.name = "UnsealError";
  }
}

/** What content is bound to: it opens only for the same organisation, owner (a call's id) and place in it. */
export interface SealPlace {
  readonly orgId: string;
  /** The call or other row the content belongs to. */
  readonly owner: string;
  /** The event's number, or a column's name. */
  readonly seq: number | string;
}

/** AES-256-GCM over the JSON of `content`: version, iv, tag, ciphertext. */
export function seal(key: Buffer, place: SealPlace, content: unknown): Buffer {
  return encrypt(key, Buffer.from(JSON.stringify(content) ?? "null"), placeBytes(place));
}

/** Throws UnsealError. */
export function open(key: Buffer, place: SealPlace, sealed: Buffer): unknown {
  const plain = decrypt(key, sealed, placeBytes(place));
  return JSON.parse(plain.toString("utf8"));
}

/**
 * The versions of a key that wraps others, by number. The first is the key itself, from which secrets are derived as well: those, and
 * the hashes made with them, stay when the key gets a new version.
 */
export interface KeyVersions {
  /** What new wraps are made with; 1 is the key itself. */
  current: number;
  /** From the second on. */
  readonly later: Map<number, Buffer>;
}

const versionsOfKeys = new WeakMap<Buffer, KeyVersions>();

/** From now on this key wraps with its current version and unwraps with any. */
export function setKeyVersions(key: Buffer, versions: KeyVersions): void {
  versionsOfKeys.set(key, versions);
}

const versionedFormat = 2;
const versionEnd = 5;

/** The version of the key above that made this wrap. */
export const versionOfWrap = (wrapped: Buffer): number =>
  wrapped[0] === versionedFormat && wrapped.length > versionEnd ? wrapped.readUInt32BE(1) : 1;

/** Seals a key under the one above it; `name` says whose key it is. */
export function wrapKey(above: Buffer, key: Buffer, name: string): Buffer {
  const bound = Buffer.from(`key\0${name}`);
  const versions = versionsOfKeys.get(above);
  const current = versions?.later.get(versions.current);
  if (versions === undefined || current === undefined) return encrypt(above, key, bound);
  const head = Buffer.alloc(versionEnd, versionedFormat);
  head.writeUInt32BE(versions.current, 1);
  return Buffer.concat([head, encrypt(current, key, bound)]);
}

/** Throws UnsealError. */
export function unwrapKey(above: Buffer, wrapped: Buffer, name: string): Buffer {
  const bound = Buffer.from(`key\0${name}`);
  if (wrapped[0] !== versionedFormat) return decrypt(above, wrapped, bound);
  const version = versionsOfKeys.get(above)?.later.get(versionOfWrap(wrapped));
  if (version === undefined) throw new UnsealError();
  return decrypt(version, wrapped.subarray(versionEnd), bound);
}

export const newKey = (): Buffer => randomBytes(keyLength);

/** A key for another purpose, from one that must not be used twice. */
export function deriveSecret(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), purpose, keyLength));
}

/** Finds equal values without storing them: the same value under the same key gives the same bytes. */
export function keyedHash(key: Buffer, value: string): Buffer {
  return createHmac("sha256", key).update(value).digest();
}

/** Short, safe to show: tells two keys apart. */
export function fingerprint(key: Buffer): string {
  return createHash("sha256").update("fingerprint\0").update(key).digest("hex").slice(0, 16);
}

const placeBytes = ({ orgId, owner, seq }: SealPlace) => Buffer.from(`content\0${orgId}\0${owner}\0${seq}`);

function encrypt(key: Buffer, plain: Buffer, aad: Buffer): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(aad);
  const body = cipher.update(plain);
  const end = cipher.final();
  return Buffer.concat([Buffer.of(formatVersion), iv, cipher.getAuthTag(), body, end]);
}

function decrypt(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  if (sealed.length < 1 + ivLength + tagLength || sealed[0] !== formatVersion) throw new UnsealError();
  try {
    const tagAt = 1 + ivLength;
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, tagAt), { authTagLength: tagLength });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(tagAt, tagAt + tagLength));
    return Buffer.concat([decipher.update(sealed.subarray(tagAt + tagLength)), decipher.final()]);
  } catch {
    throw new UnsealError();
  }
}

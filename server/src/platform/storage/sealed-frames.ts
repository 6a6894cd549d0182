/**
 * A long content sealed piece by piece, so that it is written as it comes, read from the middle, and never held whole. Plain
 * bytes stand in frames of one size; each is AES-256-GCM under a nonce of its own number, bound to the file's header, to whose
 * it is, to its number, and to whether it is the last. A byte changed, a frame moved, another file's frame and a missing end are
 * all found. The last frame alone may be shorter, and may be empty.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { UnsealError } from "../crypto/envelope.ts";

export const plainFrameBytes = 16_384;
const tagBytes = 16;
const sealedFrameBytes = plainFrameBytes + tagBytes;
const magic = Buffer.from("PARLEYF1");
const nonceSaltBytes = 8;
const headerBytes = magic.length + nonceSaltBytes;

export interface FrameSealer {
  /** Stands before the first frame. */
  readonly header: Buffer;
  /** Frames in order; only the last may be shorter than `plainFrameBytes`. The result is a buffer of its own. */
  seal(plain: Uint8Array, isLast: boolean): Buffer;
}

/** `key` seals one content only. `owner` says whose it is; the same must be said to open it. */
export function createFrameSealer(key: Buffer, owner: string): FrameSealer {
  const header = Buffer.concat([magic, randomBytes(nonceSaltBytes)]);
  const place = createPlace(header, owner);
  let index = 0;
  return {
    header,
    seal(plain, isLast) {
      if (!isLast && plain.byteLength !== plainFrameBytes) throw new RangeError("a frame in the middle must be full");
      place.moveTo(index++, isLast);
      const cipher = createCipheriv("aes-256-gcm", key, place.nonce);
      cipher.setAAD(place.bound);
      const sealed = Buffer.allocUnsafe(plain.byteLength + tagBytes);
      cipher.update(plain).copy(sealed);
      cipher.final();
      cipher.getAuthTag().copy(sealed, plain.byteLength);
      return sealed;
    },
  };
}

function createPlace(header: Buffer, owner: string) {
  const nonce = Buffer.alloc(12);
  header.copy(nonce, 0, magic.length);
  const bound = Buffer.concat([header, Buffer.alloc(5), Buffer.from(owner)]);
  return {
    nonce,
    bound,
    moveTo(index: number, isLast: boolean) {
      nonce.writeUInt32BE(index, nonceSaltBytes);
      bound.writeUInt32BE(index, headerBytes);
      bound[headerBytes + 4] = isLast ? 1 : 0;
    },
  };
}

/** Bytes `start` up to, not including, `end` of what is stored. */
export type ReadStored = (range: { readonly start: number; readonly end: number }) => Promise<Readable>;

export interface SealedContent {
  readonly plainBytes: number;
  /**
   * Plain bytes `from` up to, not including, `to`, a frame at a time. Throws UnsealError at the frame that is not what was written;
   * what came before it is right.
   */
  read(from: number, to: number): AsyncGenerator<Buffer>;
}

export interface StoredFrames {
  readonly key: Buffer;
  readonly owner: string;
  readonly storedBytes: number;
  /** False: the writer was killed. Then the whole frames there are, are the content, and a torn one at the end is left out. */
  readonly hasEnd: boolean;
  readonly read: ReadStored;
}

/** Looks at the header and the end before anything is given out. Throws UnsealError. */
export async function openFrames(stored: StoredFrames): Promise<SealedContent> {
  const { storedBytes, hasEnd, read } = stored;
  const body = storedBytes - headerBytes;
  if (body < 0) throw new UnsealError();
  const header = await collect(await read({ start: 0, end: headerBytes }));
  if (header.length !== headerBytes || !header.subarray(0, magic.length).equals(magic)) throw new UnsealError();
  const frames = hasEnd ? Math.ceil(body / sealedFrameBytes) : Math.floor(body / sealedFrameBytes);
  const lastBytes = hasEnd ? body - (frames - 1) * sealedFrameBytes : sealedFrameBytes;
  if (hasEnd && (frames === 0 || lastBytes < tagBytes)) throw new UnsealError();
  const reader = createReader(stored, header, frames);
  const plainBytes = frames === 0 ? 0 : (frames - 1) * plainFrameBytes + lastBytes - tagBytes;
  if (frames > 0) for await (const _ of reader(frames - 1, frames)) break;
  return { plainBytes, read: (from, to) => readPlain(reader, from, Math.min(to, plainBytes)) };
}

type ReadFrames = (first: number, end: number) => AsyncGenerator<Buffer>;

async function* readPlain(frames: ReadFrames, from: number, to: number): AsyncGenerator<Buffer> {
  if (from >= to) return;
  const first = Math.floor(from / plainFrameBytes);
  let offset = first * plainFrameBytes;
  for await (const plain of frames(first, Math.ceil(to / plainFrameBytes))) {
    yield plain.subarray(Math.max(0, from - offset), to - offset);
    offset += plain.length;
  }
}

function createReader(
  { key, owner, storedBytes, hasEnd, read }: StoredFrames,
  header: Buffer,
  count: number,
): ReadFrames {
  const place = createPlace(header, owner);
  const offsetOf = (index: number) => headerBytes + index * sealedFrameBytes;
  const openFrame = (sealed: Buffer, index: number) => {
    place.moveTo(index, hasEnd && index === count - 1);
    return openOne(key, place, sealed);
  };
  return async function* (first, end) {
    const sound = await read({ start: offsetOf(first), end: Math.min(offsetOf(end), storedBytes) });
    let index = first;
    for await (const sealed of inPieces(sound, sealedFrameBytes)) {
      if (index === end) break;
      yield openFrame(sealed, index++);
    }
    if (index !== end) throw new UnsealError();
  };
}

function openOne(key: Buffer, place: ReturnType<typeof createPlace>, sealed: Buffer): Buffer {
  if (sealed.length < tagBytes) throw new UnsealError();
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, place.nonce, { authTagLength: tagBytes });
    decipher.setAAD(place.bound);
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
    decipher.final();
    return plain;
  } catch {
    throw new UnsealError();
  }
}

/** The same bytes in pieces of `size`; the last may be shorter. */
async function* inPieces(source: Readable, size: number): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    kept.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length < size) continue;
    const joined = kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept);
    let offset = 0;
    for (; offset + size <= joined.length; offset += size) yield joined.subarray(offset, offset + size);
    kept = offset < joined.length ? [joined.subarray(offset)] : [];
    length = joined.length - offset;
  }
  if (length > 0) yield Buffer.concat(kept);
}

async function collect(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

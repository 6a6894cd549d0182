/** Where large sealed things lie: a folder, or a bucket that speaks S3. Nothing plain is ever given to it but encrypted exports. */
import type { Readable } from "node:stream";

export interface ObjectStore {
  /** Bytes `start` up to, not including, `end`. Throws ObjectMissingError. */
  read(name: string, range: { readonly start: number; readonly end: number }): Promise<Readable>;
  /** Undefined when there is none. */
  sizeOf(name: string): Promise<number | undefined>;
  /** Also when there is none. */
  remove(name: string): Promise<void>;
}

export interface PresignOptions {
  /** At most 7 days. */
  readonly expiresInSeconds: number;
}

/** A bucket. Its addresses are for uploads and encrypted exports; a recording is never given out by address. */
export interface BucketStore extends ObjectStore {
  /** Sends a file of this machine in parts. */
  upload(name: string, path: string, signal?: AbortSignal): Promise<void>;
  /** An address that takes one PUT of this content type. */
  presignUpload(name: string, options: PresignOptions & { readonly contentType: string }): Promise<string>;
  presignDownload(name: string, options: PresignOptions & { readonly fileName: string }): Promise<string>;
}

export class ObjectMissingError extends Error {
  constructor() {
    super("there is no such stored object");
    this.name = "ObjectMissingError";
  }
}

/** Names are paths of plain segments: nothing that climbs, nothing absolute. Throws TypeError. */
export function requireObjectName(name: string): string {
  if (!/^[A-Za-z0-9_-]+(?:[/.][A-Za-z0-9_-]+)*$/.test(name)) throw new TypeError("not a name of a stored object");
  return name;
}

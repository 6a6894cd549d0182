/** Files of sources: sealed in frames, in the bucket where there is one, else in a folder under DATA_DIR. */
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createFolderStore } from "../../platform/storage/folder-store.ts";
import { type BucketStore, ObjectMissingError } from "../../platform/storage/object-store.ts";
import {
  createFrameSealer,
  openFrames,
  plainFrameBytes,
  type SealedContent,
} from "../../platform/storage/sealed-frames.ts";

interface FileOf {
  readonly orgId: string;
  readonly sourceId: string;
}

export interface SourceFiles {
  /** Resolves with its size when the whole file is stored. Throws what the stream throws; then nothing of it is left. */
  write(of: FileOf & { key: Buffer }, stream: Readable): Promise<number>;
  /** Throws ObjectMissingError, UnsealError. */
  open(of: FileOf & { key: Buffer }): Promise<SealedContent>;
  remove(of: FileOf): Promise<void>;
  /** What of an organisation lies in the folder, whether a row names it or not. */
  clearFolder(orgId: string): Promise<void>;
}

const objectNameOf = ({ orgId, sourceId }: FileOf) => `knowledge/${orgId}/${sourceId}.file`;
const ownerOf = ({ orgId, sourceId }: FileOf) => `knowledge\0${orgId}\0${sourceId}`;

/** `bucket` is asked for when it is needed: its client is heavy. */
export function createSourceFiles(parts: { dataDir: string; bucket?: () => Promise<BucketStore> }): SourceFiles {
  const folder = createFolderStore(parts.dataDir);
  return {
    async write({ key, ...of }, stream) {
      const path = folder.pathOf(objectNameOf(of));
      const written = { plainBytes: 0 };
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const seal = (source: AsyncIterable<Buffer>) => sealed(source, createFrameSealer(key, ownerOf(of)), written);
        await pipeline(stream, seal, createWriteStream(path, { mode: 0o600, flush: true }));
        if (parts.bucket === undefined) return written.plainBytes;
        await (await parts.bucket()).upload(objectNameOf(of), path);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      await rm(path, { force: true });
      return written.plainBytes;
    },
    async open({ key, ...of }) {
      const name = objectNameOf(of);
      // Files from before there was a bucket stayed in the folder.
      for (const store of [folder, await parts.bucket?.()]) {
        const storedBytes = await store?.sizeOf(name);
        if (store === undefined || storedBytes === undefined) continue;
        const stored = { key, owner: ownerOf(of), storedBytes, hasEnd: true };
        return await openFrames({ ...stored, read: (range) => store.read(name, range) });
      }
      throw new ObjectMissingError();
    },
    async remove(of) {
      await folder.remove(objectNameOf(of));
      await (await parts.bucket?.())?.remove(objectNameOf(of));
    },
    async clearFolder(orgId) {
      const place = dirname(folder.pathOf(objectNameOf({ orgId, sourceId: "any" })));
      const names = await readdir(place).catch(() => []);
      for (const name of names) await rm(join(place, name), { force: true });
    },
  };
}

/** In full frames, the last one shorter. */
async function* sealed(
  source: AsyncIterable<Buffer>,
  sealer: ReturnType<typeof createFrameSealer>,
  written: { plainBytes: number },
): AsyncGenerator<Buffer> {
  yield sealer.header;
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    written.plainBytes += chunk.length;
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    let from = 0;
    for (; kept.length - from > plainFrameBytes; from += plainFrameBytes)
      yield sealer.seal(kept.subarray(from, from + plainFrameBytes), false);
    kept = kept.subarray(from);
  }
  yield sealer.seal(kept, true);
}

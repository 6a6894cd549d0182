/** Stored objects as files under one folder. */
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ObjectMissingError, type ObjectStore, requireObjectName } from "./object-store.ts";

export function createFolderStore(folder: string): ObjectStore & { pathOf(name: string): string } {
  const pathOf = (name: string) => join(folder, requireObjectName(name));
  return {
    pathOf,
    async read(name, { start, end }) {
      // Opened first, so that a missing file is an answer and no broken stream.
      const file = await open(pathOf(name)).catch((error: unknown) => {
        throw isMissing(error) ? new ObjectMissingError() : error;
      });
      return file.createReadStream({ start, end: end - 1, highWaterMark: 128 * 1024 });
    },
    async sizeOf(name) {
      try {
        return (await stat(pathOf(name))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * The parts of an office file that hold words. How much they would become is known before anything is unpacked, and no part becomes
 * more than it said.
 */
import { type Unzipped, unzipSync, zipSync } from "fflate";
import { DocumentError } from "./block.ts";

const maxEntries = 10_000;
const maxUnpackedBytes = 150 * 1024 * 1024;
/** Text in XML seldom shrinks to less than a thirtieth. */
const maxRatio = 200;
const ratioCountsFromBytes = 5 * 1024 * 1024;

/** Pictures, sounds and fonts stay packed; of what is unpacked, only XML is kept. Throws DocumentError. */
export function openArchive(bytes: Uint8Array): Unzipped {
  let entries = 0;
  let unpacked = 0;
  let hasMacros = false;
  const files = whole(() =>
    unzipSync(bytes, {
      filter({ name, size, originalSize }) {
        if (++entries > maxEntries) throw new DocumentError("bomb");
        if (/(^|\/)vbaProject\.bin$/i.test(name)) hasMacros = true;
        if (!/\.(?:xml|rels)$/i.test(name)) return false;
        unpacked += originalSize;
        const isSqueezed = originalSize > ratioCountsFromBytes && originalSize > size * maxRatio;
        if (unpacked > maxUnpackedBytes || isSqueezed) throw new DocumentError("bomb");
        return true;
      },
    }),
  );
  if (hasMacros) throw new DocumentError("macros");
  return files;
}

/** The same document without what was left out, for libraries that want a file. */
export function repack(files: Unzipped): Buffer {
  return Buffer.from(zipSync(files, { level: 0 }));
}

function whole<T>(unpack: () => T): T {
  try {
    return unpack();
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError("corrupt", error);
  }
}

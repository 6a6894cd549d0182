/**
 * Recordings on this machine's disk, under DATA_DIR/recordings. Beside the sound of a recording that is not entered in the database
 * yet lies a note: whose it is, and its key under the master key. The note goes when the database has the key under the call's.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { deriveSecret, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { isProcessIdAlive } from "../../platform/db/process-identity.ts";
import { createFolderStore } from "../../platform/storage/folder-store.ts";
import type { ObjectStore } from "../../platform/storage/object-store.ts";

export interface RecordingOf {
  readonly orgId: string;
  readonly callId: string;
}

export interface RecordingNote extends RecordingOf {
  readonly sampleRateHz: number;
  readonly createdAtMs: number;
  readonly key: Buffer;
}

/** Name of the stored object, in the folder and in a bucket. */
export const objectNameOf = ({ orgId, callId }: RecordingOf) => `recordings/${orgId}/${callId}.sound`;

/** What the frames are bound to. */
export const ownerOf = ({ orgId, callId }: RecordingOf) => `recording\0${orgId}\0${callId}`;

export const keyNameOf = ({ callId }: RecordingOf) => `recording ${callId}`;

const storedNote = z.object({
  orgId: z.string(),
  callId: z.string(),
  sampleRateHz: z.number(),
  createdAtMs: z.number(),
  keyWrap: z.string(),
});

export interface RecordingNotes {
  write(note: RecordingNote): Promise<void>;
  remove(of: RecordingOf): Promise<void>;
  /** Notes of processes that are dead, now this one's. Each is taken by one process only. */
  adopt(): Promise<RecordingNote[]>;
}

export function openRecordingNotes(options: { dataDir: string; masterKey: Buffer; processId: string }): RecordingNotes {
  const { dataDir, processId } = options;
  const folder = join(dataDir, "recordings", "unfinished");
  const key = deriveSecret(options.masterKey, "recording notes");
  const pathOf = (callId: string) => join(folder, `${callId}.${processId}.json`);
  return {
    async write(note) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { orgId, callId, sampleRateHz, createdAtMs } = note;
      const keyWrap = wrapKey(key, note.key, keyNameOf(note)).toString("base64");
      // Whole or absent: a note cut by a kill would be a recording nobody can open.
      const path = pathOf(callId);
      await writeFile(`${path}.new`, JSON.stringify({ orgId, callId, sampleRateHz, createdAtMs, keyWrap }), {
        mode: 0o600,
      });
      await rename(`${path}.new`, path);
    },
    remove: ({ callId }) => rm(pathOf(callId), { force: true }),
    async adopt() {
      const adopted: RecordingNote[] = [];
      for (const name of await namesIn(folder)) {
        const [callId, owner] = name.split(".");
        if (callId === undefined || owner === undefined || !name.endsWith(".json") || isProcessIdAlive(owner)) continue;
        try {
          await rename(join(folder, name), pathOf(callId));
          adopted.push(readNote(key, await readFile(pathOf(callId), "utf8")));
        } catch {
          // another process was quicker, or the note is of another master key
        }
      }
      return adopted;
    },
  };
}

/** Takes away what of a call's sound lies in the folder and in a bucket. */
export function createSoundRemover(stored: { dataDir: string; bucket?: ObjectStore }) {
  const folder = createFolderStore(stored.dataDir);
  return async (of: RecordingOf): Promise<void> => {
    await removeNotesOf(stored.dataDir, of);
    await folder.remove(objectNameOf(of));
    await stored.bucket?.remove(objectNameOf(of));
  };
}

/** The notes of a call, whoever wrote them. */
async function removeNotesOf(dataDir: string, { callId }: RecordingOf): Promise<void> {
  const folder = join(dataDir, "recordings", "unfinished");
  for (const name of await namesIn(folder)) {
    if (name.startsWith(`${callId}.`)) await rm(join(folder, name), { force: true });
  }
}

function readNote(key: Buffer, text: string): RecordingNote {
  const { keyWrap, ...note } = storedNote.parse(JSON.parse(text));
  return { ...note, key: unwrapKey(key, Buffer.from(keyWrap, "base64"), keyNameOf(note)) };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/**
 * Where events wait while the database is away: sealed lines in files under DATA_DIR/spill, one series for each process. A
 * file whose process is dead belongs to whoever renames it first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { deriveSecret, open, seal } from "../../platform/crypto/envelope.ts";
import { isProcessIdAlive } from "../../platform/db/process-identity.ts";
import type { EventOfCall, FinishedCall, NewCall } from "./call-records.ts";

export type CallRecord =
  | { readonly kind: "open"; readonly call: NewCall }
  | ({ readonly kind: "event" } & EventOfCall)
  | { readonly kind: "end"; readonly end: FinishedCall };

export interface SpillFile {
  /** Rejects when the disk does not take it. One at a time. */
  append(records: readonly CallRecord[]): Promise<void>;
  /** Closes the present file and names all of this process, and of dead ones, oldest first. */
  takeFiles(): string[];
  read(path: string): { records: CallRecord[]; unreadable: number };
  remove(path: string): void;
}

export function openSpillFile(options: { dataDir: string; masterKey: Buffer; processId: string }): SpillFile {
  const folder = join(options.dataDir, "spill");
  const key = deriveSecret(options.masterKey, "event spill");
  let series = 0;
  const currentPath = () => join(folder, `${options.processId}.${String(series).padStart(6, "0")}.ndjson`);

  return {
    async append(records) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const lines = records.map((record) => `${sealLine(key, record)}\n`);
      // A kill in the middle of an earlier line must not swallow the first of these.
      await appendFile(currentPath(), `\n${lines.join("")}`, { mode: 0o600 });
    },
    takeFiles() {
      if (!existsSync(folder)) return [];
      if (existsSync(currentPath())) series++;
      adoptOrphans(folder, options.processId);
      return readdirSync(folder)
        .filter((name) => name.startsWith(`${options.processId}.`) && name.endsWith(".ndjson"))
        .sort()
        .map((name) => join(folder, name));
    },
    read(path) {
      const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
      const records = lines.map((line) => openLine(key, line)).filter((record) => record !== undefined);
      return { records, unreadable: lines.length - records.length };
    },
    remove: (path) => rmSync(path, { force: true }),
  };
}

function adoptOrphans(folder: string, processId: string): void {
  for (const name of readdirSync(folder)) {
    const owner = name.split(".")[0] ?? "";
    if (owner === processId || !name.endsWith(".ndjson") || isProcessIdAlive(owner)) continue;
    try {
      renameSync(join(folder, name), join(folder, `${processId}.0-${name}`));
    } catch {
      // another process was quicker
    }
  }
}

const place = { orgId: "", owner: "spill", seq: 0 };

const sealLine = (key: Buffer, record: CallRecord) =>
  JSON.stringify({ v: 1, kind: record.kind, sealed: seal(key, place, record).toString("base64") });

/** A line cut by a kill, or sealed under another master key, gives undefined. */
function openLine(key: Buffer, line: string): CallRecord | undefined {
  try {
    const { sealed } = JSON.parse(line) as { sealed: string };
    return open(key, place, Buffer.from(sealed, "base64")) as CallRecord;
  } catch {
    return undefined;
  }
}

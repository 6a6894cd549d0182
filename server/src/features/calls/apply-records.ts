/** Records into the database, from memory or from files. */
import { DbError } from "../../platform/db/db-error.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { EventOfCall } from "./call-records.ts";
import type { CallStore } from "./call-store.ts";
import type { CallRecord, SpillFile } from "./spill-file.ts";

export const batchSize = 200;

export interface Applier {
  /** False when the database is away. Records it refuses for what they are, are counted and left out. */
  tryBatch(records: readonly CallRecord[]): Promise<boolean>;
  countUnreadable(count: number): void;
  stored(): number;
  rejected(): number;
}

export function createApplier(store: CallStore, log: LogLine): Applier {
  let stored = 0;
  let rejected = 0;

  const write = async (records: readonly CallRecord[]) => {
    const events: EventOfCall[] = [];
    for (const record of records) {
      if (record.kind === "open") await store.createCall(record.call);
      else if (record.kind === "event") events.push(record);
    }
    if (events.length > 0) await store.appendEvents(events);
    for (const record of records) if (record.kind === "end") await store.finishCall(record.end);
    stored += records.length;
  };

  const tryBatch = async (records: readonly CallRecord[]): Promise<boolean> => {
    try {
      await write(records);
      return true;
    } catch (error) {
      if (error instanceof DbError && error.isUnavailable) return false;
      if (records.length > 1) return await oneByOne(records);
      rejected++;
      log("error", "a call event cannot be stored and is left out", {
        kind: records[0]?.kind ?? "none",
        code: error instanceof DbError ? error.code : "other",
      });
      return true;
    }
  };

  const oneByOne = async (records: readonly CallRecord[]) => {
    for (const record of records) if (!(await tryBatch([record]))) return false;
    return true;
  };

  return {
    tryBatch,
    countUnreadable: (count) => void (rejected += count),
    stored: () => stored,
    rejected: () => rejected,
  };
}

/** Calls first, then what happened in them: records of one call may lie in several files. False when the database is away. */
export async function replayFiles(spill: SpillFile, apply: Applier): Promise<boolean> {
  try {
    const files = spill.takeFiles();
    for (const kind of ["open", "event", "end"] as const) {
      const isTaken = await applyKind(kind, files, { spill, apply });
      if (!isTaken) return false;
    }
    for (const path of files) {
      apply.countUnreadable(spill.read(path).unreadable);
      spill.remove(path);
    }
    return true;
  } catch {
    return false;
  }
}

interface Replay {
  readonly spill: SpillFile;
  readonly apply: Applier;
}

async function applyKind(
  kind: CallRecord["kind"],
  files: readonly string[],
  { spill, apply }: Replay,
): Promise<boolean> {
  for (const path of files) {
    const records = spill.read(path).records.filter((record) => record.kind === kind);
    for (let start = 0; start < records.length; start += batchSize) {
      if (!(await apply.tryBatch(records.slice(start, start + batchSize)))) return false;
    }
  }
  return true;
}

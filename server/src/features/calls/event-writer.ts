/**
 * Writes calls and their events behind the call: batched, never waited for, never throwing into the caller. What the
 * database does not take goes, in order and sealed, to a file under DATA_DIR, and from there back when it takes again.
 */
import type { CallEvent, CallEventType, EventSink } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { CallStore, EventOfCall, FinishedCall, NewCall } from "./call-store.ts";
import { type CallRecord, openSpillFile, type SpillFile } from "./spill-file.ts";

export interface EventWriterOptions {
  readonly store: CallStore;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly dataDir: string;
  readonly masterKey: Buffer;
  /** From `ownProcessId`. */
  readonly processId: string;
  /** Milliseconds between batches; 250 unless told. */
  readonly batchEveryMs?: number;
  /** Records kept in memory while a write hangs; the rest goes to the file. 5,000 unless told. */
  readonly maxQueued?: number;
}

export interface EventWriterStats {
  readonly queued: number;
  readonly stored: number;
  readonly spilled: number;
  /** Refused by the database for what they are, or unreadable in the file. */
  readonly rejected: number;
  /** Neither the database nor the disk took them, and memory was full. */
  readonly dropped: number;
  readonly isDatabaseAway: boolean;
}

export interface EventWriter {
  /** Enters the call and returns the sink for its events. A `call-ended` event finishes the call. Returns at once. */
  openCall(call: NewCall): EventSink;
  /** Resolves when everything given so far is in the database or in the file. Never rejects. */
  flush(): Promise<void>;
  /** Brings back what this and dead processes left in files. For the start, before `closeOrphanedCalls`. False: database away. */
  replay(): Promise<boolean>;
  stats(): EventWriterStats;
  /** Flushes and ends. */
  close(): Promise<void>;
}

const batchSize = 200;
const firstRetryMs = 500;
const maxRetryMs = 10_000;
/** With database and disk both away, this many records are held; then the newest are dropped and counted. */
const hardLimit = 20_000;

/** After these a killed process must have lost nothing but the turn in progress. */
const urgent: ReadonlySet<CallEventType> = new Set([
  "call-started",
  "turn-committed",
  "reply-finished",
  "tool-finished",
  "call-ended",
]);

export function createEventWriter(options: EventWriterOptions): EventWriter {
  const { store, clock, log } = options;
  const spill = openSpillFile(options);
  const apply = createApplier(store, log);
  const maxQueued = options.maxQueued ?? 5000;
  let queue: CallRecord[] = [];
  let running: Promise<void> | undefined;
  let overflowing: Promise<void> = Promise.resolve();
  let cancelBatch: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;
  let isAway = false;
  let isClosed = false;
  let retryMs = firstRetryMs;
  let spilled = 0;
  let dropped = 0;

  const enqueue = (record: CallRecord, isUrgent: boolean) => {
    if (queue.length >= hardLimit) {
      if (dropped++ === 0)
        log("error", "call events are dropped: neither the database nor the disk under DATA_DIR takes them");
      return;
    }
    queue.push(record);
    if (queue.length >= maxQueued && running !== undefined && !isAway) overflow();
    schedule(isUrgent || queue.length >= batchSize ? 0 : (options.batchEveryMs ?? 250));
  };

  const schedule = (delayMs: number) => {
    if (running !== undefined || (cancelBatch !== undefined && delayMs > 0)) return;
    cancelBatch?.();
    cancelBatch = clock.setTimer(delayMs, () => {
      cancelBatch = undefined;
      void run();
    });
  };

  /** A write hangs and memory is full: from here on everything passes through the file, so that the order holds. */
  const overflow = () => {
    goAway();
    const records = queue;
    queue = [];
    overflowing = overflowing.then(async () => void (await toFile(records)));
  };

  const run = (): Promise<void> => {
    running ??= drain().finally(() => {
      running = undefined;
      if (queue.length > 0 && !isClosed) schedule(options.batchEveryMs ?? 250);
    });
    return running;
  };

  const drain = async () => {
    while (queue.length > 0) {
      const batch = queue.splice(0, batchSize);
      if (isAway || !(await apply.tryBatch(batch))) {
        goAway();
        if (!(await toFile(batch))) return;
      }
    }
  };

  /** False when the disk refused and the records went back to memory. */
  const toFile = async (records: readonly CallRecord[]): Promise<boolean> => {
    try {
      await spill.append(records);
      spilled += records.length;
      return true;
    } catch (error) {
      log("error", "call events cannot be kept in a file under DATA_DIR", {
        code: (error as NodeJS.ErrnoException).code ?? "unknown",
      });
      queue = [...records, ...queue];
      return false;
    }
  };

  const goAway = () => {
    if (!isAway) log("warn", "the database is away; call events are kept in a file under DATA_DIR");
    isAway = true;
    if (isClosed || cancelRetry !== undefined) return;
    cancelRetry = clock.setTimer(retryMs, () => {
      cancelRetry = undefined;
      retryMs = Math.min(maxRetryMs, retryMs * 2);
      void replay();
    });
  };

  let replaying: Promise<boolean> | undefined;
  const replay = (): Promise<boolean> => {
    replaying ??= replayFiles(spill, apply)
      .then((isBack) => {
        if (!isBack) goAway();
        else if (isAway) comeBack();
        return isBack;
      })
      .finally(() => {
        replaying = undefined;
      });
    return replaying;
  };

  const comeBack = () => {
    // What was spilled while the files were read is read too, before anything goes straight to the database again.
    retryMs = firstRetryMs;
    if (running !== undefined || spill.takeFiles().length > 0) return goAway();
    isAway = false;
    log("info", "the database is back; the kept call events are stored");
    if (queue.length > 0) schedule(0);
  };

  const flush = async () => {
    cancelBatch?.();
    cancelBatch = undefined;
    await running;
    await run();
    await overflowing;
  };

  return {
    openCall(call) {
      enqueue({ kind: "open", call }, true);
      const { orgId, callId } = call;
      return (event) => {
        if (event.type === "transcript-interim") return;
        enqueue({ kind: "event", orgId, callId, event }, urgent.has(event.type));
        if (event.type === "call-ended") enqueue({ kind: "end", end: endOf(call, event) }, true);
      };
    },
    flush,
    replay,
    stats: () => ({
      queued: queue.length,
      stored: apply.stored(),
      spilled,
      rejected: apply.rejected(),
      dropped,
      isDatabaseAway: isAway,
    }),
    async close() {
      isClosed = true;
      cancelRetry?.();
      await replaying;
      await flush();
    },
  };
}

function endOf({ orgId, callId, startedAtMs }: NewCall, event: CallEvent & { type: "call-ended" }): FinishedCall {
  return {
    ...{ orgId, callId },
    status: event.reason === "failed" ? "failed" : "completed",
    hangUpReason: event.reason,
    endedAtMs: startedAtMs + event.atMs,
    durationMs: event.durationMs,
  };
}

interface Applier {
  /** False when the database is away. Records it refuses for what they are, are counted and left out. */
  tryBatch(records: readonly CallRecord[]): Promise<boolean>;
  countUnreadable(count: number): void;
  stored(): number;
  rejected(): number;
}

function createApplier(store: CallStore, log: LogLine): Applier {
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
async function replayFiles(spill: SpillFile, apply: Applier): Promise<boolean> {
  try {
    const files = spill.takeFiles();
    for (const kind of ["open", "event", "end"] as const) {
      for (const path of files) {
        const { records } = spill.read(path);
        const ofKind = records.filter((record) => record.kind === kind);
        for (let start = 0; start < ofKind.length; start += batchSize) {
          if (!(await apply.tryBatch(ofKind.slice(start, start + batchSize)))) return false;
        }
      }
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

/**
 * Writes calls and their events behind the call: batched, never waited for, never throwing into the caller. What the
 * database does not take goes, in order and sealed, to a file under DATA_DIR, and from there back when it takes again.
 */
import type { CallEvent, CallEventType, EventSink } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import { type Applier, batchSize, createApplier, replayFiles } from "./apply-records.ts";
import type { FinishedCall, NewCall } from "./call-records.ts";
import type { CallStore } from "./call-store.ts";
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
  return new BehindTheCall(options);
}

class BehindTheCall implements EventWriter {
  readonly #options: EventWriterOptions;
  readonly #spill: SpillFile;
  readonly #apply: Applier;
  readonly #maxQueued: number;
  readonly #batchEveryMs: number;
  #queue: CallRecord[] = [];
  #running: Promise<void> | undefined;
  #replaying: Promise<boolean> | undefined;
  #overflowing: Promise<unknown> = Promise.resolve();
  #cancelBatch: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #isAway = false;
  #isClosed = false;
  #retryMs = firstRetryMs;
  #spilled = 0;
  #dropped = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#spill = openSpillFile(options);
    this.#apply = createApplier(options.store, options.log);
    this.#maxQueued = options.maxQueued ?? 5000;
    this.#batchEveryMs = options.batchEveryMs ?? 250;
  }

  openCall(call: NewCall): EventSink {
    this.#enqueue({ kind: "open", call }, true);
    const { orgId, callId } = call;
    return (event) => {
      if (event.type === "transcript-interim") return;
      this.#enqueue({ kind: "event", orgId, callId, event }, urgent.has(event.type));
      if (event.type === "call-ended") this.#enqueue({ kind: "end", end: endOf(call, event) }, true);
    };
  }

  async flush(): Promise<void> {
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    await this.#running;
    await this.#run();
    await this.#overflowing;
  }

  replay(): Promise<boolean> {
    this.#replaying ??= replayFiles(this.#spill, this.#apply)
      .then((isBack) => {
        if (!isBack) this.#goAway();
        else if (this.#isAway) this.#comeBack();
        return isBack;
      })
      .finally(() => {
        this.#replaying = undefined;
      });
    return this.#replaying;
  }

  stats(): EventWriterStats {
    return {
      queued: this.#queue.length,
      stored: this.#apply.stored(),
      spilled: this.#spilled,
      rejected: this.#apply.rejected(),
      dropped: this.#dropped,
      isDatabaseAway: this.#isAway,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#replaying;
    await this.flush();
  }

  #enqueue(record: CallRecord, isUrgent: boolean): void {
    if (this.#queue.length >= hardLimit) {
      if (this.#dropped++ === 0) {
        this.#options.log(
          "error",
          "call events are dropped: neither the database nor the disk under DATA_DIR takes them",
        );
      }
      return;
    }
    this.#queue.push(record);
    if (this.#queue.length >= this.#maxQueued && this.#running !== undefined && !this.#isAway) this.#overflow();
    this.#schedule(isUrgent || this.#queue.length >= batchSize ? 0 : this.#batchEveryMs);
  }

  #schedule(delayMs: number): void {
    if (this.#running !== undefined || (this.#cancelBatch !== undefined && delayMs > 0)) return;
    this.#cancelBatch?.();
    this.#cancelBatch = this.#options.clock.setTimer(delayMs, () => {
      this.#cancelBatch = undefined;
      void this.#run();
    });
  }

  #run(): Promise<void> {
    this.#running ??= this.#drain().then((isTaken) => {
      this.#running = undefined;
      if (this.#queue.length > 0 && !this.#isClosed) this.#schedule(isTaken ? 0 : this.#batchEveryMs);
    });
    return this.#running;
  }

  /** False when neither the database nor the disk took everything. */
  async #drain(): Promise<boolean> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, batchSize);
      if (!this.#isAway && (await this.#apply.tryBatch(batch))) continue;
      this.#goAway();
      if (!(await this.#toFile(batch))) return false;
    }
    return true;
  }

  /** A write hangs and memory is full: from here on everything passes through the file, so that nothing overtakes. */
  #overflow(): void {
    this.#goAway();
    const records = this.#queue;
    this.#queue = [];
    this.#overflowing = this.#overflowing.then(() => this.#toFile(records));
  }

  /** False when the disk refused and the records went back to memory. */
  async #toFile(records: readonly CallRecord[]): Promise<boolean> {
    try {
      await this.#spill.append(records);
      this.#spilled += records.length;
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown";
      this.#options.log("error", "call events cannot be kept in a file under DATA_DIR", { code });
      this.#queue = [...records, ...this.#queue];
      return false;
    }
  }

  #goAway(): void {
    if (!this.#isAway) this.#options.log("warn", "the database is away; call events are kept in a file under DATA_DIR");
    this.#isAway = true;
    if (this.#isClosed || this.#cancelRetry !== undefined) return;
    this.#cancelRetry = this.#options.clock.setTimer(this.#retryMs, () => {
      this.#cancelRetry = undefined;
      this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2);
      void this.replay();
    });
  }

  /** What was spilled while the files were read is read too, before anything goes straight to the database again. */
  #comeBack(): void {
    this.#retryMs = firstRetryMs;
    if (this.#running !== undefined || this.#spill.takeFiles().length > 0) return this.#goAway();
    this.#isAway = false;
    this.#options.log("info", "the database is back; the kept call events are stored");
    if (this.#queue.length > 0) this.#schedule(0);
  }
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

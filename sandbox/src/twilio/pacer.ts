import { performance } from "node:perf_hooks";

/** How late frames left, measured at every send. A run in which the stand-in itself was late proves nothing. */
export interface LatenessReport {
  readonly frames: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly over10Ms: number;
}

export interface Pacer {
  /** Calls `tick` every 20 ms with the moment it was due (performance.now() time). Returns the stop function. */
  add(tick: (dueMs: number) => void): () => void;
  readonly lateness: () => LatenessReport;
  readonly resetLateness: () => void;
}

const frameMs = 20;
/** Calls are spread over the frame's 20 ms, as strangers' calls are; a burst of all of them would make the last one late. */
const slotMs = 4;
const slotCount = frameMs / slotMs;
const bucketMs = 0.1;
const bucketCount = 10_000;

/** One timer for every call of the process: drift-free, because each slot is due at origin + n × 4 ms whatever came before. */
export function createPacer(): Pacer {
  const slots = Array.from({ length: slotCount }, () => new Set<(dueMs: number) => void>());
  const histogram = createHistogram();
  let timer: NodeJS.Timeout | undefined;
  let nextDueMs = 0;
  let slot = 0;

  function run(): void {
    timer = undefined;
    while (performance.now() >= nextDueMs) {
      const dueMs = nextDueMs;
      const members = slots[slot];
      nextDueMs += slotMs;
      slot = (slot + 1) % slotCount;
      if (members === undefined) continue;
      for (const tick of members) {
        histogram.add(performance.now() - dueMs);
        tick(dueMs);
      }
    }
    arm();
  }

  function arm(): void {
    if (timer !== undefined || slots.every((members) => members.size === 0)) return;
    timer = setTimeout(run, Math.max(1, Math.ceil(nextDueMs - performance.now())));
  }

  function add(tick: (dueMs: number) => void): () => void {
    if (timer === undefined && slots.every((members) => members.size === 0)) nextDueMs = performance.now();
    const emptiest = slots.reduce((best, members) => (members.size < best.size ? members : best));
    emptiest.add(tick);
    arm();
    return () => emptiest.delete(tick);
  }

  return { add, lateness: histogram.report, resetLateness: histogram.reset };
}

function createHistogram() {
  const buckets = new Uint32Array(bucketCount);
  let frames = 0;
  let maxMs = 0;
  let over10Ms = 0;

  function quantile(share: number): number {
    let seen = 0;
    for (let index = 0; index < bucketCount; index += 1) {
      seen += buckets[index] ?? 0;
      if (seen > 0 && seen >= share * frames) return Number(((index + 1) * bucketMs).toFixed(1));
    }
    return 0;
  }

  return {
    add(lateMs: number): void {
      const index = Math.min(bucketCount - 1, Math.max(0, Math.floor(lateMs / bucketMs)));
      buckets[index] = (buckets[index] ?? 0) + 1;
      frames += 1;
      if (lateMs > maxMs) maxMs = lateMs;
      if (lateMs > 10) over10Ms += 1;
    },
    report: (): LatenessReport => ({
      frames,
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      maxMs: Number(maxMs.toFixed(1)),
      over10Ms,
    }),
    reset: (): void => {
      buckets.fill(0);
      frames = 0;
      maxMs = 0;
      over10Ms = 0;
    },
  };
}

/** The one pacer of this process. */
export const sharedPacer: Pacer = createPacer();

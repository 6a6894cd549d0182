/** Time that stands still until a test moves it. Microtasks run between timers, so effects settle as they would in life. */
import type { Clock } from "../kernel/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time forward by `ms`, running what becomes due in order. */
  advance(ms: number): Promise<void>;
}

/** Enough turns of the microtask queue for chains of awaits to come to rest. */
const microtaskTurns = 60;

async function settle(): Promise<void> {
  for (let turn = 0; turn < microtaskTurns; turn++) await Promise.resolve();
}

export function createManualClock(wallStartMs = Date.UTC(2026, 10, 20, 9, 0, 0)): ManualClock {
  let nowMs = 0;
  let sequence = 0;
  const timers = new Map<number, { atMs: number; run: () => void }>();
  const nextDue = (untilMs: number) =>
    [...timers.entries()]
      .filter(([, timer]) => timer.atMs <= untilMs)
      .sort(([ai, a], [bi, b]) => a.atMs - b.atMs || ai - bi)[0];
  return {
    now: () => nowMs,
    wallNow: () => wallStartMs + nowMs,
    setTimer(delayMs, run) {
      const id = sequence++;
      timers.set(id, { atMs: nowMs + Math.max(0, delayMs), run });
      return () => void timers.delete(id);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        const [id, timer] = due;
        timers.delete(id);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.run();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

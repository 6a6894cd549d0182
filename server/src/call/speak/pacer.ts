/** One pacing timer for all calls of a process: it runs only while somebody has sound left to send. */
import type { Clock } from "../../kernel/clock.ts";

export interface Pacer {
  /** Calls `pump` about every 20 ms until it returns false. */
  keepPumping(pump: () => boolean): void;
}

const periodMs = 20;

export function createPacer(clock: Clock): Pacer {
  const pumps = new Set<() => boolean>();
  let nextAtMs: number | undefined;

  const tick = () => {
    for (const pump of pumps) if (!pump()) pumps.delete(pump);
    if (pumps.size === 0) {
      nextAtMs = undefined;
      return;
    }
    // Due times are counted from the first tick, so that timer lateness does not add up.
    const nowMs = clock.now();
    nextAtMs = Math.max((nextAtMs ?? nowMs) + periodMs, nowMs + 1);
    clock.setTimer(nextAtMs - nowMs, tick);
  };

  return {
    keepPumping(pump) {
      pumps.add(pump);
      if (nextAtMs !== undefined) return;
      nextAtMs = clock.now() + periodMs;
      clock.setTimer(periodMs, tick);
    },
  };
}

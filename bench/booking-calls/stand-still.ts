/** A clock that stands still while something real is waited for. */

export interface Watch {
  /** The same question, counted while it is open. */
  watch<T>(work: Promise<T>): Promise<T>;
  /** Until nothing is open. */
  settled(): Promise<void>;
}

export function createWatch(): Watch {
  let running = 0;
  return {
    async watch(work) {
      running++;
      try {
        return await work;
      } finally {
        running--;
      }
    },
    async settled() {
      while (running > 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** What came in over all legs of this process, for the metrics. */
import type { TransportStats } from "../../call/ports.ts";
import type { MediaCounters } from "../process-messages.ts";

export function createMediaCounters() {
  const sums = { framesIn: 0, framesLate: 0, malformed: 0, oversized: 0, outOfOrder: 0 };
  const refusedSockets: Record<string, number> = {};
  return {
    /** A leg is over. */
    addLeg(stats: TransportStats) {
      sums.framesIn += stats.framesIn;
      sums.malformed += stats.malformed;
      sums.oversized += stats.oversized;
      sums.outOfOrder += stats.outOfOrder;
    },
    addLate(frames: number) {
      sums.framesLate += frames;
    },
    addRefused(reason: string) {
      refusedSockets[reason] = (refusedSockets[reason] ?? 0) + 1;
    },
    snapshot: (recordingsFailed: number): MediaCounters => ({
      ...{ ...sums, recordingsFailed },
      refusedSockets: { ...refusedSockets },
    }),
  };
}

import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("recordings that failed are counted over the lives of a media process", async () => {
  const metrics = createMetrics();
  const load = (recordingsFailed: number) =>
    metrics.onLoad(0, {
      ...{ live: 1, waiting: 0, loopDelayP99Ms: 1 },
      counters: {
        ...{ framesIn: 0, framesLate: 0, malformed: 0, oversized: 0, outOfOrder: 0, refusedSockets: {} },
        recordingsFailed,
      },
    });
  for (const failed of [0, 2, 2, 3]) load(failed);
  // It was restarted.
  for (const failed of [0, 1]) load(failed);
  expect((await metrics.render()).text).toContain("\nparley_recordings_failed_total 4\n");
});

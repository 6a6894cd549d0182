import { z } from "zod";
import { defineJob } from "../../platform/queue/queue.ts";

/** Looks at everything of one organisation that waits to be told. Lost or failed, the next minute's look finds the same. */
export const tendNotifications = defineJob({
  name: "notifications.tend",
  payload: z.object({ orgId: z.string() }),
  retries: 2,
});

import { z } from "zod";
import { defineJob } from "../../platform/queue/queue.ts";

/** Which automations a call that was read asks for. */
export const matchOutcomesJob = defineJob({
  name: "automations.match",
  payload: z.object({ orgId: z.string(), callId: z.string() }),
  retries: 5,
  retryDelaySeconds: 10,
});
export type MatchWork = z.output<typeof matchOutcomesJob.payload>;

/** A vendor that is down gets about half an hour, and a deed nobody saw the end of is looked for meanwhile. */
export const runAutomationJob = defineJob({
  name: "automations.run",
  payload: z.object({ orgId: z.string(), automationId: z.string(), callId: z.string() }),
  retries: 6,
  retryDelaySeconds: 30,
  expireSeconds: 120,
});
export type RunWork = z.output<typeof runAutomationJob.payload>;

/** How a job's queue is set up: the same, whoever makes it first, the sender or the worker. */
import type { JobDefinition } from "./queue.ts";

export const queueSchema = "pgboss";

/** Jobs whose last retry failed are kept here for 90 days, with the name they had. */
export const deadLetterQueue = {
  name: "dead-letters",
  options: { policy: "standard", retentionSeconds: 90 * 86_400, retryLimit: 0 },
} as const;

/** A worker that is killed says nothing: after so long without a sign of life its jobs are put back. */
const heartbeatSeconds = 15;

export function queueOptions(job: Omit<JobDefinition, "payload" | "name">) {
  return {
    // One job for each key waits or runs; jobs without a key get one of their own.
    policy: "exclusive",
    retryLimit: job.retries ?? 5,
    retryDelay: job.retryDelaySeconds ?? 5,
    retryBackoff: true,
    expireInSeconds: job.expireSeconds ?? 300,
    heartbeatSeconds,
    retentionSeconds: 14 * 86_400,
    deleteAfterSeconds: 86_400,
    deadLetter: deadLetterQueue.name,
    notify: true,
  };
}

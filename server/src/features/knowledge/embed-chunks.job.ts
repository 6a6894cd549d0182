/**
 * Gives a source's new chunks their vectors. Sent in the transaction that wrote them; without an embedder it changes nothing. Safe to
 * run twice: it takes what has no vector yet, and writes each batch with its own transaction.
 */
import { z } from "zod";
import { defineJob } from "../../platform/queue/queue.ts";

export const embedChunks = defineJob({
  name: "knowledge.embed",
  payload: z.object({ orgId: z.string(), sourceId: z.string() }),
  retries: 8,
  retryDelaySeconds: 15,
  expireSeconds: 900,
  concurrency: 1,
  takesTurns: true,
});

/** Jobs of knowledge. Each carries ids, and running it twice changes nothing. */
import { z } from "zod";
import { defineJob } from "../../platform/queue/queue.ts";

const payload = z.object({ orgId: z.string(), sourceId: z.string() });

export const readSource = defineJob({
  name: "knowledge.read",
  payload,
  retries: 4,
  retryDelaySeconds: 20,
  expireSeconds: 900,
  concurrency: 2,
  takesTurns: true,
});

/** A site takes long: files do not wait behind it. */
export const crawlSource = defineJob({
  name: "knowledge.crawl",
  payload,
  retries: 3,
  retryDelaySeconds: 60,
  expireSeconds: 3600,
  concurrency: 1,
  takesTurns: true,
});

/** Of a source whose row is gone. */
export const removeFile = defineJob({ name: "knowledge.remove-file", payload, retries: 8, concurrency: 1 });

export const jobFor = (kind: string) => (kind === "site" ? crawlSource : readSource);

import type { JobWorker } from "../../platform/queue/queue.ts";
import { crawlSource, readSource, removeFile } from "./knowledge-jobs.ts";
import type { KnowledgeParts } from "./knowledge-parts.ts";
import { runReading } from "./read-source.ts";
import { tendSources } from "./tend-sources.ts";

export async function registerKnowledgeJobs(worker: JobWorker, parts: KnowledgeParts): Promise<void> {
  await worker.handle(readSource, (work, { signal }) => runReading(parts, work, signal));
  await worker.handle(crawlSource, (work, { signal }) => runReading(parts, work, signal));
  await worker.handle(removeFile, (work) => parts.files.remove(work));
  await worker.schedule("knowledge.tend", "*/5 * * * *", ({ signal }) => tendSources(parts, signal));
}

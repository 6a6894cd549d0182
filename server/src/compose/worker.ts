/** The process that does what outlives a request or a call: jobs and webhooks. No socket listens here. */
import type { ProcessInit } from "../boot/init-message.ts";
import { createLogger, toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import type { ProcessLink } from "../entry/process-link.ts";
import { createJobWorker } from "../platform/queue/job-worker.ts";
import { registerAnalysisJob } from "./analysis.ts";
import { handleBillingJobs } from "./billing.ts";
import { registerAppointmentJobs } from "./calendars.ts";
import { registerConnectionJobs } from "./connection-jobs.ts";
import { openFeatures } from "./features.ts";
import { openLimits } from "./limits.ts";
import { registerJobs } from "./register-jobs.ts";
import { registerEmbeddingJob } from "./retrieval.ts";
import { openStores } from "./stores.ts";
import { startWebhooks } from "./webhooks.ts";

/** The supervisor kills after five seconds: jobs in flight are put back before. */
const stopGraceMs = 2000;

/** Resolves with what ends it. */
export async function startWorkerProcess(
  config: Config,
  init: ProcessInit,
  link: ProcessLink,
): Promise<() => Promise<void>> {
  const log = createLogger(config.logLevel, "worker");
  if (init.databaseUrl === undefined) throw new Error("the worker was started without a database");
  const stores = openStores(init, log);
  const limits = openLimits(config, stores, log);
  const origin = () => config.publicUrl ?? `http://localhost:${init.port}`;
  const features = openFeatures(stores, { ...limits, config, log, origin });
  const worker = await createJobWorker({ url: init.databaseUrl, log: toLogLine(log) });
  await registerJobs(worker, features);
  await handleBillingJobs(worker, { ...features, log: toLogLine(log), origin });
  await registerAppointmentJobs(worker, features, { config, log: toLogLine(log) });
  await registerAnalysisJob(worker, { ...features, config });
  await registerConnectionJobs(worker, features, { config, log: toLogLine(log) });
  await registerEmbeddingJob(worker, { ...features, config, log: toLogLine(log) });
  const stopWebhooks = startWebhooks({
    stores,
    features,
    config,
    log: toLogLine(log),
    deadProcessId: init.deadProcessId,
    databaseUrl: init.databaseUrl,
  });
  link.notify("ready", {});
  log.info("the worker is ready");
  return async () => {
    await Promise.all([worker.stop(stopGraceMs), stopWebhooks()]);
    limits.close();
    await stores.pool.end();
  };
}

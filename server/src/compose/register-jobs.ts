/** Every feature's jobs, in one list. Called in the worker process, before it says that it is ready. */

import { noteAnchorsHourly } from "../features/audit/index.ts";
import { digestCall } from "../features/calls/index.ts";
import { importContacts } from "../features/contacts/index.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { registerAutomationJobs } from "./automations.ts";
import type { Features } from "./features.ts";
import { handleKnowledgeJobs } from "./knowledge.ts";
import { registerToolJobs } from "./tools.ts";
import { registerWebhookJobs } from "./webhooks.ts";

export type RegisterJobs = (worker: JobWorker, features: Features) => Promise<void>;

const registrations: readonly RegisterJobs[] = [
  (worker, { contactImports }) => worker.handle(importContacts, (work, { signal }) => contactImports.run(work, signal)),
  (worker, features) => features.watchNumbers(worker),
  (worker, { auditAnchors }) => noteAnchorsHourly(worker, auditAnchors),
  (worker, { privacy }) => privacy.register(worker),
  registerWebhookJobs,
  handleKnowledgeJobs,
  (worker, { notificationDesk }) => notificationDesk.register(worker),
  registerToolJobs,
  registerAutomationJobs,
  (worker, { callDigests }) => worker.handle(digestCall, (work) => callDigests.run(work)),
];

export async function registerJobs(worker: JobWorker, features: Features): Promise<void> {
  for (const register of registrations) await register(worker, features);
}

/** The tools: those of the platform and those an organisation added, run in calls, by jobs and when somebody tries them. */
import { createProfileReader } from "../features/agents/index.ts";
import { createAppointments } from "../features/appointments/index.ts";
import { listAccounts } from "../features/connections/index.ts";
import { createMessages } from "../features/messages/index.ts";
import {
  createBuiltInTools,
  createSettleDeed,
  createToolRunner,
  createToolShelf,
  settleDeedJob,
  type ToolShelf,
  type WishRunner,
} from "../features/tools/index.ts";
import { createEmitWebhook } from "../features/webhooks/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { openAgents } from "./agents.ts";
import { clock, type Stores } from "./stores.ts";

export interface ToolFeatures {
  readonly toolShelf: ToolShelf;
  readonly toolRunner: WishRunner;
}

type ToolStores = Pick<Stores, "db" | "organizations">;

export function openTools({ db, organizations }: ToolStores, { log }: { log: LogLine }): ToolFeatures {
  const emit = createEmitWebhook({ clock });
  const deeds = { organizations, clock, emit };
  const builtIn = createBuiltInTools({
    appointments: createAppointments(deeds),
    messages: createMessages(deeds),
    profileOf: createProfileReader({ agents: openAgents({ db, organizations }), clock }),
  });
  const toolShelf = createToolShelf({ builtIn, sources: [] });
  const accounts = { of: (orgId: string) => db.withOrg(orgId, listAccounts) };
  const toolRunner = createToolRunner({
    ...{ db, organizations, clock, log, accounts },
    shelf: toolShelf,
    jobs: createJobSender(),
  });
  return { toolShelf, toolRunner };
}

/** In the worker: deeds whose answer nobody saw are looked for. */
export async function registerToolJobs(
  worker: JobWorker,
  { db, organizations, toolShelf }: ToolStores & Pick<ToolFeatures, "toolShelf">,
): Promise<void> {
  const emit = createEmitWebhook({ clock });
  await worker.handle(settleDeedJob, createSettleDeed({ db, organizations, clock, emit, shelf: toolShelf }));
}

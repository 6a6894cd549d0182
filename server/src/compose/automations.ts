/** Automations: asked for where they are seen, run by the worker through the tools' own runner. */
import type { Analyses } from "../features/analysis/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import {
  type Automations,
  createAutomations,
  createMatchOutcomes,
  createRunAutomation,
  matchOutcomesJob,
  runAutomationJob,
} from "../features/automations/index.ts";
import { faultsByTool } from "../features/tools/index.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { clock, type Stores } from "./stores.ts";
import type { ToolWorkshop } from "./tools.ts";

export interface AutomationFeatures {
  readonly automations: Automations;
}

export function openAutomations(
  { db, organizations }: Stores,
  { audit, toolShelf }: Pick<ToolWorkshop, "toolShelf"> & { readonly audit: AuditLog },
): AutomationFeatures {
  const toolsOf = async (orgId: string) => faultsByTool(await toolShelf.list(orgId));
  return { automations: createAutomations({ db, organizations, clock, audit, toolsOf }) };
}

interface RunningParts extends Stores, Pick<ToolWorkshop, "toolRunner"> {
  readonly analyses: Analyses;
}

export async function registerAutomationJobs(
  worker: JobWorker,
  { db, organizations, calls, analyses, toolRunner: runner }: RunningParts,
): Promise<void> {
  const parts = {
    ...{ db, organizations, calls, clock, runner, jobs: createJobSender() },
    resultOf: async (call: { orgId: string; callId: string }) => (await analyses.find(call))?.result ?? undefined,
  };
  await worker.handle(matchOutcomesJob, createMatchOutcomes(parts));
  await worker.handle(runAutomationJob, createRunAutomation(parts));
}

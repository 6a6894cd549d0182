/** Calls are read when they have ended: asked for where they end, done in the worker. */
import type { Config } from "../config.ts";
import type { Agents } from "../features/agents/index.ts";
import {
  type Analyses,
  analyseCallJob,
  type CallerMemory,
  createAnalyses,
  createRunAnalysis,
  type ReadingSettings,
} from "../features/analysis/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { noteAnalysed } from "../features/automations/index.ts";
import type { ContactMemories } from "../features/contacts/index.ts";
import { createEmitWebhook } from "../features/webhooks/index.ts";
import { AppError } from "../kernel/app-error.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import type { VendorKeys } from "./call-gates.ts";
import { maskerOf, modelRedactions } from "./model-redactions.ts";
import { createNoteUsage } from "./note-usage.ts";
import { organizationProviders } from "./organization-providers.ts";
import { clock, type Stores } from "./stores.ts";

export function openAnalyses({ db, organizations, calls }: Stores, { audit }: { audit: AuditLog }): Analyses {
  return createAnalyses({ db, organizations, calls, clock, audit, jobs: createJobSender() });
}

interface ReadingParts extends Stores {
  readonly config: Config;
  readonly agents: Pick<Agents, "findRunnable">;
  readonly vendorKeys: VendorKeys;
  readonly contactMemories: ContactMemories;
}

/** An agent that is gone asks nothing; the installation's model reads its calls. */
function createSettings({ db, agents, vendorKeys: keys, config }: ReadingParts) {
  return async (call: {
    orgId: string;
    agentId: string;
    agentVersion?: number | "draft";
    language: string;
  }): Promise<ReadingSettings> => {
    const { orgId, agentId, agentVersion: version, language } = call;
    const wanted = { agentId, ...(version === undefined ? {} : { version }) };
    const agent = await agents.findRunnable(orgId, wanted).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (agent === undefined) return { fields: [], models: [] };
    const redaction = await modelRedactions(db).of(orgId, agent.config.privacy.redactBeforeModel);
    const { llm } = await organizationProviders({ config, keys }, { orgId, agent: agent.config, language });
    // Vendors' adapters are not loaded before a call is to be read.
    const { createVendorMakers } = await import("./vendor-makers.ts");
    const makers = createVendorMakers({ config, clock });
    return {
      fields: agent.config.outcomeFields.map(({ choices, ...field }) => ({ ...field, ...(choices && { choices }) })),
      models: llm.filter(({ provider }) => provider !== "builtin").map((choice) => makers.makeModel(choice)),
      ...(redaction === undefined ? {} : { redact: await maskerOf(redaction) }),
    };
  };
}

function toCallerMemory(memories: ContactMemories): CallerMemory {
  return {
    async recall({ orgId, contactId }) {
      const memory = await memories.get(orgId, contactId).catch((error: unknown) => {
        if (error instanceof AppError && error.code === "not_found") return undefined;
        throw error;
      });
      if (memory?.hasConsent !== true) return undefined;
      return { summary: memory.summary, openItems: memory.openItems.map(({ text }) => text) };
    },
    remember: (tx, what) => memories.remember(tx, what),
  };
}

export async function registerAnalysisJob(worker: JobWorker, parts: ReadingParts): Promise<void> {
  const { db, organizations, calls, contactMemories } = parts;
  const emit = createEmitWebhook({ clock });
  const run = createRunAnalysis({
    ...{ db, organizations, calls, clock },
    settingsOf: createSettings(parts),
    memory: toCallerMemory(contactMemories),
    noteUsage: createNoteUsage(),
    async emit(tx, event) {
      const { orgId, subjectId: callId } = event;
      await noteAnalysed(tx, { jobs: createJobSender() }, { orgId, callId });
      await emit(tx, event);
    },
  });
  await worker.handle(analyseCallJob, run);
}

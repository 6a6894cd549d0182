/** From what was seen in a call to the runs it asks for: each automation once for each call. */
import type { CallPlan } from "../../call/call-plan.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { Organizations } from "../organizations/index.ts";
import { matchOutcomesJob, runAutomationJob } from "./automation-jobs.ts";
import { automationRuns } from "./automations.table.ts";
import { isForAgent } from "./match-outcome.ts";
import { openAutomation, selectEnabled } from "./sealed-automation.ts";

export interface TriggerParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly jobs: JobSender;
}

interface OfCall {
  readonly orgId: string;
  readonly callId: string;
}

/** In the caller's transaction. Seen again, nothing is added. */
export async function askForRun(
  tx: OrgTx,
  { jobs, clock }: Pick<TriggerParts, "jobs" | "clock">,
  { orgId, callId, automationId }: OfCall & { automationId: string },
): Promise<void> {
  const nowMs = clock.wallNow();
  const row = { id: newId("run", nowMs), orgId, automationId, callId, createdAt: new Date(nowMs) };
  const made = await tx
    .insert(automationRuns)
    .values({ ...row, state: "waiting" })
    .onConflictDoNothing()
    .returning({ id: automationRuns.id });
  if (made.length > 0) await jobs.send(tx, runAutomationJob, { orgId, automationId, callId });
}

/** In the transaction that ends a call's analysis. */
export async function noteAnalysed(
  tx: OrgTx,
  { jobs }: Pick<TriggerParts, "jobs">,
  { orgId, callId }: OfCall,
): Promise<void> {
  if ((await selectEnabled(tx, "outcome")).length > 0) await jobs.send(tx, matchOutcomesJob, { orgId, callId });
}

export interface NotedIntent extends OfCall {
  readonly agentId: string;
  readonly intent: string;
}

/** False: no automation of this agent waits for it. */
export async function noteIntent(tx: OrgTx, parts: Omit<TriggerParts, "db">, noted: NotedIntent): Promise<boolean> {
  const { orgId, callId, agentId, intent } = noted;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const waiting = (await selectEnabled(tx, "intent")).filter((row) => {
    const config = openAutomation(orgKey, row);
    return config.when.kind === "intent" && config.when.name === intent && isForAgent(config, agentId);
  });
  for (const { id: automationId } of waiting) await askForRun(tx, parts, { orgId, callId, automationId });
  return waiting.length > 0;
}

/** What a call's plan says of the intents that are watched for. */
export async function intentsOf(
  { db, organizations }: Pick<TriggerParts, "db" | "organizations">,
  orgId: string,
): Promise<NonNullable<CallPlan["intents"]>> {
  return await db.withOrg(orgId, async (tx) => {
    const rows = await selectEnabled(tx, "intent");
    if (rows.length === 0) return [];
    const orgKey = await organizations.keyOf(tx, orgId);
    return rows.flatMap((row) => {
      const { when, agentIds } = openAutomation(orgKey, row);
      if (when.kind !== "intent") return [];
      const { name, description, words } = when;
      return [{ name, description, words, ...(agentIds.length > 0 ? { agentIds } : {}) }];
    });
  });
}

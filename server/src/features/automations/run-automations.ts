/** What the worker does: finds the automations of a call that was read, and runs what was asked for through the tools' own runner. */
import type { AnalysisResult } from "@parley/contract/analysis";
import { and, eq } from "drizzle-orm";
import type { ToolOutcome } from "../../call/ports.ts";
import type { CallStore } from "../calls/index.ts";
import type { WishRunner } from "../tools/index.ts";
import { type MatchWork, type RunWork, runAutomationJob } from "./automation-jobs.ts";
import { type AutomationRow, automationRuns, automations } from "./automations.table.ts";
import { callerPhoneOf, fillInput, type Seen } from "./fill-input.ts";
import { isForAgent, matchesOutcome } from "./match-outcome.ts";
import { openAutomation, sealProblem, selectEnabled } from "./sealed-automation.ts";
import { askForRun, type TriggerParts } from "./trigger-automations.ts";

export interface RunParts extends TriggerParts {
  readonly calls: Pick<CallStore, "getCall">;
  /** Undefined while there is none. */
  readonly resultOf: (call: { orgId: string; callId: string }) => Promise<AnalysisResult | undefined>;
  readonly runner: WishRunner;
}

interface Attempt {
  readonly signal: AbortSignal;
  /** 0 for the first run. */
  readonly attempt: number;
}

/** Nothing of the call is there yet, or the tool may work later. */
class TryLater extends Error {
  constructor() {
    super("the automation is tried again later");
    this.name = "TryLater";
  }
}

async function see({ calls, resultOf }: RunParts, of: { orgId: string; callId: string }): Promise<Seen | undefined> {
  const call = await calls.getCall(of.orgId, of.callId);
  if (call === undefined) return undefined;
  const result = await resultOf(of);
  return result === undefined ? { call } : { call, result };
}

export function createMatchOutcomes(parts: RunParts): (work: MatchWork) => Promise<void> {
  return async (work) => {
    const { orgId } = work;
    const seen = await see(parts, work);
    const result = seen?.result;
    if (seen === undefined || result === undefined) return;
    await parts.db.withOrg(orgId, async (tx) => {
      const orgKey = await parts.organizations.keyOf(tx, orgId);
      for (const row of await selectEnabled(tx, "outcome")) {
        const config = openAutomation(orgKey, row);
        if (config.when.kind !== "outcome" || !isForAgent(config, seen.call.agentId)) continue;
        if (matchesOutcome(config.when, result)) await askForRun(tx, parts, { ...work, automationId: row.id });
      }
    });
  };
}

async function findWaiting(
  { db }: RunParts,
  { orgId, automationId, callId }: RunWork,
): Promise<AutomationRow | undefined> {
  return await db.withOrg(orgId, async (tx) => {
    const isIt = and(eq(automationRuns.automationId, automationId), eq(automationRuns.callId, callId));
    const [run] = await tx.select().from(automationRuns).where(isIt);
    if (run?.state !== "waiting") return undefined;
    const [row] = await tx.select().from(automations).where(eq(automations.id, automationId));
    return row;
  });
}

async function runTool(
  { runner, db, organizations }: RunParts,
  row: AutomationRow,
  given: { seen: Seen; signal: AbortSignal },
) {
  const { orgId, id } = row;
  const { call } = given.seen;
  const config = openAutomation(await db.withOrg(orgId, (tx) => organizations.keyOf(tx, orgId)), row);
  const callerPhone = callerPhoneOf(call);
  const { id: callId, agentId, language, direction } = call;
  return await runner.run({
    ...{ orgId, agentId, callId, settings: config.settings, signal: given.signal },
    call: { id, name: config.tool, input: fillInput(config, given.seen) },
    facts: { language, direction, ...(callerPhone === undefined ? {} : { callerPhone }) },
    idempotencyKey: `automation:${id}:${callId}`,
  });
}

const states = { ok: "done", failed: "failed", uncertain: "uncertain" } as const;

async function finish(
  parts: RunParts,
  row: AutomationRow,
  { callId, outcome }: { callId: string; outcome: ToolOutcome },
) {
  const { db, organizations, clock } = parts;
  const finishedAt = new Date(clock.wallNow());
  await db.withOrg(row.orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, row.orgId);
    const problem = outcome.status === "ok" ? undefined : outcome.publicMessage;
    const sealedProblem = problem === undefined ? null : sealProblem(orgKey, row, { callId, problem });
    await tx
      .update(automationRuns)
      .set({ state: states[outcome.status], finishedAt, sealedProblem })
      .where(and(eq(automationRuns.automationId, row.id), eq(automationRuns.callId, callId)));
  });
}

/** The key is the call and the automation: run twice, the tool does it once. Rejects while it is worth another try. */
export function createRunAutomation(parts: RunParts): (work: RunWork, about: Attempt) => Promise<void> {
  return async (work, { attempt, signal }) => {
    const row = await findWaiting(parts, work);
    if (row === undefined) return;
    const isLast = attempt >= (runAutomationJob.retries ?? 0);
    const seen = await see(parts, work);
    // The record of a call that has just begun may still be on its way.
    if (seen === undefined && !isLast) throw new TryLater();
    const outcome: ToolOutcome =
      seen === undefined
        ? { status: "failed", publicMessage: "The call is not there any more." }
        : await runTool(parts, row, { seen, signal });
    if (outcome.status !== "ok" && !isLast) throw new TryLater();
    await finish(parts, row, { callId: work.callId, outcome });
  };
}

/**
 * Deeds at somebody else's: the wish is noted and committed, then it is run, then the note is settled. Wherever the process dies in
 * between, the note is there, the same key does not run again, and a job looks for the deed.
 */
import type { ToolOutcome } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { Organizations } from "../organizations/index.ts";
import { notCertain } from "./outcomes.ts";
import { settleDeedJob } from "./settle-deeds.job.ts";
import type { Tool, ToolDeed, ToolWork } from "./tool.ts";
import { type Claim, claimDeed, settleDeed } from "./tool-deeds.store.ts";
import { outcomeOfFailure } from "./vendor-failure.ts";

type OutsideDeed = Extract<ToolDeed<unknown, unknown>, { where: "outside" }>;
type Work = ToolWork<unknown, unknown>;

export interface OutsideParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly jobs: JobSender;
  readonly log: LogLine;
}

interface Deed {
  readonly tool: Tool;
  readonly deed: OutsideDeed;
  readonly work: Work;
}

const outsideTimeoutMs = 15_000;
/** From the end of the run's time until somebody looks whether it was settled. */
const lookAfterMs = 10_000;

/** What runs in this process now, by organisation and key: whoever asks for the same waits for the same. */
export type RunningDeeds = Map<string, Promise<ToolOutcome>>;

export function runOutside(parts: OutsideParts, running: RunningDeeds, given: Deed): Promise<ToolOutcome> {
  if (given.tool.effect === "read") return attempt(parts, given, given.work.signal);
  const name = `${given.work.orgId} ${given.work.idempotencyKey}`;
  const already = running.get(name);
  if (already !== undefined) return already;
  const outcome = noteAndRun(parts, given).finally(() => running.delete(name));
  running.set(name, outcome);
  return outcome;
}

const timeoutOf = ({ timeoutMs }: Tool) => timeoutMs ?? outsideTimeoutMs;

async function noteAndRun(parts: OutsideParts, given: Deed): Promise<ToolOutcome> {
  const { db, organizations, clock, jobs } = parts;
  const { signal: _signal, prepared: _prepared, ...noted } = given.work;
  const { orgId } = noted;
  const tool = given.tool.name;
  const nowMs = clock.wallNow();
  const claimed = await db.withOrg(orgId, async (tx) => {
    const made = await claimDeed(tx, { organizations, nowMs }, { tool, work: noted });
    if (!made.mayRun) return made;
    const startAfter = new Date(nowMs + timeoutOf(given.tool) + lookAfterMs);
    await jobs.send(tx, settleDeedJob, { orgId, ...made.claim }, { startAfter });
    return made;
  });
  if (!claimed.mayRun) return claimed.outcome;
  // Once begun it is not cut short: not by the end of the call either.
  const outcome = await attempt(parts, given, undefined);
  await settle(parts, { claim: claimed.claim, orgId, outcome, tool });
  return outcome;
}

/** A deed that was done is done, also when it cannot be written down now: the job finds it. */
async function settle(
  { db, organizations, clock, log }: OutsideParts,
  { tool, ...settled }: { claim: Claim; orgId: string; outcome: ToolOutcome; tool: string },
): Promise<void> {
  const parts = { organizations, nowMs: clock.wallNow() };
  try {
    await db.withOrg(settled.orgId, (tx) => settleDeed(tx, parts, settled));
  } catch {
    log("warn", "a tool's result could not be noted; it is looked for later", { tool });
  }
}

async function attempt(
  { clock, log }: OutsideParts,
  { tool, deed, work }: Deed,
  ends: AbortSignal | undefined,
): Promise<ToolOutcome> {
  const deadline = new AbortController();
  const signal = ends === undefined ? deadline.signal : AbortSignal.any([ends, deadline.signal]);
  const { promise: late, resolve } = Promise.withResolvers<ToolOutcome>();
  const cancel = clock.setTimer(timeoutOf(tool), () => {
    deadline.abort();
    resolve(tool.effect === "read" ? outcomeOfFailure(undefined, "read") : notCertain);
  });
  const run = async () => {
    try {
      return await deed.run({ ...work, signal });
    } catch (error) {
      const kind = error instanceof Error ? error.name : "unknown";
      log("warn", "a tool's deed outside failed", { tool: tool.name, kind });
      return outcomeOfFailure(error, tool.effect);
    }
  };
  return await Promise.race([run(), late]).finally(cancel);
}

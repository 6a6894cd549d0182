/** Looks after deeds whose answer nobody saw: the process died, the vendor was silent. */
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { defineJob } from "../../platform/queue/queue.ts";
import type { Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import { outsideWayOf } from "./tool.ts";
import { findDeed, noteTold, type Settled, settleDeed, workOf } from "./tool-deeds.store.ts";
import type { ToolDeedRow } from "./tool-deeds.table.ts";
import type { ToolShelf } from "./tool-shelf.ts";

/** A vendor that is down gets about an hour. */
export const settleDeedJob = defineJob({
  name: "tools.settle",
  payload: z.object({ orgId: z.string(), deedId: z.string(), run: z.int().min(1) }),
  retries: 7,
  retryDelaySeconds: 30,
  expireSeconds: 120,
});
export type SettleWork = z.output<typeof settleDeedJob.payload>;

/** Looks that must agree before a deed counts as never done: what a vendor has just written may not be found at once. */
const looksToBeSure = 3;

/** It may be there the next time. */
class NotFoundYet extends Error {
  constructor() {
    super("the deed was not found yet");
    this.name = "NotFoundYet";
  }
}

export interface SettleParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly shelf: Pick<ToolShelf, "find">;
  readonly emit: EmitWebhook;
}

interface Look {
  readonly signal: AbortSignal;
  /** 0 for the first run. */
  readonly attempt: number;
}

export type SettleDeed = (work: SettleWork, look: Look) => Promise<void>;

/** Rejects while it is worth looking again. */
export function createSettleDeed(parts: SettleParts): SettleDeed {
  const { db, clock } = parts;
  return async (work, look) => {
    const { orgId, deedId, run } = work;
    const row = await db.withOrg(orgId, (tx) => findDeed(tx, deedId));
    if (row === undefined || row.run !== run || !["started", "uncertain"].includes(row.state)) return;
    const outcome = await lookFor(parts, row, look);
    await db.withOrg(orgId, async (tx) => {
      const nowMs = clock.wallNow();
      const claim = { deedId, run };
      const isTold = outcome.status === "uncertain" || outcome.status === "lost";
      // Before it is settled: a deed outside any call is forgotten then.
      const tells = isTold && (await noteTold(tx, claim, nowMs));
      if (!(await settleDeed(tx, { ...parts, nowMs }, { claim, orgId, outcome })) || !tells) return;
      const facts = { tool: row.tool, outcome: outcome.status === "lost" ? "not-done" : "unknown" };
      const about = row.callId === null ? {} : { callId: row.callId };
      await parts.emit(tx, { orgId, type: "tool.uncertain", subjectId: deedId, ...about, facts });
    });
  };
}

const unknown: Settled = { status: "uncertain", publicMessage: "" };

async function lookFor({ db, organizations, shelf }: SettleParts, row: ToolDeedRow, look: Look): Promise<Settled> {
  const tool = await shelf.find(row.orgId, row.tool);
  const deed = tool && outsideWayOf(tool.deed);
  if (deed?.find === undefined) return unknown;
  const work = workOf(await db.withOrg(row.orgId, (tx) => organizations.keyOf(tx, row.orgId)), row);
  try {
    const found = await deed.find({ ...work, signal: look.signal });
    if (found !== undefined && found.status !== "uncertain") return found;
    if (found === undefined && look.attempt + 1 >= looksToBeSure) return { status: "lost" };
  } catch (error) {
    if (look.attempt < (settleDeedJob.retries ?? 0)) throw error;
    return unknown;
  }
  if (look.attempt < (settleDeedJob.retries ?? 0)) throw new NotFoundYet();
  return unknown;
}

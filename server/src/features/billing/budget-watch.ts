/** Tells each threshold of a budget once in its period, in the transaction that crossed it. */
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import { type Measure, measuresOf, nothingMore, readBudget } from "./budget-store.ts";
import { tellBudget } from "./tell-budget.job.ts";

export interface BudgetWatchParts {
  readonly clock: Clock;
  readonly emit: EmitWebhook;
  readonly jobs: JobSender;
}

export interface BudgetWatch {
  /** After usage was entered in this transaction, behind the lock that entering holds. */
  check(tx: OrgTx, orgId: string): Promise<void>;
}

interface Crossing extends Measure {
  readonly threshold: number;
}

function crossingsOf(measures: readonly Measure[], thresholds: readonly number[]): Crossing[] {
  return measures.flatMap((measure) =>
    thresholds
      .filter((threshold) => measure.used * 100n >= measure.limit * BigInt(threshold))
      .map((threshold) => ({ ...measure, threshold })),
  );
}

export function createBudgetWatch({ clock, emit, jobs }: BudgetWatchParts): BudgetWatch {
  const tell = async (tx: OrgTx, orgId: string, { period, measure, threshold }: Crossing): Promise<void> => {
    const nowMs = clock.wallNow();
    const id = newId("bgt", nowMs);
    const noted = await tx.execute(sql`
      insert into budget_notices (org_id, id, period, measure, threshold, reached_at)
      values (${orgId}, ${id}, ${period}, ${measure}, ${threshold}, ${new Date(nowMs).toISOString()}::timestamptz)
      on conflict (org_id, period, measure, threshold) do nothing`);
    if (noted.rowCount === 0) return;
    const type = threshold >= 100 ? "budget.exhausted" : "budget.warning";
    await emit(tx, { orgId, type, subjectId: id, facts: { period, measure, threshold } });
    const { rows } = await tx.execute<{ user_id: string }>(sql`select user_id from memberships where role = 'owner'`);
    for (const { user_id: userId } of rows) await jobs.send(tx, tellBudget, { orgId, noticeId: id, userId });
  };

  return {
    async check(tx, orgId) {
      const state = await readBudget(tx, clock.wallNow());
      if (state.terms === null) return;
      // A limit that stops calls is told whether or not somebody listed it.
      const thresholds = [...new Set([...state.terms.thresholds, ...(state.terms.caps ? [100] : [])])];
      for (const crossing of crossingsOf(measuresOf(state, nothingMore), thresholds)) await tell(tx, orgId, crossing);
    },
  };
}

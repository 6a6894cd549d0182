/** An ended call asks to be read, in the transaction that ends it. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { defineJob, type JobSender } from "../../platform/queue/queue.ts";

/** Vendors that are down get about eight minutes; then rules read the call. */
export const analyseCallJob = defineJob({
  name: "calls.analyse",
  payload: z.object({ orgId: z.string(), callId: z.string(), version: z.int().min(1) }),
  retries: 5,
  retryDelaySeconds: 15,
  expireSeconds: 300,
});

export type AnalysisWork = z.output<typeof analyseCallJob.payload>;

export const sendAnalysis = (jobs: JobSender, tx: OrgTx, work: AnalysisWork) =>
  jobs.send(tx, analyseCallJob, work, { singletonKey: `${work.callId} ${work.version}` });

/** A call in which no caller said anything has nothing to be read. Asking twice asks once. */
export async function requestAnalysis(
  tx: OrgTx,
  { orgId, callId }: { orgId: string; callId: string },
  { jobs, clock }: { jobs: JobSender; clock: Clock },
): Promise<void> {
  const at = new Date(clock.wallNow()).toISOString();
  const { rows } = await tx.execute(sql`
    insert into call_analyses (org_id, call_id, requested_at)
    select org_id, id, ${at}::timestamptz from calls where id = ${callId} and turns > 0
    on conflict do nothing returning call_id`);
  if (rows.length > 0) await sendAnalysis(jobs, tx, { orgId, callId, version: 1 });
}

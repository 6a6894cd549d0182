/** Calls and recordings that a job has noted, taken one by one: each is destroyed in a transaction, then its sound removed. */
import { and, eq, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { privacyJobCalls } from "./privacy.tables.ts";
import type { RunningJob } from "./privacy-parts.ts";

type Noted = typeof privacyJobCalls.$inferSelect;

const notedAtOnce = 200;

/**
 * Cut off anywhere, it goes on where it was: a line of the list goes when nothing is left of what it names. Calls that are still live stay
 * on the list; how many is returned.
 */
export async function emptyNotedCalls(job: RunningJob): Promise<number> {
  const { orgId, id: jobId } = job.row;
  const { db } = job.parts;
  let live = 0;
  for (let after = ""; ; ) {
    const noted = await db.withOrg(orgId, (tx) =>
      tx
        .select()
        .from(privacyJobCalls)
        .where(and(eq(privacyJobCalls.jobId, jobId), sql`${privacyJobCalls.callId} > ${after}`))
        .orderBy(privacyJobCalls.callId)
        .limit(notedAtOnce),
    );
    for (const one of noted) {
      job.signal.throwIfAborted();
      if (!(await emptyOne(job, one))) live++;
      after = one.callId;
    }
    if (noted.length < notedAtOnce) return live;
  }
}

/** False: the call is live. */
async function emptyOne(job: RunningJob, { orgId, jobId, callId, what }: Noted): Promise<boolean> {
  const { db } = job.parts;
  const removeSound = await db.withOrg(orgId, (tx) => destroy(tx, job, { orgId, callId, what }));
  if (removeSound === "live") return false;
  await removeSound();
  await db.withOrg(orgId, async (tx) => {
    await tx.delete(privacyJobCalls).where(and(eq(privacyJobCalls.jobId, jobId), eq(privacyJobCalls.callId, callId)));
    await job.count(tx, what === "call" ? "calls" : "recordings", 1);
  });
  return true;
}

async function destroy(
  tx: OrgTx,
  { parts: { things } }: RunningJob,
  { what, ...of }: Pick<Noted, "orgId" | "callId" | "what">,
): Promise<(() => Promise<void>) | "live"> {
  if (what === "recording") return await things.eraseSound(tx, of);
  try {
    return await things.eraseCall(tx, of);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "conflict") return "live";
    // Erased already: its sound may still lie there.
    if (error.code === "not_found") return await things.eraseSound(tx, of);
    throw error;
  }
}

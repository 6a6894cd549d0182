/** The work behind a job: run again after any failure, it goes on where it was. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { JobRun } from "../../platform/queue/queue.ts";
import { eraseContact } from "./erase-contact.ts";
import { writeArchive } from "./export-archive.ts";
import { type PrivacyJobRow, privacyJobs } from "./privacy.tables.ts";
import { addCount, runPrivacyJob, selectJob } from "./privacy-jobs.ts";
import type { PrivacyParts, RunningJob } from "./privacy-parts.ts";
import { applyRetention } from "./retention.ts";
import { activeAfterMs, destroyedAfterMs, rotateKey } from "./rotate-key.ts";

export async function runJob(
  parts: PrivacyParts,
  { orgId, jobId }: { orgId: string; jobId: string },
  { signal, attempt }: JobRun,
): Promise<void> {
  const row = await parts.db.withOrg(orgId, (tx) => selectJob(tx, jobId));
  // Its organisation was erased, or it ran before.
  if (row === undefined || !["waiting", "running"].includes(row.state)) return;
  await parts.db.withOrg(orgId, (tx) => setState(tx, jobId, "running"));
  const actor = { kind: row.actorKind as RunningJob["actor"]["kind"], id: row.actorId };
  const count: RunningJob["count"] = (tx, what, more) => addCount(tx, jobId, [what, more]);
  try {
    const isDone = await work({ parts, row, actor, signal, count });
    if (isDone) await parts.db.withOrg(orgId, (tx) => finish(tx, parts, row));
    else await goOnLater(parts, row);
  } catch (error) {
    // The worker puts it back when it stops; only a last failure is one.
    if (attempt >= (runPrivacyJob.retries ?? 0)) await parts.db.withOrg(orgId, (tx) => setState(tx, jobId, "failed"));
    throw error;
  }
}

async function work(job: RunningJob): Promise<boolean> {
  switch (job.row.kind) {
    case "export":
      await writeArchive(job);
      return true;
    case "erasure":
      await eraseContact(job);
      return true;
    case "retention":
      await applyRetention(job);
      return true;
    case "key-rotation":
      return await rotateKey(job);
  }
}

const setState = (tx: OrgTx, jobId: string, state: PrivacyJobRow["state"]) =>
  tx.update(privacyJobs).set({ state }).where(eq(privacyJobs.id, jobId));

/** With its result in the audit log, once: the state and the entry are one transaction. */
async function finish(
  tx: OrgTx,
  { audit, clock }: PrivacyParts,
  { orgId, id, kind, subject }: PrivacyJobRow,
): Promise<void> {
  const finishedAt = new Date(clock.wallNow());
  const [row] = await tx
    .update(privacyJobs)
    .set({ state: "done", finishedAt })
    .where(eq(privacyJobs.id, id))
    .returning();
  const facts = { jobId: id, ...row?.counts };
  const actor = { kind: "system", id: "system" } as const;
  await audit.append(tx, { orgId, actor, action: `privacy-jobs.${kind}-done`, subject: subject ?? orgId, facts });
}

async function goOnLater({ db, jobs, clock }: PrivacyParts, { orgId, id, createdAt }: PrivacyJobRow): Promise<void> {
  const ageMs = clock.wallNow() - createdAt.getTime();
  const next = ageMs < activeAfterMs ? activeAfterMs : destroyedAfterMs;
  const startAfter = new Date(createdAt.getTime() + next + 1000);
  // This run still holds the job's own key.
  await db.withOrg(orgId, (tx) =>
    jobs.send(tx, runPrivacyJob, { orgId, jobId: id }, { startAfter, singletonKey: `${id} ${next}` }),
  );
}

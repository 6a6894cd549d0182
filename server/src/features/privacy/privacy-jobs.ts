/** Jobs of privacy as they are asked for and looked at; `run-privacy-job.ts` does them. */
import type { PrivacyJob } from "@parley/contract/privacy";
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { defineJob } from "../../platform/queue/queue.ts";
import { type JobOptions, type PrivacyJobRow, privacyJobs } from "./privacy.tables.ts";
import type { PrivacyParts } from "./privacy-parts.ts";

/** A day of trying: a live call, an absent bucket, a vendor's holiday. */
export const runPrivacyJob = defineJob({
  name: "privacy.run",
  payload: z.object({ orgId: z.string(), jobId: z.string() }),
  retries: 11,
  retryDelaySeconds: 20,
  expireSeconds: 6 * 3600,
  concurrency: 1,
});

export interface NewJob {
  readonly orgId: string;
  readonly actor: Actor;
  readonly kind: PrivacyJobRow["kind"];
  readonly subject?: string | undefined;
  readonly options?: JobOptions;
  readonly startAfter?: Date;
}

/** The row, its audit entry and the work, in one transaction. */
export async function enterJob(tx: OrgTx, parts: PrivacyParts, job: NewJob): Promise<PrivacyJob> {
  const { orgId, actor, kind, subject, options = {}, startAfter } = job;
  const now = new Date(parts.clock.wallNow());
  const id = newId("prv", parts.clock.wallNow());
  const [row] = await tx
    .insert(privacyJobs)
    .values({
      ...{ orgId, id, kind, options, state: "waiting", createdAt: now },
      ...{ subject: subject ?? null, actorKind: actor.kind, actorId: actor.id },
    })
    .returning();
  if (row === undefined) throw new Error("the job was not entered");
  const about = { orgId, actor, subject: subject ?? orgId, facts: { jobId: id } };
  if (kind !== "retention" || actor.kind !== "system") {
    await parts.audit.append(tx, { ...about, action: `privacy-jobs.${kind}` });
  }
  const when = startAfter === undefined ? {} : { startAfter };
  await parts.jobs.send(tx, runPrivacyJob, { orgId, jobId: id }, { singletonKey: id, ...when });
  return toJob(row);
}

export function toJob(row: PrivacyJobRow): PrivacyJob {
  const hasArchive = row.state === "done" && row.storedBytes !== null && row.expiresAt !== null;
  return {
    ...{ id: row.id, kind: row.kind, state: row.state, contactId: row.subject, counts: row.counts },
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    archive: hasArchive
      ? { bytes: row.counts["archiveBytes"] ?? 0, expiresAt: (row.expiresAt ?? row.createdAt).toISOString() }
      : null,
  };
}

export async function selectJob(tx: OrgTx, jobId: string): Promise<PrivacyJobRow | undefined> {
  const [row] = await tx.select().from(privacyJobs).where(eq(privacyJobs.id, jobId));
  return row;
}

export async function requireJob(tx: OrgTx, jobId: string): Promise<PrivacyJobRow> {
  const row = await selectJob(tx, jobId);
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such job." });
  return row;
}

export async function listJobs(
  tx: OrgTx,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: PrivacyJob[]; nextCursor: string | null }> {
  if (cursor !== undefined && !/^prv_[0-9a-z]{10,40}$/.test(cursor)) {
    throw new AppError("bad_request", { publicMessage: "cursor is not one this list gave out. Leave it away." });
  }
  const rows = await tx
    .select()
    .from(privacyJobs)
    .where(and(...(cursor === undefined ? [] : [lt(privacyJobs.id, cursor)])))
    .orderBy(desc(privacyJobs.id))
    .limit(limit + 1);
  const shown = rows.slice(0, limit);
  return { items: shown.map(toJob), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}

export async function addCount(tx: OrgTx, jobId: string, [what, more]: readonly [string, number]): Promise<void> {
  if (more === 0) return;
  const counts = sql`${privacyJobs.counts} || jsonb_build_object(${what}::text, coalesce((${privacyJobs.counts}->>${what}::text)::bigint, 0) + ${more}::bigint)`;
  await tx.update(privacyJobs).set({ counts }).where(eq(privacyJobs.id, jobId));
}

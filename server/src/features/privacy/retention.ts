/** What has been kept as long as the policy says is destroyed, in small transactions. */
import type { PrivacyPolicy, RetentionKind } from "@parley/contract/privacy";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { forgetImportedLines } from "./call-traces.ts";
import { emptyNotedCalls } from "./empty-calls.ts";
import type { RunningJob } from "./privacy-parts.ts";
import { readPolicy } from "./privacy-policy.ts";

const rowsAtOnce = 500;
const dayMs = 86_400_000;

/** Safe to run twice and to be cut off. */
export async function applyRetention(job: RunningJob): Promise<void> {
  const { orgId } = job.row;
  const { db, clock } = job.parts;
  const policy = await db.withOrg(orgId, readPolicy);
  const before = (kind: RetentionKind) => cutOf(policy, kind, clock.wallNow());
  await noteCalls(job, { calls: before("transcripts"), recordings: before("recordings") });
  await emptyNotedCalls(job);
  await deleteRows(job, "messages", before("messages"));
  await deleteRows(job, "notifications", before("messages"));
  await deleteRows(job, "appointments", before("appointments"));
  await deleteRows(job, "webhookDeliveries", before("webhookDeliveries"));
  await removeContacts(job, before("contactsWithoutCalls"));
}

function cutOf(policy: PrivacyPolicy, kind: RetentionKind, nowMs: number): Date | undefined {
  const days = policy.retentionDays[kind];
  return days === null ? undefined : new Date(nowMs - days * dayMs);
}

async function noteCalls(job: RunningJob, before: { calls: Date | undefined; recordings: Date | undefined }) {
  const { orgId, id } = job.row;
  await job.parts.db.withOrg(orgId, async (tx) => {
    if (before.calls !== undefined) {
      await tx.execute(sql`
        insert into privacy_job_calls (org_id, job_id, call_id, what)
        select org_id, ${id}, id, 'call' from calls
        where key_wrap is not null and ended_at is not null and ended_at < ${before.calls.toISOString()}::timestamptz
        on conflict do nothing`);
    }
    if (before.recordings !== undefined) {
      await tx.execute(sql`
        insert into privacy_job_calls (org_id, job_id, call_id, what)
        select org_id, ${id}, call_id, 'recording' from recordings
        where state not in ('recording', 'deleted') and created_at < ${before.recordings.toISOString()}::timestamptz
        on conflict do nothing`);
    }
  });
}

/** With a row goes the only wrap of its key. */
const deletions = {
  messages: (before: string) => sql`
    delete from messages where id in (select id from messages where created_at < ${before}::timestamptz limit ${rowsAtOnce})`,
  appointments: (before: string) => sql`
    delete from appointments where id in (select id from appointments where ends_at < ${before}::timestamptz limit ${rowsAtOnce})`,
  notifications: (before: string) => sql`
    delete from notifications where id in (
      select id from notifications where status <> 'waiting' and created_at < ${before}::timestamptz limit ${rowsAtOnce})`,
  webhookDeliveries: (before: string) => sql`
    delete from webhook_deliveries where id in (
      select id from webhook_deliveries
      where status <> 'pending' and finished_at is not null and finished_at < ${before}::timestamptz limit ${rowsAtOnce})`,
};

async function deleteRows(job: RunningJob, what: keyof typeof deletions, before: Date | undefined): Promise<void> {
  if (before === undefined) return;
  for (;;) {
    job.signal.throwIfAborted();
    const gone = await job.parts.db.withOrg(job.row.orgId, async (tx) => {
      const { rowCount } = await tx.execute(deletions[what](before.toISOString()));
      await job.count(tx, what, rowCount ?? 0);
      return rowCount ?? 0;
    });
    if (gone < rowsAtOnce) return;
  }
}

/** Whoever asked not to be called stays known: they would be called again. */
async function removeContacts(job: RunningJob, before: Date | undefined): Promise<void> {
  if (before === undefined) return;
  const { orgId } = job.row;
  const { db, things } = job.parts;
  await db.withOrg(orgId, (tx) => forgetImportedLines(tx, before));
  for (;;) {
    const found = await db.withOrg(orgId, (tx) => findIdleContacts(tx, before));
    for (const contactId of found) {
      job.signal.throwIfAborted();
      await things.removeContact({ orgId, actor: job.actor, contactId }).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== "not_found") throw error;
      });
      await db.withOrg(orgId, (tx) => job.count(tx, "contactsWithoutCalls", 1));
    }
    if (found.length < rowsAtOnce) return;
  }
}

async function findIdleContacts(tx: OrgTx, before: Date): Promise<string[]> {
  const at = before.toISOString();
  const { rows } = await tx.execute<{ id: string }>(sql`
    select c.id from contacts c
    where c.updated_at < ${at}::timestamptz and not c.do_not_call
      and not exists (select from calls k where k.contact_id = c.id and k.started_at >= ${at}::timestamptz)
    limit ${rowsAtOnce}`);
  return rows.map((row) => row.id);
}

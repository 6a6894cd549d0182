/** Everything about a contact: their key first, then what calls, appointments and messages hold of them. */
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { hashOfCaller } from "../calls/index.ts";
import { forgetImportedLines } from "./call-traces.ts";
import { emptyNotedCalls } from "./empty-calls.ts";
import type { JobOptions } from "./privacy.tables.ts";
import type { PrivacyParts, RunningJob } from "./privacy-parts.ts";
import { readPolicy } from "./privacy-policy.ts";

/** Before the contact is gone: by what their traces are found. Throws AppError `not_found`. */
export async function readTraces(
  { db, organizations, things }: PrivacyParts,
  { orgId, contactId }: { orgId: string; contactId: string },
): Promise<JobOptions> {
  const { phones } = await things.contact(orgId, contactId);
  return await db.withOrg(orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, orgId);
    const appointmentKey = deriveSecret(orgKey, "appointment phone");
    const callerHashes = phones.flatMap(({ number }) => hashOfCaller(orgKey, number)?.toString("hex") ?? []);
    const appointmentHashes = phones.map(({ number }) => keyedHash(appointmentKey, number).toString("hex"));
    const unlinkCalls = (await readPolicy(tx)).contactErasure === "unlink-calls";
    return { callerHashes, appointmentHashes, unlinkCalls };
  });
}

/** Safe to run twice and to be cut off. Throws while a call of theirs is live: it is tried again. */
export async function eraseContact(job: RunningJob): Promise<void> {
  const { orgId, id: jobId, subject: contactId, options } = job.row;
  if (contactId === null) throw new Error("an erasure names nobody");
  const { db, things } = job.parts;
  await db.withOrg(orgId, (tx) => noteCallsOf(tx, { jobId, contactId, options }));
  await things.removeContact({ orgId, actor: job.actor, contactId }).then(
    () => db.withOrg(orgId, (tx) => job.count(tx, "contacts", 1)),
    (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "not_found") throw error;
    },
  );
  await db.withOrg(orgId, async (tx) => {
    await tx.execute(sql`delete from contact_memory_calls where contact_id = ${contactId}`);
    for (const [what, gone] of await eraseTraces(tx, { jobId, contactId, options })) await job.count(tx, what, gone);
    if (options.unlinkCalls === true) await job.count(tx, "unlinkedCalls", await unlinkCalls(tx, jobId));
  });
  const live = await emptyNotedCalls(job);
  if (live > 0) throw new Error("a call of this contact is still live");
}

const bytesOf = (hex: readonly string[] = []) =>
  sql`(select decode(h, 'hex') from unnest(${sql.param([...hex])}::text[]) h)`;

interface Traces {
  readonly jobId: string;
  readonly options: JobOptions;
}

async function noteCallsOf(tx: OrgTx, { jobId, contactId, options }: Traces & { contactId: string }): Promise<void> {
  await tx.execute(sql`
    insert into privacy_job_calls (org_id, job_id, call_id, what)
    select org_id, ${jobId}, id, 'call' from calls
    where contact_id = ${contactId} or caller_hash in ${bytesOf(options.callerHashes)}
    on conflict do nothing`);
}

/** Rows that hold the only wraps of their keys. */
async function eraseTraces(
  tx: OrgTx,
  { jobId, contactId, options }: Traces & { contactId: string },
): Promise<[string, number][]> {
  const ofCalls = sql`(select call_id from privacy_job_calls where job_id = ${jobId})`;
  const appointments = await tx.execute(sql`
    delete from appointments
    where phone_hash in ${bytesOf(options.appointmentHashes)} or call_id in ${ofCalls} or contact_id = ${contactId}`);
  const messages = await tx.execute(sql`delete from messages where call_id in ${ofCalls}`);
  await tx.execute(sql`delete from tool_results where call_id in ${ofCalls}`);
  await tx.execute(sql`delete from outbound_calls where call_id in ${ofCalls}`);
  await tx.execute(sql`delete from webhook_deliveries where status <> 'pending' and call_id in ${ofCalls}`);
  await tx.execute(sql`delete from notification_events where call_id in ${ofCalls}`);
  await tx.execute(sql`
    delete from notifications where call_id in ${ofCalls} or recipient_hash in ${bytesOf(options.appointmentHashes)}`);
  await tx.execute(sql`delete from inbound_texts where sender_hash in ${bytesOf(options.appointmentHashes)}`);
  await forgetImportedLines(tx);
  return [
    ["appointments", appointments.rowCount ?? 0],
    ["messages", messages.rowCount ?? 0],
  ];
}

/** The words stay, and nothing ties them to the person any more. */
async function unlinkCalls(tx: OrgTx, jobId: string): Promise<number> {
  await tx.execute(sql`
    delete from carrier_reports where external_id in (
      select external_id from calls where id in (select call_id from privacy_job_calls where job_id = ${jobId}))`);
  const { rowCount } = await tx.execute(sql`
    update calls set contact_id = null, caller_hash = null, sealed_caller = null, sealed_called = null, external_id = null
    where id in (select call_id from privacy_job_calls where job_id = ${jobId})`);
  await tx.execute(sql`delete from privacy_job_calls where job_id = ${jobId}`);
  return rowCount ?? 0;
}

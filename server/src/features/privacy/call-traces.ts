import { sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";

/**
 * What names a call beside its own rows, destroyed with them: what was made of it in words, what tools did, whom it was placed to,
 * the carrier's reports, deliveries of webhooks that are over, what people were told of it. What a customer is still to be told of an
 * appointment loses the call. Messages and appointments have days of their own; usage stays.
 */
export async function forgetTracesOfCall(tx: OrgTx, { callId }: { callId: string }): Promise<void> {
  await tx.execute(sql`delete from call_analyses where call_id = ${callId}`);
  await tx.execute(sql`delete from tool_results where call_id = ${callId}`);
  await tx.execute(sql`delete from tool_deeds where call_id = ${callId}`);
  await tx.execute(sql`delete from automation_runs where call_id = ${callId}`);
  await tx.execute(sql`
    delete from carrier_reports where external_id in (
      select external_id from calls where id = ${callId} union select external_id from outbound_calls where call_id = ${callId})`);
  await tx.execute(sql`delete from outbound_calls where call_id = ${callId}`);
  await tx.execute(sql`delete from contact_memory_calls where call_id = ${callId}`);
  await tx.execute(sql`delete from webhook_deliveries where status <> 'pending' and call_id = ${callId}`);
  await tx.execute(sql`delete from notification_events where call_id = ${callId}`);
  await tx.execute(
    sql`delete from notifications where call_id = ${callId} and (status <> 'waiting' or recipient <> 'customer')`,
  );
  await tx.execute(sql`update notifications set call_id = null where call_id = ${callId}`);
}

/** What an import leaves when it is done: of a line that could not be taken nobody knows whose it is. */
export async function forgetImportedLines(tx: OrgTx, before?: Date): Promise<void> {
  const until = before?.toISOString() ?? "infinity";
  const done = sql`(
    select id from contact_imports where state = 'done' and coalesce(finished_at, created_at) < ${until}::timestamptz)`;
  await tx.execute(sql`delete from contact_import_chunks where import_id in ${done}`);
  await tx.execute(sql`delete from contact_import_problems where import_id in ${done}`);
}

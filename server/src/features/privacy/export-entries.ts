/** Everything there is about a contact or an organisation, as files of an archive, a page of things in memory at a time. */

import type { PrivacyPolicy } from "@parley/contract/privacy";
import { sql } from "drizzle-orm";
import { open, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { RunningJob } from "./privacy-parts.ts";
import { readPolicy } from "./privacy-policy.ts";

export interface ExportEntry {
  readonly name: string;
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const recordsAtOnce = 100;

/** JSON lines; one object is one line. */
function linesEntry(name: string, records: readonly unknown[]): ExportEntry {
  const content = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return { name, bytes: content.length, read: () => [content] };
}

export async function* exportEntries(job: RunningJob): AsyncGenerator<ExportEntry> {
  if (job.row.subject === null) yield* organizationEntries(job);
  else yield* contactEntries(job, job.row.subject);
}

async function* contactEntries(job: RunningJob, contactId: string): AsyncGenerator<ExportEntry> {
  const { orgId, options } = job.row;
  const { things, db } = job.parts;
  yield linesEntry("contact.json", [await things.contact(orgId, contactId)]);
  yield linesEntry("memory.json", [await things.memory(orgId, contactId)]);
  const hashes = sql.param([...(options.callerHashes ?? [])]);
  const selected = sql`select id from calls where erased_at is null
    and (contact_id = ${contactId} or caller_hash in (select decode(h, 'hex') from unnest(${hashes}::text[]) h))`;
  yield* callEntries(job, (after) => sql`${selected} and id > ${after} order by id limit ${recordsAtOnce}`);
  const ofCalls = sql`call_id in (${selected})`;
  const phones = sql.param([...(options.appointmentHashes ?? [])]);
  const ofPhone = sql`phone_hash in (select decode(h, 'hex') from unnest(${phones}::text[]) h)`;
  yield* rowEntries(job, "messages", ofCalls);
  yield* rowEntries(job, "appointments", sql`(${ofCalls} or ${ofPhone})`);
  await db.withOrg(orgId, (tx) => job.count(tx, "contacts", 1));
}

async function* organizationEntries(job: RunningJob): AsyncGenerator<ExportEntry> {
  const { orgId } = job.row;
  const { things, db } = job.parts;
  yield linesEntry("organization.json", [await db.withOrg(orgId, readOrganization)]);
  yield linesEntry("agents.ndjson", await things.agents(orgId));
  yield* pagedEntries(job, "contacts", (cursor) => things.contacts(orgId, cursor));
  yield* callEntries(
    job,
    (after) => sql`
    select id from calls where erased_at is null and id > ${after} order by id limit ${recordsAtOnce}`,
  );
  yield* rowEntries(job, "messages", sql`true`);
  yield* rowEntries(job, "appointments", sql`true`);
  for (const { name, table, columns } of plainThings) {
    yield* pagedEntries(job, name, (cursor = "") => readPlain(job, { table, columns, after: cursor }));
  }
  yield* pagedEntries(job, "audit-log", (cursor) => things.auditEntries(orgId, cursor));
}

async function readOrganization(tx: OrgTx): Promise<Record<string, unknown> & { privacyPolicy: PrivacyPolicy }> {
  const { rows } = await tx.execute<Record<string, unknown>>(sql`
    select org_id as id, name, language, time_zone as "timeZone", country, policies, created_at as "createdAt" from organizations`);
  return { ...rows[0], privacyPolicy: await readPolicy(tx) };
}

/** That there is one, and what it is: never a secret. Deliveries are kept as facts. */
const plainThings = [
  { name: "members", table: "memberships", columns: sql`user_id as id, role, created_at as "createdAt"` },
  { name: "connections", table: "connections", columns: sql`id, vendor, status, created_at as "createdAt"` },
  { name: "calendars", table: "calendars", columns: sql`id, kind, settings, created_at as "createdAt"` },
  { name: "phone-numbers", table: "phone_numbers", columns: sql`id, state, created_at as "createdAt"` },
  { name: "api-keys", table: "api_keys", columns: sql`id, name, permissions, created_at as "createdAt"` },
  {
    name: "webhook-endpoints",
    table: "webhook_endpoints",
    columns: sql`id, events, enabled, created_at as "createdAt"`,
  },
  {
    name: "webhook-deliveries",
    table: "webhook_deliveries",
    columns: sql`id, type, subject_id as "subjectId", call_id as "callId", facts, status, created_at as "createdAt"`,
  },
  {
    name: "notifications",
    table: "notifications",
    columns: sql`id, kind, channel, subject_id as "subjectId", call_id as "callId", status, reason, created_at as "createdAt"`,
  },
  { name: "knowledge-collections", table: "knowledge_collections", columns: sql`id, name, created_at as "createdAt"` },
  {
    name: "knowledge-sources",
    table: "knowledge_sources",
    columns: sql`id, collection_id as "collectionId", kind, title, settings, status, created_at as "createdAt"`,
  },
  {
    name: "knowledge-passages",
    table: "knowledge_chunks",
    columns: sql`id, source_id as "sourceId", page_number as "pageNumber", heading, text`,
  },
  {
    name: "contact-imports",
    table: "contact_imports",
    columns: sql`id, state, lines, created, updated, unchanged, bad_lines as "badLines", created_at as "createdAt"`,
  },
] as const;

async function readPlain(
  { row: { orgId }, parts: { db } }: RunningJob,
  { table, columns, after }: { table: string; columns: ReturnType<typeof sql>; after: string },
) {
  const { rows } = await db.withOrg(orgId, (tx) =>
    tx.execute<{ id: string }>(sql`
      select * from (select ${columns} from ${sql.identifier(table)}) things
      where id > ${after} order by id limit ${recordsAtOnce}`),
  );
  return { items: rows, nextCursor: rows.length < recordsAtOnce ? null : (rows.at(-1)?.id ?? null) };
}

const fileName = (what: string, number: number) => `${what}-${String(number).padStart(5, "0")}.ndjson`;

async function* pagedEntries(
  job: RunningJob,
  what: string,
  read: (cursor: string | undefined) => Promise<{ items: readonly unknown[]; nextCursor: string | null }>,
): AsyncGenerator<ExportEntry> {
  let cursor: string | undefined;
  for (let number = 1; ; number++) {
    job.signal.throwIfAborted();
    const page = await read(cursor);
    if (page.items.length > 0) yield linesEntry(fileName(what, number), page.items);
    await job.parts.db.withOrg(job.row.orgId, (tx) => job.count(tx, what, page.items.length));
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Each call with its words, and its sound as WAV behind it. */
async function* callEntries(
  job: RunningJob,
  select: (after: string) => ReturnType<typeof sql>,
): AsyncGenerator<ExportEntry> {
  const { orgId } = job.row;
  const { db, things } = job.parts;
  let after = "";
  for (let number = 1; ; number++) {
    job.signal.throwIfAborted();
    const { rows } = await db.withOrg(orgId, (tx) => tx.execute<{ id: string }>(select(after)));
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return;
    const calls: unknown[] = [];
    for (const callId of ids) calls.push(await things.call({ orgId, callId }));
    yield linesEntry(fileName("calls", number), calls);
    for (const callId of ids) yield* soundEntry(job, callId);
    await db.withOrg(orgId, (tx) => job.count(tx, "calls", ids.length));
    after = ids.at(-1) ?? after;
  }
}

async function* soundEntry(job: RunningJob, callId: string): AsyncGenerator<ExportEntry> {
  const { orgId } = job.row;
  const sound = await job.parts.things.sound({ orgId, callId }, job.actor);
  if (sound === undefined) return;
  yield { name: `recordings/${callId}.wav`, bytes: sound.bytes, read: () => sound.read() };
  await job.parts.db.withOrg(orgId, (tx) => job.count(tx, "recordings", 1));
}

const sealedColumns = {
  messages: { sealed: "sealed_content", seq: "content", plain: sql`call_id as "callId", created_at as "createdAt"` },
  appointments: {
    sealed: "sealed_details",
    seq: "details",
    plain: sql`call_id as "callId", service, starts_at as "startsAt", ends_at as "endsAt", status`,
  },
} as const;

async function* rowEntries(
  job: RunningJob,
  table: keyof typeof sealedColumns,
  which: ReturnType<typeof sql>,
): AsyncGenerator<ExportEntry> {
  yield* pagedEntries(job, table, (cursor = "") => readRows(job, { table, which, after: cursor }));
}

async function readRows(
  { row: { orgId }, parts: { db, organizations } }: RunningJob,
  { table, which, after }: { table: keyof typeof sealedColumns; which: ReturnType<typeof sql>; after: string },
) {
  const { sealed, seq, plain } = sealedColumns[table];
  return await db.withOrg(orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, orgId);
    const { rows } = await tx.execute<{ id: string; keyWrap: Buffer; sealed: Buffer }>(sql`
      select id, key_wrap as "keyWrap", ${sql.identifier(sealed)} as sealed, ${plain} from ${sql.identifier(table)}
      where key_wrap is not null and id > ${after} and ${which} order by id limit ${recordsAtOnce}`);
    const items = rows.map(({ keyWrap, sealed: content, ...shown }) => {
      const details = open(unwrapKey(orgKey, keyWrap, shown.id), { orgId, owner: shown.id, seq }, content);
      return { ...shown, ...(details as object) };
    });
    return { items, nextCursor: rows.length < recordsAtOnce ? null : (rows.at(-1)?.id ?? null) };
  });
}

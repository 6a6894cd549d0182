/** How far erasure, retention and export reach, over all features at once: the database's own catalogue says which tables there are. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { privacyPolicy } from "@parley/contract/privacy";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createLogger } from "../boot/logger.ts";
import { readConfig } from "../config.ts";
import { createCallStore } from "../features/calls/index.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import { newKey } from "../platform/crypto/envelope.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { createJobWorker } from "../platform/queue/job-worker.ts";
import { defineJob } from "../platform/queue/queue.ts";
import { createS3Store, type S3Settings } from "../platform/storage/s3-store.ts";
import { waitUntil } from "../testing/running-platform.ts";
import { startTestBucket } from "../testing/test-bucket.ts";
import { testDatabase } from "../testing/test-database.ts";
import { openFeatures } from "./features.ts";
import { openLimits } from "./limits.ts";
import { modelRedactions } from "./model-redactions.ts";
import { openRecordingKeeper } from "./recordings.ts";
import { registerJobs } from "./register-jobs.ts";
import { clock } from "./stores.ts";

const orgId = "org_one";
const actor = { kind: "user", id: "user_1" } as const;
const asked = { orgId, actor };
const phone = "+447911123456";
const sound = Buffer.from(Array.from({ length: 32_000 }, (_, at) => (at * 7 + (at >> 8) * 13) & 0xff));

/** What the other features hold of a call, in every table that can name one. */
const tracesOf = (call: string, contact: string) => `
  insert into call_analyses (org_id, call_id, requested_at, outcome) values ('${orgId}', '${call}', now(), 'complaint')
    on conflict (org_id, call_id) do update set outcome = 'complaint';
  insert into tool_results (org_id, call_id, idempotency_hash, tool) values ('${orgId}', '${call}', '${call}', 'book_appointment');
  insert into tool_deeds (id, org_id, idempotency_hash, call_id, tool, state, key_wrap, sealed_work, created_at)
    values ('deed_${call}', '${orgId}', '${call}', '${call}', 'send_sms', 'done', 'x', 'x', now());
  insert into automations (id, org_id, trigger, enabled, key_wrap, sealed_config, created_at, updated_at)
    values ('auto_1', '${orgId}', 'outcome', true, 'x', 'x', now(), now()) on conflict do nothing;
  insert into automation_runs (id, org_id, automation_id, call_id, state, created_at)
    values ('run_${call}', '${orgId}', 'auto_1', '${call}', 'done', now());
  insert into outbound_calls (org_id, call_id, phone_number_id, state, sealed_order, key_wrap, created_at)
    values ('${orgId}', '${call}', 'p', 'ended', 'x', 'x', now());
  insert into carrier_reports (org_id, external_id, report_key, status, reported_at)
    values ('${orgId}', 'CA_${call}', 'k', 'completed', now());
  insert into contact_memory_calls (org_id, call_id, contact_id, remembered_at) values ('${orgId}', '${call}', '${contact}', now());
  insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, created_by, created_at, events)
    values ('whk_1', '${orgId}', '', '', '', 'u', now(), '{}') on conflict do nothing;
  insert into webhook_deliveries (id, org_id, endpoint_id, event_id, type, order_key, subject_id, call_id, facts, status,
      created_at, finished_at, next_attempt_at)
    values ('whd_${call}', '${orgId}', 'whk_1', '${call}', 'call.ended', '${call}', '${call}', '${call}', '{}', 'delivered', now(), now(), now());
  insert into webhook_attempts (org_id, delivery_id, attempt, started_at) values ('${orgId}', 'whd_${call}', 1, now());
  insert into notification_events (id, org_id, type, subject_id, call_id, happened_at) values ('nev_${call}', '${orgId}', 'call.ended', '${call}', '${call}', now());
  insert into notifications (id, org_id, event_key, kind, channel, recipient, call_id, status, happened_at, due_at, created_at)
    values ('ntf_${call}', '${orgId}', '${call}', 'owner-missed-call', 'email', 'user:u', '${call}', 'sent', now(), now(), now());
  insert into messages (id, org_id, call_id, sealed_content) values ('msg_${call}', '${orgId}', '${call}', 'x');
  insert into appointments (id, org_id, call_id, contact_id, service, starts_at, ends_at, status, phone_hash, sealed_details)
    values ('apt_${call}', '${orgId}', '${call}', '${contact}', 's', now() - interval '41 days', now() - interval '40 days', 'cancelled', 'x', 'x');
  insert into call_usage (org_id, subject, source, provider, model, unit, paid_by, call_id, day, at, quantity, price_source, currency,
      cost_micros, entered_at)
    values ('${orgId}', '${call}', 's', 'p', 'm', 'sms', 'installation', '${call}', now(), now(), 1, 'none', 'USD', 0, now());`;

async function openWorld(s3?: S3Settings) {
  const db = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-privacy-"));
  const masterKey = newKey();
  const bucket = s3 && { S3_BUCKET: s3.bucket, S3_ENDPOINT: s3.endpoint ?? "", S3_REGION: s3.region ?? "" };
  const config = readConfig({ DATA_DIR: dataDir, ...bucket });
  const log = createLogger("silent", "test");
  const organizations = createOrganizations({ db: db.orgDb, masterKey });
  const calls = createCallStore({ db: db.orgDb, organizations, clock });
  const stores = { pool: db.pool, db: db.orgDb, masterKey, organizations, calls };
  const limits = openLimits(config, stores, log);
  const features = openFeatures(stores, { ...limits, config, log, origin: () => "http://localhost" });
  await organizations.ensure({ orgId, name: "One" });
  const about = { signal: new AbortController().signal, attempt: 0 };
  const run = async (wish: Parameters<typeof features.privacy.start>[1]) => {
    const { id } = await features.privacy.start(asked, wish);
    await features.privacy.run({ orgId, jobId: id }, about);
    return await features.privacy.job(orgId, id);
  };
  return {
    ...{ db, dataDir, features, run },
    /** An ended call of the number, with its sound. */
    async hold(callId: string, ageDays = 0) {
      const startedAtMs = Date.now() - ageDays * 86_400_000;
      await calls.createCall({
        ...{ orgId, callId, agentId: "agent_1", agentName: "Demo", language: "en", channel: "phone" },
        ...{ direction: "inbound", startedAtMs, processId: "1-a", from: phone, externalId: `CA_${callId}` },
      });
      const words = { type: "turn-committed", turnId: "t1", trigger: "silence", content: { text: "Hello" } } as const;
      await calls.appendEvents([{ orgId, callId, event: { ...words, v: 1, seq: 0, atMs: 5 } }]);
      const keeper = openRecordingKeeper(stores, { config, log: silentLog, processId: ownProcessId() });
      const sink = keeper.open({ orgId, callId, sampleRateHz: 8000 });
      sink.write(Buffer.from(sound));
      sink.close();
      await waitUntil(() => keeper.stats().waiting + keeper.stats().live === 0, 20_000);
      await keeper.close();
      const end = { status: "completed", hangUpReason: "caller-hung-up", durationMs: 1000 } as const;
      await calls.finishCall({ orgId, callId, ...end, endedAtMs: startedAtMs + 1000 });
    },
    leaveTraces: (callId: string, contactId = "con_x") => db.asAdmin(tracesOf(callId, contactId)),
    countOf: async (what: string) =>
      Number((await db.asAdmin(`select count(*)::int as n from ${what}`)).rows[0]?.["n"]),
    async [Symbol.asyncDispose]() {
      limits.close();
      await db[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
type World = Awaited<ReturnType<typeof openWorld>>;

async function tablesWith(world: World, columns: string): Promise<string[]> {
  const { rows } = await world.db.asAdmin(`
    select distinct c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'organizations' and ${columns}
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id') order by 1`);
  return rows.map((row) => String(row["name"]));
}

/** Each table of a tenant with words, sealed or not, and what becomes of it. A new table belongs here, with an answer. */
const fates: Readonly<Record<string, string>> = {
  agents: "no caller's: the owner's texts; exported",
  agent_versions: "no caller's: the owner's texts",
  api_keys: "a member's; narrowed with the account; exported without the token",
  appointments: "erased with the contact; days of their own; exported",
  audit_entries: "ids only; kept as long as the organisation; exported",
  audit_heads: "a hash",
  automations: "the owner's",
  automation_runs: "erased with the call",
  blocked_numbers: "kept until the owner removes it: whoever is blocked stays so",
  budget_notices: "figures",
  budget_reservations: "figures",
  budgets: "figures",
  calendars: "the owner's: what can be booked; exported that there is one",
  calendar_syncs: "where a linked calendar was read to; gone with its link",
  external_busy: "times alone; gone with the link, and a week after they are over",
  call_analyses: "erased with the call; exported with it",
  call_events: "erased with the call; exported with it",
  call_figures: "figures",
  call_notes: "erased with the call; exported with it",
  call_usage: "facts; kept for statements; exported with the call",
  call_words: "hashes, erased with the call",
  calls: "emptied: times and how it ended stay; exported",
  carrier_reports: "erased with the call; facts",
  connections: "no caller's; exported that there is one",
  contact_field_lists: "names of fields",
  contact_import_chunks: "lines go when they are imported; what is left goes with any contact's erasure",
  contact_import_problems: "goes with any contact's erasure and with contactsWithoutCalls",
  contact_imports: "figures stay; exported as such",
  contact_memories: "erased with the contact; exported",
  contact_memory_calls: "erased with the call and the contact",
  contact_merges: "ids",
  contact_phones: "erased with the contact",
  contact_terms: "hashes, erased with the contact",
  contacts: "erased; exported",
  custom_tools: "the owner's",
  erasures: "ids of what was erased",
  idempotent_requests: "sealed answers, forgotten after a day",
  invitations: "an invited member's; gone with the organisation",
  knowledge_chunks: "no caller's: the owner's documents; exported",
  knowledge_collections: "no caller's: the owner's; exported",
  knowledge_pages: "no caller's: the owner's",
  knowledge_sources: "no caller's: the owner's; files erased with it; exported",
  mcp_servers: "the owner's; exported as the tools they add are: not at all",
  memberships: "a member's; erased with the account; exported",
  messages: "erased with the contact; days of their own; exported",
  inbound_texts: "ids and hashes; erased with the contact, forgotten after eight days",
  notification_digests: "days",
  notification_events: "ids; erased with the call, forgotten after eight days",
  notification_settings: "the owner's",
  notifications: "words only while under way; erased with the call and the contact; the messages' days; exported",
  oauth_requests: "hashes and ids; no use after ten minutes, gone with the next one",
  organization_keys: "keys",
  organization_plans: "the owner's",
  organization_prices: "the owner's",
  outbound_calls: "erased with the call; the call is exported",
  phone_numbers: "the owner's own numbers; exported that there is one",
  privacy_jobs: "ids and hashes; forgotten after 400 days",
  privacy_job_calls: "ids while a job runs",
  privacy_policies: "no person's; exported",
  recordings: "erased with the call; days of their own; exported",
  screening_policies: "no person's",
  statements: "figures",
  tool_deeds: "erased with the call; gone with their end where there was none",
  text_opt_outs: "hashes; kept until START: whoever wants no texts gets none",
  tool_results: "ids and times; erased with the call",
  usage_days: "figures",
  webhook_attempts: "gone with the delivery",
  webhook_deliveries: "erased with the call when they are over; days of their own; exported",
  webhook_endpoints: "the owner's; exported without secrets",
};

describe("every table", () => {
  test("with words of anybody, sealed or not, has a fate; and no fate is of a table that is gone", async () => {
    await using world = await openWorld();
    const found = await tablesWith(
      world,
      "a.atttypid in ('text'::regtype, 'bytea'::regtype, 'jsonb'::regtype) and a.attname <> 'org_id'",
    );
    expect(found.filter((name) => fates[name] === undefined)).toEqual([]);
    const all = new Set(await tablesWith(world, "true"));
    expect(Object.keys(fates).filter((name) => !all.has(name))).toEqual([]);
  });

  test("that can name a call or a contact names neither any more when the contact is erased", async () => {
    await using world = await openWorld();
    const { id: contactId } = await world.features.contacts.create(asked, {
      name: "Wendolyne",
      phones: [{ number: phone, label: "mobile" }],
    });
    await world.hold("call_1");
    await world.leaveTraces("call_1", contactId);
    const naming = await tablesWith(world, "a.attname = 'call_id'");
    const unnamed = new Set(["call_notes", "call_words", "privacy_job_calls"]);
    for (const table of naming.filter((name) => !unnamed.has(name))) {
      expect(
        await world.countOf(`${table} where call_id = 'call_1'`),
        `${table} is not filled by this test`,
      ).toBeGreaterThan(0);
    }
    expect(await world.run({ kind: "erasure", contactId })).toMatchObject({ state: "done" });
    const left: string[] = [];
    for (const table of naming) if ((await world.countOf(`${table} where call_id = 'call_1'`)) > 0) left.push(table);
    // What was used is billed; a destroyed recording keeps its size.
    expect(left).toEqual(["call_usage", "recordings"]);
    for (const table of await tablesWith(world, "a.attname = 'contact_id'")) {
      expect(await world.countOf(`${table} where contact_id = '${contactId}'`), table).toBe(0);
    }
    expect(await world.countOf("carrier_reports")).toBe(0);
    expect(await world.countOf("recordings where key_wrap is not null or sealed_peaks is not null")).toBe(0);
    expect(existsSync(join(world.dataDir, "recordings", orgId, "call_1.sound"))).toBe(false);
  });

  test("that can name a call names it no more when the call alone is erased; its messages and appointments stay", async () => {
    await using world = await openWorld();
    await world.hold("call_1");
    await world.leaveTraces("call_1");
    await world.features.callArchive.remove({ ...asked, callId: "call_1" });
    const left: string[] = [];
    for (const table of await tablesWith(world, "a.attname = 'call_id'")) {
      if ((await world.countOf(`${table} where call_id = 'call_1'`)) > 0) left.push(table);
    }
    expect(left).toEqual(["appointments", "call_usage", "messages", "recordings"]);
  });
});

test("retention takes recordings, appointments and deliveries by their own days, and leaves what is younger or waits", async () => {
  await using world = await openWorld();
  const { privacy, recordings } = world.features;
  for (const callId of ["call_old", "call_new"]) {
    await world.hold(callId);
    await world.leaveTraces(callId);
  }
  await world.db.asAdmin(`
    update recordings set created_at = now() - interval '40 days' where call_id = 'call_old';
    update appointments set starts_at = now(), ends_at = now() + interval '1 hour' where call_id = 'call_new';
    update webhook_deliveries set finished_at = now() - interval '40 days' where call_id = 'call_old';
    insert into webhook_deliveries (id, org_id, endpoint_id, event_id, type, order_key, subject_id, facts, created_at, next_attempt_at)
      values ('whd_waits', '${orgId}', 'whk_1', 'e', 'call.ended', 'o', 's', '{}', now() - interval '90 days', now())`);
  await privacy.setPolicy(
    asked,
    privacyPolicy.parse({ retentionDays: { recordings: 30, appointments: 30, webhookDeliveries: 30 } }),
  );
  expect((await world.run({ kind: "retention" })).counts).toEqual({
    recordings: 1,
    appointments: 1,
    webhookDeliveries: 1,
  });
  expect(await recordings.summaryOf({ orgId, callId: "call_old" })).toBeNull();
  expect(existsSync(join(world.dataDir, "recordings", orgId, "call_old.sound"))).toBe(false);
  expect(await recordings.summaryOf({ orgId, callId: "call_new" })).toMatchObject({ state: "complete" });
  const idsOf = async (table: string) =>
    (await world.db.asAdmin(`select id from ${table} order by id`)).rows.map((row) => row["id"]);
  expect(await idsOf("appointments")).toEqual(["apt_call_new"]);
  expect(await idsOf("webhook_deliveries")).toEqual(["whd_call_new", "whd_waits"]);
  expect(await world.countOf("webhook_attempts")).toBe(1);
  // The words have no days: they stay.
  expect(await world.countOf("calls where key_wrap is not null")).toBe(2);
  expect((await world.run({ kind: "retention" })).counts).toEqual({});
});

test("models read everything until the policy or an agent says otherwise", async () => {
  await using world = await openWorld();
  const redactions = modelRedactions(world.db.orgDb);
  expect(await redactions.of(orgId, false)).toBeUndefined();
  await world.features.privacy.setPolicy(asked, privacyPolicy.parse({ redactBeforeModel: ["card", "phone"] }));
  await world.db.asAdmin("update organizations set country = 'GB'");
  expect(await redactions.of(orgId, false)).toEqual({ kinds: ["card", "phone"], country: "GB" });
  expect((await redactions.of(orgId, true))?.kinds).toEqual(["card", "national-id", "iban", "email", "phone"]);
});

function untar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const bytes = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
    files.set(archive.toString("utf8", at, archive.indexOf(0, at)), archive.subarray(at + 512, at + 512 + bytes));
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}

test("an export holds each recording as WAV, what was made of the call, and that there are connections, without their secrets", async () => {
  await using world = await openWorld();
  await world.hold("call_1");
  await world.leaveTraces("call_1");
  await world.db.asAdmin(
    "insert into connections (id, org_id, vendor, status, sealed_name, sealed_secrets, key_wrap, created_at, rotated_at, checked_at) values ('cn_1', $1, 'twilio', 'connected', 'hush', 'hush', 'hush', now(), now(), now())",
    [orgId],
  );
  // Rows of this test that only look sealed are not to be opened.
  await world.db.asAdmin("truncate messages, appointments");
  const job = await world.run({ kind: "export" });
  const files = untar(gunzipSync(await buffer(await world.features.privacy.download(asked, job.id))));
  const wav = files.get("recordings/call_1.wav") ?? Buffer.alloc(0);
  expect([wav.toString("latin1", 0, 4), wav.length]).toEqual(["RIFF", 44 + 2 * sound.length]);
  const wanted = await world.features.recordings.listen({ orgId, callId: "call_1" }, actor);
  const plain = await buffer(wanted.content.read(0, wanted.content.plainBytes));
  expect(plain.equals(sound)).toBe(true);
  expect(wav.subarray(44).equals(Buffer.from(wanted.form.toPcm(sound)))).toBe(true);
  expect(files.get("connections-00001.ndjson")?.toString()).toContain('"vendor":"twilio"');
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(["webhook-endpoints-00001.ndjson", "webhook-deliveries-00001.ndjson"]),
  );
  for (const [name, content] of files) if (!name.endsWith(".wav")) expect(content.includes("hush"), name).toBe(false);
  const { items } = await world.features.auditReader.list(orgId, { limit: 10, action: "recordings.get" });
  expect(items).toHaveLength(1);
});

test("an erased organisation leaves no row in any table, no file and no object in the bucket", async () => {
  await using bucket = await startTestBucket();
  await using world = await openWorld(bucket.settings);
  await world.hold("call_1");
  await world.leaveTraces("call_1");
  await world.db.asAdmin("truncate messages, appointments");
  await world.features.contacts.create(asked, { name: "Wendolyne", phones: [{ number: phone, label: "mobile" }] });
  const { id } = await world.run({ kind: "export" });
  const store = createS3Store(bucket.settings);
  const objects = [`recordings/${orgId}/call_1.sound`, `exports/${orgId}/${id}.archive`];
  for (const name of objects) expect(await store.sizeOf(name), name).toBeGreaterThan(0);
  await world.features.organizationSettings.erase({ ...asked, confirm: "One" });
  for (const name of objects) expect(await store.sizeOf(name), name).toBeUndefined();
  store.close();
  const tables = await tablesWith(world, "true");
  expect(tables.length).toBeGreaterThan(40);
  for (const table of tables) expect(await world.countOf(`${table} where org_id = '${orgId}'`), table).toBe(0);
  expect(await world.countOf(`organizations where org_id = '${orgId}'`)).toBe(0);
  for (const folder of ["recordings", "exports"]) {
    expect(
      existsSync(join(world.dataDir, folder, orgId, folder === "exports" ? `${id}.archive` : "call_1.sound")),
    ).toBe(false);
  }
  expect(readFileSync(join(world.dataDir, "erasures.ndjson"), "utf8")).toContain(orgId);
}, 30_000);

test("what the worker registers is on the queue's clock, and does its work when its time comes", async () => {
  await using world = await openWorld();
  await world.features.privacy.setPolicy(asked, privacyPolicy.parse({ retentionDays: { transcripts: 30 } }));
  await world.hold("call_old", 31);
  const worker = await createJobWorker({ url: world.db.appUrl, log: silentLog });
  try {
    await registerJobs(worker, world.features);
    const { rows } = await world.db.asAdmin("select name, cron from pgboss.schedule order by name");
    const crons = new Map(rows.map((row) => [row["name"], row["cron"]]));
    expect([crons.get("privacy.tend"), crons.get("audit.anchor")]).toEqual(["23 2 * * *", "7 * * * *"]);
    const jobs = createJobSender();
    // As the clock puts them there.
    for (const name of ["privacy.tend", "audit.anchor"]) {
      await world.db.orgDb.withOrg(orgId, (tx) => jobs.send(tx, defineJob({ name, payload: z.object({}) }), {}));
    }
    const isEmptied = async () => (await world.countOf("calls where key_wrap is null")) === 1;
    await waitUntil(async () => (await isEmptied()) && existsSync(join(world.dataDir, "audit-anchors.ndjson")), 30_000);
    expect(readFileSync(join(world.dataDir, "audit-anchors.ndjson"), "utf8")).toContain(orgId);
    await waitUntil(
      async () => (await world.countOf("privacy_jobs where kind = 'retention' and state = 'done'")) === 1,
      10_000,
    );
  } finally {
    await worker.stop(1000);
  }
}, 60_000);

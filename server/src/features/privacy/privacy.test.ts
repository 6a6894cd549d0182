/** Privacy over the real features and a real database; its jobs are run by hand, and cut off where they can be. */

import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { PrivacyPolicy } from "@parley/contract/privacy";
import { expect, test } from "vitest";
import { createLogger } from "../../boot/logger.ts";
import { openFeatures } from "../../compose/features.ts";
import { openLimits } from "../../compose/limits.ts";
import { redactBeforeStorage } from "../../compose/redact-before-storage.ts";
import { readConfig } from "../../config.ts";
import { systemClock } from "../../kernel/clock.ts";
import { newKey } from "../../platform/crypto/envelope.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createCallStore } from "../calls/index.ts";
import { createMessages } from "../messages/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { wrappedBelow, wrappedTables } from "./wrapped-tables.ts";

const orgId = "org_one";
const actor = { kind: "user", id: "user_1" } as const;
const asked = { orgId, actor };
const phone = "+447911123456";

async function privacyDesk() {
  const db = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-privacy-"));
  const masterKey = newKey();
  const config = readConfig({ DATA_DIR: dataDir });
  const log = createLogger("silent", "test");
  /** As another process, which has read nothing yet. */
  const open = () => {
    const organizations = createOrganizations({ db: db.orgDb, masterKey });
    const calls = createCallStore({
      ...{ db: db.orgDb, organizations, clock: systemClock },
      redactionOf: redactBeforeStorage(),
    });
    const stores = { pool: db.pool, db: db.orgDb, masterKey, organizations, calls };
    const limits = openLimits(config, stores, log);
    return { ...openFeatures(stores, { ...limits, config, log, origin: () => "http://localhost" }), limits };
  };
  const features = open();
  await features.organizations.ensure({ orgId, name: "One" });
  const about = { signal: new AbortController().signal, attempt: 0 };
  return {
    ...{ db, dataDir, features, open },
    run: (jobId: string, privacy = features.privacy) => privacy.run({ orgId, jobId }, about),
    /** A call with words, over or still live. */
    async hold(callId: string, more: { from?: string; live?: boolean; ageDays?: number } = {}) {
      const { calls } = features;
      const startedAtMs = Date.now() - (more.ageDays ?? 0) * 86_400_000;
      await calls.createCall({
        ...{
          orgId,
          callId,
          agentId: "agent_1",
          agentName: "Demo",
          language: "en",
          channel: "phone",
          direction: "inbound",
        },
        ...{ startedAtMs, processId: "1-a", from: more.from ?? phone, to: "+15550100001" },
      });
      const words = {
        type: "turn-committed",
        turnId: "t1",
        trigger: "silence",
        content: { text: `words of ${callId}, my number is ${phone}` },
      } as const;
      await calls.appendEvents([{ orgId, callId, event: { ...words, v: 1, seq: 0, atMs: 5 } }]);
      if (more.live === true) return;
      const end = { status: "completed", hangUpReason: "caller-hung-up", durationMs: 1000 } as const;
      await calls.finishCall({ orgId, callId, ...end, endedAtMs: startedAtMs + 1000 });
    },
    addContact: async (name = "Wendolyne", number = phone) =>
      (await features.contacts.create(asked, { name, phones: [{ number, label: "mobile" }] })).id,
    takeMessage: (callId: string) => {
      const messages = createMessages({
        organizations: features.organizations,
        clock: systemClock,
        emit: async () => {},
      });
      return db.orgDb.withOrg(orgId, (tx) => messages.take(tx, { orgId, callId, content: { message: "call me" } }));
    },
    async countOf(what: string) {
      return Number((await db.asAdmin(`select count(*)::int as n from ${what}`)).rows[0]?.n);
    },
    async [Symbol.asyncDispose]() {
      features.limits.close();
      await db[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const noRetention = {
  ...{
    transcripts: null,
    recordings: null,
    contactsWithoutCalls: null,
    messages: null,
    appointments: null,
    webhookDeliveries: null,
  },
};
const policy: PrivacyPolicy = {
  retentionDays: noRetention,
  redactBeforeStorage: [],
  redactBeforeModel: [],
  contactErasure: "erase-calls",
};

test("a contact is erased: key, calls, words, messages, memory; cut off by a live call it goes on; it is on record", async () => {
  await using desk = await privacyDesk();
  const { privacy, calls, contacts } = desk.features;
  const [contactId, otherId] = [await desk.addContact(), await desk.addContact("Other", "+447911123457")];
  await desk.hold("call_1");
  await desk.hold("call_2", { live: true });
  await desk.hold("call_other", { from: "+447911123457" });
  await desk.takeMessage("call_1");
  await desk.takeMessage("call_other");
  const job = await privacy.start(asked, { kind: "erasure", contactId });
  await expect(desk.run(job.id)).rejects.toThrow(/still live/);
  await expect(contacts.get(orgId, contactId)).rejects.toMatchObject({ code: "not_found" });
  expect((await privacy.job(orgId, job.id)).state).toBe("running");
  await calls.finishCall({
    orgId,
    callId: "call_2",
    status: "completed",
    hangUpReason: "caller-hung-up",
    endedAtMs: Date.now(),
    durationMs: 1,
  });
  await desk.run(job.id);
  await desk.run(job.id);
  expect(await privacy.job(orgId, job.id)).toMatchObject({
    state: "done",
    counts: { contacts: 1, calls: 2, messages: 1 },
  });
  expect(await desk.countOf("calls where key_wrap is not null")).toBe(1);
  expect(await desk.countOf("call_events where call_id <> 'call_other'")).toBe(0);
  expect(await desk.countOf("messages")).toBe(1);
  expect((await contacts.get(orgId, otherId)).name).toBe("Other");
  expect(JSON.stringify(await calls.listEvents(orgId, "call_other"))).toContain("words of call_other");
  const { items } = await desk.features.auditReader.list(orgId, { limit: 10, action: "privacy-jobs.erasure-done" });
  expect(items.map(({ subject, facts }) => [subject, facts["calls"]])).toEqual([[contactId, 2]]);
  await expect(privacy.start(asked, { kind: "erasure", contactId })).rejects.toMatchObject({ code: "not_found" });
});

test("by policy the calls of an erased contact keep their words and lose the tie", async () => {
  await using desk = await privacyDesk();
  const { privacy, calls } = desk.features;
  await privacy.setPolicy(asked, { ...policy, contactErasure: "unlink-calls" });
  const contactId = await desk.addContact();
  await desk.hold("call_1");
  const job = await privacy.start(asked, { kind: "erasure", contactId });
  await desk.run(job.id);
  expect(await privacy.job(orgId, job.id)).toMatchObject({ state: "done", counts: { unlinkedCalls: 1 } });
  expect(JSON.stringify(await calls.listEvents(orgId, "call_1"))).toContain("words of call_1");
  expect(
    await desk.countOf("calls where sealed_caller is not null or caller_hash is not null or contact_id is not null"),
  ).toBe(0);
});

test("a restored backup that brings an erased contact back has it erased again, once", async () => {
  await using desk = await privacyDesk();
  const { privacy } = desk.features;
  const contactId = await desk.addContact();
  await desk.hold("call_1");
  const kept = ["contacts", "contact_phones", "calls", "call_events"];
  for (const table of kept) await desk.db.asAdmin(`create table kept_${table} as table ${table}`);
  await desk.run((await privacy.start(asked, { kind: "erasure", contactId })).id);
  expect(readFileSync(join(desk.dataDir, "erasures.ndjson"), "utf8")).toContain(contactId);
  await privacy.tend(new AbortController().signal);
  expect(await desk.countOf("privacy_jobs")).toBe(1);
  await desk.db.asAdmin(`truncate contacts, calls, erasures, privacy_jobs cascade; set session_replication_role = replica;
    ${kept.map((table) => `insert into ${table} table kept_${table};`).join(" ")} set session_replication_role = default`);
  expect((await desk.features.contacts.get(orgId, contactId)).name).toBe("Wendolyne");
  await privacy.tend(new AbortController().signal);
  const { rows } = await desk.db.asAdmin("select id from privacy_jobs where kind = 'erasure'");
  await desk.run(String(rows[0]?.id));
  expect(await desk.countOf("contacts")).toBe(0);
  expect(await desk.countOf("calls where key_wrap is not null")).toBe(0);
  await privacy.tend(new AbortController().signal);
  expect(await desk.countOf("privacy_jobs where kind = 'erasure'")).toBe(1);
});

test("retention takes what is old enough and nothing else, counts it, and may be run again", async () => {
  await using desk = await privacyDesk();
  const { privacy, contacts, calls } = desk.features;
  await desk.hold("call_old", { ageDays: 31 });
  await desk.hold("call_new", { ageDays: 29 });
  for (const callId of ["call_old", "call_new"]) await desk.takeMessage(callId);
  const [idle, doNotCall, fresh] = [
    await desk.addContact("Idle", "+447911123458"),
    await desk.addContact("Never", "+447911123459"),
    await desk.addContact(),
  ];
  await contacts.change({ ...asked, contactId: doNotCall }, { doNotCall: true });
  await desk.db.asAdmin("update contacts set updated_at = now() - interval '40 days' where id <> $1", [fresh]);
  await desk.db.asAdmin("update messages set created_at = now() - interval '40 days' where call_id = 'call_old'");
  await privacy.tend(new AbortController().signal);
  expect(await desk.countOf("privacy_jobs")).toBe(0);
  await privacy.setPolicy(asked, {
    ...policy,
    retentionDays: { ...noRetention, transcripts: 30, messages: 30, contactsWithoutCalls: 30 },
  });
  await privacy.tend(new AbortController().signal);
  const { rows } = await desk.db.asAdmin("select id from privacy_jobs");
  const jobId = String(rows[0]?.id);
  const stopped = new AbortController();
  stopped.abort();
  await expect(privacy.run({ orgId, jobId }, { signal: stopped.signal, attempt: 0 })).rejects.toThrow();
  await desk.run(jobId);
  expect(await privacy.job(orgId, jobId)).toMatchObject({
    state: "done",
    counts: { calls: 1, messages: 1, contactsWithoutCalls: 1 },
  });
  expect(JSON.stringify(await calls.listEvents(orgId, "call_new"))).toContain("words of call_new");
  expect(await desk.countOf("calls where id = 'call_old' and key_wrap is null and duration_ms = 1000")).toBe(1);
  await expect(contacts.get(orgId, idle)).rejects.toMatchObject({ code: "not_found" });
  expect((await contacts.get(orgId, doNotCall)).name).toBe("Never");
  const { items } = await desk.features.auditReader.list(orgId, { limit: 10, action: "privacy-jobs.retention-done" });
  expect(items).toHaveLength(1);
});

/** Names and contents of a tar. */
function untar(archive: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const name = archive.toString("utf8", at, archive.indexOf(0, at));
    const bytes = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
    files.set(name, archive.toString("utf8", at + 512, at + 512 + bytes));
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}

test("an export holds everything, lies sealed on the disk, is fetched on record and destroyed when its time is over", async () => {
  await using desk = await privacyDesk();
  const { privacy } = desk.features;
  const contactId = await desk.addContact();
  await desk.addContact("Other", "+447911123457");
  await desk.hold("call_1");
  await desk.hold("call_other", { from: "+447911123457" });
  await desk.takeMessage("call_1");
  const archiveOf = async (wish: { kind: "export"; contactId?: string }) => {
    const { id } = await privacy.start(asked, wish);
    await expect(privacy.download(asked, id)).rejects.toMatchObject({ code: "not_found" });
    await desk.run(id);
    return { id, files: untar(gunzipSync(await buffer(await privacy.download(asked, id)))) };
  };
  const { id, files } = await archiveOf({ kind: "export", contactId });
  expect([...files.keys()]).toEqual(["contact.json", "memory.json", "calls-00001.ndjson", "messages-00001.ndjson"]);
  expect(files.get("contact.json")).toContain("Wendolyne");
  expect(files.get("calls-00001.ndjson")).toContain("words of call_1");
  expect(files.get("messages-00001.ndjson")).toContain("call me");
  expect([...files.values()].join("")).not.toMatch(/Other|call_other/);
  const whole = await archiveOf({ kind: "export" });
  expect([...whole.files.keys()]).toContain("audit-log-00001.ndjson");
  expect([...whole.files.values()].join("")).toMatch(/words of call_other/);
  const path = join(desk.dataDir, "exports", orgId, `${id}.archive`);
  expect(readFileSync(path).includes("Wendolyne")).toBe(false);
  const { items } = await desk.features.auditReader.list(orgId, { limit: 10, action: "privacy-jobs.download" });
  expect(items).toHaveLength(2);
  await desk.db.asAdmin("update privacy_jobs set expires_at = now() - interval '1 minute'");
  await privacy.tend(new AbortController().signal);
  expect([existsSync(path), (await privacy.job(orgId, id)).state]).toEqual([false, "expired"]);
  await expect(privacy.download(asked, id)).rejects.toMatchObject({ code: "not_found" });
});

test("an organisation's exports wait in a short line, so that another's turn comes; an erasure is never turned away", async () => {
  await using desk = await privacyDesk();
  const { privacy } = desk.features;
  const contactId = await desk.addContact();
  const jobs = [];
  for (let count = 0; count < 3; count++) jobs.push(await privacy.start(asked, { kind: "export" }));
  await expect(privacy.start(asked, { kind: "export" })).rejects.toMatchObject({ code: "too_many_requests" });
  await expect(privacy.start(asked, { kind: "retention" })).rejects.toMatchObject({ code: "too_many_requests" });
  await privacy.start(asked, { kind: "erasure", contactId });
  await desk.run(jobs[0]?.id ?? "");
  await privacy.start(asked, { kind: "export" });
});

test("by policy a number is taken out of a call's words before they are stored", async () => {
  await using desk = await privacyDesk();
  const { privacy, calls } = desk.features;
  await privacy.setPolicy(asked, { ...policy, redactBeforeStorage: ["phone"] });
  await desk.hold("call_1");
  expect(JSON.stringify(await calls.listEvents(orgId, "call_1"))).toContain(
    "words of call_1, my number is [phone number]",
  );
  const plain = await desk.features.organizations.ensure({ orgId: "org_two", name: "Two" });
  expect(plain).toBeUndefined();
  expect((await privacy.policyOf("org_two")).redactBeforeStorage).toEqual([]);
});

test("a person erases their account: not by another's address, not while an organisation has no other owner; a restore does not undo it", async () => {
  await using desk = await privacyDesk();
  const { auth, privacy } = desk.features;
  const device = { userAgent: "vitest", address: "192.0.2.7" };
  const person = { password: "correct horse battery", name: "Salma Adel", language: "en", timeZone: "UTC", device };
  const session = await auth.signUp({ ...person, email: "salma@example.com", organizationName: "Salma's" });
  const { userId } = await auth.principalOf(session.accessToken, false);
  const wish = { userId, actor: { kind: "user", id: userId } as const, confirm: "Salma@Example.com" };
  await expect(privacy.eraseAccount({ ...wish, confirm: "other@example.com" })).rejects.toMatchObject({
    code: "bad_request",
  });
  await expect(privacy.eraseAccount(wish)).rejects.toMatchObject({ code: "conflict" });
  const { rows } = await desk.db.asAdmin(`select org_id as id from memberships where user_id = '${userId}'`);
  const other = await auth.signUp({ ...person, email: "other@example.com" });
  const otherId = (await auth.principalOf(other.accessToken, false)).userId;
  await desk.db.asAdmin(
    `insert into memberships (org_id, user_id, role) values ('${String(rows[0]?.id)}', '${otherId}', 'owner')`,
  );
  await desk.db.asAdmin("create table kept_users as table users");
  await privacy.eraseAccount(wish);
  for (const table of ["users", "user_credentials", "sessions"]) {
    expect(await desk.countOf(`${table} where ${table === "users" ? "id" : "user_id"} = '${userId}'`), table).toBe(0);
  }
  await expect(auth.principalOf(session.accessToken, false)).rejects.toMatchObject({ code: "unauthorized" });
  await desk.db.asAdmin(`insert into users table kept_users on conflict do nothing`);
  await privacy.tend(new AbortController().signal);
  expect(await desk.countOf("users")).toBe(1);
});

test("each table that keeps keys under the organisation's is known to the rotation", async () => {
  await using desk = await privacyDesk();
  const { rows } = await desk.db.asAdmin(`
    select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attname = 'key_wrap' and c.relkind = 'r' and not a.attisdropped and c.relnamespace = 'public'::regnamespace
      and c.relname not in ('organizations', 'users') order by 1`);
  const known = [...wrappedTables.map(({ table }) => table), ...wrappedBelow].toSorted();
  expect(rows.map((row) => row.name)).toEqual(known);
});

test("an organisation's key is changed: rows follow, searches still find, the former version is destroyed", async () => {
  await using desk = await privacyDesk();
  const { privacy } = desk.features;
  const contactId = await desk.addContact();
  await desk.hold("call_1");
  await desk.takeMessage("call_1");
  const rotate = async (expected: number) => {
    const job = await privacy.rotateKey(asked);
    await expect(privacy.rotateKey(asked)).rejects.toMatchObject({ code: "conflict" });
    await desk.run(job.id);
    expect((await privacy.job(orgId, job.id)).counts).toEqual({});
    // A minute later, in a process that reads its keys.
    await desk.db.asAdmin(
      `update privacy_jobs set created_at = now() - interval '1 minute' where id = '${job.id}'; update organization_keys set active_from = now() - interval '20 s' where destroyed_at is null`,
    );
    const later = desk.open();
    await desk.run(job.id, later.privacy);
    expect((await privacy.job(orgId, job.id)).state).toBe("running");
    const late = await later.contacts.create(asked, { name: `Late ${randomUUID()}`, phones: [] });
    await desk.db.asAdmin(`update privacy_jobs set created_at = now() - interval '2 hours' where id = '${job.id}'`);
    const last = desk.open();
    await desk.run(job.id, last.privacy);
    expect(await privacy.job(orgId, job.id)).toMatchObject({ state: "done", counts: { calls: 1, messages: 1 } });
    const heads = await desk.db.asAdmin(
      "select distinct encode(substring(key_wrap from 1 for 5), 'hex') as head from contacts union select encode(substring(key_wrap from 1 for 5), 'hex') from calls",
    );
    expect(heads.rows.map(({ head }) => head)).toEqual([`020000000${expected}`]);
    expect((await last.contacts.get(orgId, late.id)).name).toMatch(/^Late/);
    return last;
  };
  const second = await rotate(2);
  expect((await second.contacts.list(orgId, { limit: 5, name: "wendo" })).items.map(({ id }) => id)).toEqual([
    contactId,
  ]);
  expect((await second.contacts.list(orgId, { limit: 5, phone })).items).toHaveLength(1);
  expect(JSON.stringify(await second.calls.listEvents(orgId, "call_1"))).toContain("words of call_1");
  const third = await rotate(3);
  expect((await third.contacts.get(orgId, contactId)).name).toBe("Wendolyne");
  expect(await desk.countOf("organization_keys where version = 2 and root_wrap is null")).toBe(1);
});

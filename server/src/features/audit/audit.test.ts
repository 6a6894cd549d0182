import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { silentLog } from "../../platform/db/log-line.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { createAuditAnchors } from "./anchors.ts";
import { createAuditLog } from "./audit-log.ts";
import { createAuditReader } from "./audit-reader.ts";

const orgId = "org_a";
const me = { kind: "user", id: "user_1" } as const;

async function desk(db: TestDatabase) {
  const clock = createManualClock();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-audit-"));
  for (const id of [orgId, "org_b"]) {
    await db.asAdmin(
      "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, 'x', 'x')",
      [id],
    );
  }
  const audit = createAuditLog({ clock });
  const anchors = createAuditAnchors({ db: db.orgDb, clock, log: silentLog, dataDir });
  const reader = createAuditReader({ db: db.orgDb, anchors });
  const write = async (count: number, org = orgId) => {
    for (let each = 0; each < count; each++) {
      await clock.advance(1000);
      const deed = { orgId: org, actor: me, action: each % 2 === 0 ? "agents.change" : "calls.erase" };
      await db.orgDb.withOrg(org, (tx) =>
        audit.append(tx, { ...deed, subject: `agent_${each}`, facts: { revision: each, a: "b" } }),
      );
    }
  };
  return { clock, anchors, reader, write, dataDir, [Symbol.dispose]: () => rmSync(dataDir, { recursive: true }) };
}

test("the log is read newest first, by page and by filter, by its own organisation", async () => {
  await using db = await testDatabase();
  using at = await desk(db);
  await at.write(5);
  await at.write(1, "org_b");
  const first = await at.reader.list(orgId, { limit: 2 });
  expect(first.items.map(({ seq }) => seq)).toEqual([5, 4]);
  const rest = await at.reader.list(orgId, { limit: 10, cursor: first.nextCursor ?? "" });
  expect([rest.items.map(({ seq }) => seq), rest.nextCursor]).toEqual([[3, 2, 1], null]);
  const seqsOf = async (filters: object) =>
    (await at.reader.list(orgId, { limit: 10, ...filters })).items.map(({ seq }) => seq);
  expect(await seqsOf({ action: "calls.erase" })).toEqual([4, 2]);
  expect(await seqsOf({ subject: "agent_2" })).toEqual([3]);
  expect(await seqsOf({ actor: "user_2" })).toEqual([]);
  const third = rest.items[0]?.at ?? "";
  expect(await seqsOf({ from: third })).toEqual([5, 4, 3]);
  expect(await seqsOf({ to: third })).toEqual([2, 1]);
  await expect(at.reader.list(orgId, { limit: 1, cursor: "x" })).rejects.toThrow(/cursor/);
});

test("parley_app cannot change or take away an entry", async () => {
  await using db = await testDatabase();
  using at = await desk(db);
  await at.write(2);
  for (const attempt of [
    "update audit_entries set action = 'nothing'",
    "delete from audit_entries",
    "truncate audit_entries",
    "delete from audit_heads",
  ]) {
    await expect(
      db.orgDb.withOrg(orgId, (tx) => tx.execute(sql.raw(attempt))),
      attempt,
    ).rejects.toMatchObject({ code: "42501" });
  }
  expect(await at.reader.verify(orgId)).toEqual({ state: "intact", entries: 2, broken: null, anchoredThrough: null });
});

const tampering: readonly [string, string, object][] = [
  [
    "a change",
    "update audit_entries set subject = 'agent_9' where org_id = 'org_a' and seq = 1200",
    { seq: 1200, why: "changed" },
  ],
  [
    "a fact",
    `update audit_entries set facts = facts || '{"a":"c"}' where org_id = 'org_a' and seq = 7`,
    { seq: 7, why: "changed" },
  ],
  ["a deletion", "delete from audit_entries where org_id = 'org_a' and seq = 2", { seq: 2, why: "missing" }],
  ["the first gone", "delete from audit_entries where org_id = 'org_a' and seq = 1", { seq: 1, why: "missing" }],
  [
    "two exchanged",
    "update audit_entries set seq = case seq when 3 then -4 else -3 end where org_id = 'org_a' and seq in (3, 4); update audit_entries set seq = -seq where seq < 0",
    { seq: 3, why: "changed" },
  ],
  ["the end cut", "delete from audit_entries where org_id = 'org_a' and seq > 1400", { seq: 1401, why: "missing" }],
  [
    "the end cut and the head set back",
    "delete from audit_entries where org_id = 'org_a' and seq > 1400; update audit_heads h set seq = 1400, hash = (select hash from audit_entries where org_id = 'org_a' and seq = 1400) where org_id = 'org_a'",
    { seq: 1401, why: "cut" },
  ],
];

test("a superuser's tampering is found, and which entry; what is noted outside finds even a clean cut", {
  timeout: 60_000,
}, async () => {
  await using db = await testDatabase();
  using at = await desk(db);
  await at.write(1500);
  expect(await at.anchors.note()).toBe(1);
  expect(await at.anchors.note()).toBe(0);
  await at.write(1);
  expect(await at.reader.verify(orgId)).toEqual({
    state: "intact",
    entries: 1501,
    broken: null,
    anchoredThrough: 1500,
  });
  await db.asAdmin("create table kept_entries as table audit_entries; create table kept_heads as table audit_heads");
  for (const [name, statements, broken] of tampering) {
    await db.asAdmin(statements);
    expect(await at.reader.verify(orgId), name).toMatchObject({ state: "broken", broken });
    await db.asAdmin(
      "truncate audit_entries, audit_heads; insert into audit_entries table kept_entries; insert into audit_heads table kept_heads",
    );
  }
  expect(await at.reader.verify(orgId)).toMatchObject({ state: "intact" });
  expect(
    (await at.reader.verifyAll({ limit: 10 })).items.map(({ organizationId, state }) => [organizationId, state]),
  ).toEqual([
    ["org_a", "intact"],
    ["org_b", "intact"],
  ]);
});

test("a whole chain written anew, hashes and all, is not the one that was noted", async () => {
  await using db = await testDatabase();
  using at = await desk(db);
  await at.write(4);
  await at.anchors.note();
  await db.asAdmin("truncate audit_entries, audit_heads");
  await at.write(6);
  expect(await at.reader.verify(orgId)).toMatchObject({ state: "broken", broken: { seq: 4, why: "rewritten" } });
});

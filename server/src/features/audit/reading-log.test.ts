import { expect, test } from "vitest";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog, createReadingLog } from "./index.ts";

const orgId = "org_a";
const reader = (id: string) => ({ kind: "user", id }) as const;

test("one entry for each reader and call in a quarter of an hour, also when all parts are asked for at once", async () => {
  await using db = await testDatabase();
  await db.asAdmin(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, 'x', 'x')",
    [orgId],
  );
  const clock = createManualClock();
  const log = createReadingLog({ db: db.orgDb, audit: createAuditLog({ clock }), clock });
  const note = (id: string, subject: string) => log.note({ orgId, actor: reader(id), action: "calls.get", subject });
  const entries = async () =>
    (await db.asAdmin("select actor_id || ' ' || subject as text from audit_entries order by seq")).rows.map(
      (row) => row["text"],
    );
  await Promise.all([note("u1", "call_1"), note("u1", "call_1"), note("u1", "call_1")]);
  expect(await entries()).toEqual(["u1 call_1"]);
  await note("u2", "call_1");
  await note("u1", "call_2");
  expect(await entries()).toEqual(["u1 call_1", "u2 call_1", "u1 call_2"]);
  await clock.advance(14 * 60_000);
  await note("u1", "call_1");
  expect(await entries()).toHaveLength(3);
  await clock.advance(2 * 60_000);
  await note("u1", "call_1");
  expect((await entries()).slice(3)).toEqual(["u1 call_1"]);
});

test("what cannot be put on record is refused, and is tried again the next time", async () => {
  await using db = await testDatabase();
  const clock = createManualClock();
  const log = createReadingLog({ db: db.orgDb, audit: createAuditLog({ clock }), clock });
  const reading = { orgId, actor: reader("u1"), action: "calls.get", subject: "call_1" };
  await expect(log.note(reading)).rejects.toThrow();
  await db.asAdmin(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, 'x', 'x')",
    [orgId],
  );
  await log.note(reading);
  expect((await db.asAdmin("select count(*)::int as n from audit_entries")).rows).toEqual([{ n: 1 }]);
});

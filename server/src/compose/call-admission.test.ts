import { expect, test } from "vitest";
import { createCallAdmissions, createOrganizations, createStandings } from "../features/organizations/index.ts";
import { newKey } from "../platform/crypto/envelope.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { testDatabase } from "../testing/test-database.ts";

const orgId = "org_a";

async function openDesk() {
  const database = await testDatabase();
  const db = database.orgDb;
  // Eleven in the evening of London; in Cairo the next day has begun.
  const clock = createManualClock(Date.UTC(2026, 10, 20, 23, 0, 0));
  const standings = createStandings({ db, clock });
  const organizations = createOrganizations({ db, masterKey: newKey() });
  for (const id of [orgId, "org_b"]) await organizations.ensure({ orgId: id, name: id, timeZone: "Africa/Cairo" });
  const admissions = createCallAdmissions({ db, clock, standings });
  const decide = async (work: Parameters<typeof db.withOrg>[1]) => {
    await db.withOrg(orgId, work);
    standings.forget(orgId);
  };
  let calls = 0;
  return {
    database,
    clock,
    admissions,
    admit: (language = "en-US", of = orgId) => admissions.admit({ orgId: of, language, atMs: clock.wallNow() }),
    limit: (given: { maxConcurrentCalls?: number; maxCallsPerDay?: number }) =>
      decide((tx) =>
        standings.limit(tx, orgId, { maxConcurrentCalls: null, maxMembers: null, maxCallsPerDay: null, ...given }),
      ),
    suspend: (since: Date | null) => decide((tx) => standings.suspend(tx, orgId, since)),
    startCall: async (id = `call_${calls++}`, of = orgId) => {
      const at = new Date(clock.wallNow());
      await database.asAdmin(
        `insert into calls (id, org_id, agent_id, agent_name, language, channel, direction, status, process_id, started_at, last_event_at)
         values ($1, $2, 'agent', 'Agent', 'en-US', 'web', 'inbound', 'live', 'process', $3, $3)`,
        [id, of, at],
      );
      return id;
    },
    endCall: (id: string) =>
      database.asAdmin("update calls set status = 'completed', ended_at = $2 where id = $1", [
        id,
        new Date(clock.wallNow()),
      ]),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test("only calls beyond the concurrent ones are refused, in the agent's language", async () => {
  await using desk = await openDesk();
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  await desk.limit({ maxConcurrentCalls: 2 });
  const first = await desk.startCall();
  for (let other = 0; other < 5; other++) await desk.startCall(undefined, "org_b");
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  // On its way, then there: counted once either way.
  desk.admissions.expect(orgId, "call_coming");
  expect(await desk.admit()).toMatchObject({
    verdict: "refuse",
    reason: "too-many-calls",
    words: expect.stringMatching(/busy/),
    language: "en-US",
  });
  await desk.startCall("call_coming");
  expect(await desk.admit("ar-EG")).toMatchObject({
    verdict: "refuse",
    language: "ar-EG",
    words: expect.stringMatching(/مشغولة/),
  });
  await desk.endCall(first);
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  expect(await desk.admit("en-US", "org_b")).toEqual({ verdict: "allow" });
});

test("a call that was announced and never came counts for a minute", async () => {
  await using desk = await openDesk();
  await desk.limit({ maxConcurrentCalls: 1 });
  desk.admissions.expect(orgId, "call_never");
  expect(await desk.admit()).toMatchObject({ reason: "too-many-calls" });
  await desk.clock.advance(60_000);
  expect(await desk.admit()).toEqual({ verdict: "allow" });
});

test("a day's calls are counted by the organisation's own day", async () => {
  await using desk = await openDesk();
  await desk.limit({ maxCallsPerDay: 1 });
  await desk.endCall(await desk.startCall());
  expect(await desk.admit()).toMatchObject({ reason: "too-many-calls-today" });
  // Cairo is two hours ahead: the day that began at 22:00 UTC ends there tomorrow.
  await desk.clock.advance(2 * 3_600_000);
  expect(await desk.admit()).toMatchObject({ reason: "too-many-calls-today" });
  await desk.clock.advance(21 * 3_600_000);
  expect(await desk.admit()).toEqual({ verdict: "allow" });
});

test("a suspended organisation's calls are refused with a sentence until it is resumed", async () => {
  await using desk = await openDesk();
  await desk.suspend(new Date(desk.clock.wallNow()));
  expect(await desk.admit()).toMatchObject({
    verdict: "refuse",
    reason: "suspended",
    words: expect.stringMatching(/cannot take calls/),
  });
  await desk.suspend(null);
  expect(await desk.admit()).toEqual({ verdict: "allow" });
});

/** Told once: whatever dies, whatever answer is lost. */
import { expect, test } from "vitest";
import { failAtEachStatement } from "../testing/fail-at-each-statement.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { openNotificationDesk } from "../testing/notification-desk.ts";
import { testDatabase } from "../testing/test-database.ts";
import { connectNotifications } from "./notifications.ts";

const settings = { quietHours: null, toOwner: { emails: [], phones: ["+12125550123"], message: { sms: true } } };
const minuteMs = 60_000;

test("killed before or after any statement from the deed to the note that it was sent: nothing is lost and nobody reads it twice", async () => {
  await using database = await testDatabase();
  const clock = createManualClock();
  const desk = openNotificationDesk(database, clock, connectNotifications);
  const textsOf = (round: number) => desk.texts.sent.filter(({ body }) => body.endsWith(` round ${round}`));

  const deaths = await failAtEachStatement({
    pool: database.pool,
    async attempt(mortal, round) {
      const orgId = `org_${round}`;
      await desk.found(orgId);
      await desk.set(orgId, settings);
      const { db, messages, notificationDesk } = desk.build(mortal);
      await db.withOrg(orgId, (tx) => messages.take(tx, { orgId, content: { message: `round ${round}` } }));
      await notificationDesk.tend(orgId, desk.signal);
    },
    async restart(round, point) {
      const where = `${point.moment} statement ${point.statement}`;
      const orgId = `org_${round}`;
      // What it had taken in hand is free after a while.
      await clock.advance(2 * minuteMs);
      await desk.tend(orgId);
      await desk.tend(orgId);
      const { rows } = await database.asAdmin("select id from messages where org_id = $1", [orgId]);
      expect(textsOf(round).length, where).toBe(rows.length);
      const told = await desk.rows(orgId);
      expect(
        told.map((row) => [row["status"], row["external_id"], row["sealed_content"]]),
        where,
      ).toEqual(rows.map(() => [expect.stringMatching(/queued|sent/), textsOf(round)[0]?.externalId, null]));
      const usage = await database.asAdmin("select quantity::int from call_usage where org_id = $1", [orgId]);
      expect(usage.rows, where).toEqual(rows.map(() => ({ quantity: 1 })));
    },
  });
  // The deed, its plan, its claim, its note: each has a transaction.
  expect(deaths).toBeGreaterThan(50);
}, 240_000);

test("a text whose answer is lost is looked for, found and not sent again; one that never left is sent again", async () => {
  await using database = await testDatabase();
  const clock = createManualClock();
  const desk = openNotificationDesk(database, clock, connectNotifications);
  const orgId = "org_one";
  await desk.found(orgId);
  await desk.set(orgId, settings);
  const tell = async (message: string) => {
    await desk.db.withOrg(orgId, (tx) => desk.messages.take(tx, { orgId, content: { message } }));
    await desk.tend(orgId);
  };
  desk.texts.failures.push("lost-after", "lost-before");
  // The same words twice: what one has is not taken for the other's.
  await tell("again");
  await tell("again");
  expect(desk.texts.sent).toHaveLength(1);
  expect(await desk.log(orgId)).toEqual(["owner-message sms waiting network", "owner-message sms waiting network"]);
  for (let minute = 0; minute < 4; minute++) {
    await clock.advance(minuteMs);
    await desk.tend(orgId);
  }
  expect(desk.texts.sent).toHaveLength(2);
  expect(await desk.log(orgId)).toEqual(["owner-message sms queued", "owner-message sms sent"]);
  expect(new Set((await desk.rows(orgId)).map((row) => row["external_id"])).size).toBe(2);
  desk.texts.failures.push("overloaded", "opted-out");
  await tell("third");
  await clock.advance(minuteMs);
  await desk.tend(orgId);
  expect(await desk.log(orgId)).toContain("owner-message sms failed opted-out");
});

test("two workers at once send each once", async () => {
  await using database = await testDatabase();
  const desk = openNotificationDesk(database, createManualClock(), connectNotifications);
  const orgId = "org_one";
  await desk.found(orgId);
  await desk.set(orgId, settings);
  await desk.db.withOrg(orgId, async (tx) => {
    for (let count = 0; count < 6; count++)
      await desk.messages.take(tx, { orgId, content: { message: `number ${count}` } });
  });
  await Promise.all([1, 2, 3].map(() => desk.tend(orgId)));
  await desk.tend(orgId);
  expect(desk.texts.sent).toHaveLength(6);
  expect(new Set(desk.texts.sent.map(({ body }) => body)).size).toBe(6);
});

test("a mail server that refuses for good ends it; one that is away is tried again with the same Message-ID", async () => {
  await using database = await testDatabase();
  const clock = createManualClock();
  const desk = openNotificationDesk(database, clock, connectNotifications);
  const orgId = "org_one";
  await desk.found(orgId);
  const tell = async (message: string) => {
    await desk.db.withOrg(orgId, (tx) => desk.messages.take(tx, { orgId, content: { message } }));
    await desk.tend(orgId);
  };
  desk.mailFailures.push(Object.assign(new Error("no"), { responseCode: 550 }), new Error("away"));
  await tell("one");
  await tell("two");
  expect(await desk.log(orgId)).toEqual([
    "owner-message email failed smtp-550",
    "owner-message email waiting not-reached",
  ]);
  await clock.advance(minuteMs);
  await desk.tend(orgId);
  const [row] = (await desk.rows(orgId)).filter(({ status }) => status === "sent");
  expect(desk.mails).toMatchObject([{ messageId: `<${String(row?.["id"])}@calls.clinic.example>` }]);
});

test("reports of the carrier come in any order, before our own note too, and none takes a later one back", async () => {
  await using database = await testDatabase();
  const clock = createManualClock();
  const desk = openNotificationDesk(database, clock, connectNotifications);
  const orgId = "org_one";
  await desk.found(orgId);
  await desk.organizations.ensure({ orgId: "org_two", name: "Two" });
  await desk.set(orgId, settings);
  await desk.db.withOrg(orgId, (tx) => desk.messages.take(tx, { orgId, content: { message: "hello" } }));
  desk.texts.failures.push("lost-after");
  await desk.tend(orgId);
  const [row] = await desk.rows(orgId);
  const notificationId = String(row?.["id"]);
  const externalId = desk.texts.sent[0]?.externalId ?? "";
  expect(desk.texts.sent[0]?.statusUrl).toBe(
    `https://calls.clinic.example/telephony/twilio/text-status?notification=${notificationId}`,
  );
  const report = (status: string, errorCode?: number, org = orgId) => {
    const text = { externalId, status, ...(errorCode === undefined ? {} : { errorCode }) };
    return desk.notifications.onReport(org, { notificationId, text });
  };
  await report("delivered", undefined, "org_two");
  await report("undelivered", 30005);
  await report("sent");
  const { items } = await desk.notifications.list(orgId, { limit: 10, status: "undelivered" });
  expect(items).toMatchObject([{ kind: "owner-message", reason: "30005", segments: 1, recipient: "owner" }]);
  const usage = await database.asAdmin("select quantity::int from call_usage");
  expect(usage.rows).toEqual([{ quantity: 1 }]);
  await clock.advance(10 * minuteMs);
  await desk.notificationDesk.tendAll(desk.signal);
  expect(desk.texts.sent).toHaveLength(1);
});

import { expect, test } from "vitest";
import { failAtEachStatement } from "../../testing/fail-at-each-statement.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { openWebhookDesk } from "../../testing/webhook-desk.ts";
import { startReceiver } from "../../testing/webhook-receiver.ts";
import { createMessages } from "../messages/index.ts";

const never = new AbortController().signal;

test("killed before or after any statement between a deed and the end of its delivery: nothing is lost, nothing is told that was not done, each is marked once and in order", async () => {
  await using db = await testDatabase();
  const clock = createManualClock();
  const desk = openWebhookDesk(db, clock);
  const messages = createMessages({ organizations: desk.organizations, clock, emit: desk.emit });
  await using receiver = await startReceiver();
  const orgOf = (round: number) => `org_${round}`;
  const deliverAll = async (deliverer: ReturnType<typeof desk.delivererOf>) => {
    while ((await deliverer.deliverDue(never)) > 0);
  };

  const deaths = await failAtEachStatement({
    pool: db.pool,
    async attempt(mortal, round) {
      const orgId = orgOf(round);
      await desk.organizations.ensure({ orgId, name: orgId });
      await desk.webhooks.create({
        ...{ orgId, actor: { kind: "user", id: "usr_a" } },
        wanted: { url: receiver.url, events: ["call.started", "message.taken", "call.ended"] },
      });
      const callId = `call_${round}`;
      // Three deeds of one call, then the worker: all on connections that die.
      await mortal.withOrg(orgId, (tx) => desk.emit(tx, { orgId, type: "call.started", subjectId: callId, callId }));
      await mortal.withOrg(orgId, (tx) => messages.take(tx, { orgId, callId, content: { message: "call me" } }));
      await mortal.withOrg(orgId, (tx) => desk.emit(tx, { orgId, type: "call.ended", subjectId: callId, callId }));
      await deliverAll(desk.delivererOf(`dead-${round}`, mortal));
    },
    async restart(round, point) {
      const orgId = orgOf(round);
      const where = `${point.moment} statement ${point.statement}`;
      const next = desk.delivererOf(`next-${round}`);
      await next.release(`dead-${round}`);
      await deliverAll(next);
      const rows = await desk.deliveries(orgId);
      const got = receiver.received.filter(({ callId }) => callId === `call_${round}`);
      const firsts = [...new Map(got.map(({ id, type }) => [id, type])).keys()];
      expect(firsts, where).toEqual(rows.map((row) => row["event_id"]));
      // An event may come twice in a row, never after a later one.
      expect(
        [...new Set(got.map(({ id }) => id))].flatMap((id) => got.filter((one) => one.id === id)),
        where,
      ).toEqual(got);
      expect(
        rows.every((row) => row["status"] === "delivered" && row["claimed_by"] === null),
        where,
      ).toBe(true);
      const taken = (await desk.attempts(orgId)).filter((row) => row["status_code"] === 200);
      expect(
        taken.map((row) => row["delivery_id"]),
        where,
      ).toEqual(rows.map((row) => row["id"]));
      const { rows: kept } = await db.asAdmin("select id from messages where org_id = $1", [orgId]);
      expect(
        rows.filter((row) => row["type"] === "message.taken").map((row) => row["subject_id"]),
        where,
      ).toEqual(kept.map((row) => row["id"]));
    },
  });
  // Three deeds, and for each event a look, a claim and its end.
  expect(deaths).toBeGreaterThan(60);
}, 240_000);

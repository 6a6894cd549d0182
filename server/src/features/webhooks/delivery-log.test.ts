import { expect, test } from "vitest";
import { createManualClock } from "../../testing/manual-clock.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { openWebhookDesk } from "../../testing/webhook-desk.ts";
import { startReceiver } from "../../testing/webhook-receiver.ts";

const orgId = "org_a";
const never = new AbortController().signal;
const actor = { kind: "user", id: "usr_a" } as const;

test("every attempt is kept with its outcome, sealed, read by pages, and by nobody else", async () => {
  await using db = await testDatabase();
  const clock = createManualClock();
  const desk = openWebhookDesk(db, clock);
  const statuses = [500, 302, 204];
  await using receiver = await startReceiver(() => statuses.shift() ?? 200);
  const { id } = await desk.addEndpoint(orgId, receiver.url);
  const other = await desk.addEndpoint(orgId, receiver.url, ["call.ended"]);
  await desk.addEndpoint("org_b", receiver.url);
  await desk.tell(orgId, "call.started", "call_1");
  const deliverer = desk.delivererOf("p1");
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await deliverer.deliverDue(never)).toBe(1);
    await clock.advance(60_000);
  }
  const [delivery] = (await desk.webhooks.deliveries({ orgId, id }, { limit: 10 })).items;
  const deliveryId = delivery?.id ?? "";
  await desk.webhooks.replay({ orgId, actor, id, which: { deliveryId } });
  // Its process dies when the event has arrived.
  await db.asAdmin("update webhook_deliveries set attempts = attempts + 1");
  await db.asAdmin("insert into webhook_attempts (org_id, delivery_id, attempt, started_at) values ($1, $2, 4, $3)", [
    orgId,
    deliveryId,
    new Date(clock.wallNow()),
  ]);
  await deliverer.deliverDue(never);

  const first = await desk.webhooks.attempts({ orgId, id, deliveryId }, { limit: 3 });
  const cursor = first.nextCursor ?? "";
  const second = await desk.webhooks.attempts({ orgId, id, deliveryId }, { limit: 3, cursor });
  const all = [...first.items, ...second.items];
  expect(all.map(({ attempt, statusCode, failure, response }) => [attempt, statusCode, failure, response])).toEqual([
    [5, 200, null, "noted"],
    [4, null, "interrupted", null],
    [3, 204, null, null],
    [2, 302, "status-302", "noted"],
    [1, 500, "status-500", "noted"],
  ]);
  expect(all.every(({ durationMs, attempt }) => (durationMs === null) === (attempt === 4))).toBe(true);
  expect(second.nextCursor).toBeNull();
  const sealed = (await desk.attempts(orgId)).map((row) => row["sealed_response"]).filter((each) => each !== null);
  expect(sealed.map((each) => Buffer.isBuffer(each) && each.includes("noted"))).toEqual([false, false, false]);
  for (const elsewhere of [
    { orgId, id: other.id, deliveryId },
    { orgId: "org_b", id, deliveryId },
    { orgId, id, deliveryId: "whd_none" },
  ]) {
    await expect(desk.webhooks.attempts(elsewhere, { limit: 3 })).rejects.toMatchObject({ code: "not_found" });
  }
  await expect(desk.webhooks.attempts({ orgId, id, deliveryId }, { limit: 3, cursor: "x" })).rejects.toMatchObject({
    code: "bad_request",
  });
}, 30_000);

test("an endpoint that is removed while a call begins fails neither", async () => {
  await using db = await testDatabase();
  const desk = openWebhookDesk(db, createManualClock());
  const { id } = await desk.addEndpoint(orgId, "http://127.0.0.1:9/hook");
  const { promise: told, resolve: tellIt } = Promise.withResolvers<void>();
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  const removing = db.orgDb.withOrg(orgId, async (tx) => {
    await tx.execute(`delete from webhook_endpoints where id = '${id}'`);
    tellIt();
    await goOn;
  });
  await told;
  const telling = desk.tell(orgId, "call.started", "call_1");
  await waitUntil(async () => {
    const { rows } = await db.asAdmin("select from pg_stat_activity where wait_event_type = 'Lock'");
    return rows.length > 0;
  });
  letGo();
  await Promise.all([removing, telling]);
  expect(await desk.deliveries(orgId)).toEqual([]);
}, 30_000);

import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { listen } from "../../platform/db/listen.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { openWebhookDesk } from "../../testing/webhook-desk.ts";
import { startReceiver } from "../../testing/webhook-receiver.ts";
import { webhookChannel } from "./index.ts";

/** As the worker process does it. */
function startWorker(db: TestDatabase, desk: ReturnType<typeof openWebhookDesk>) {
  const stop = new AbortController();
  const deliverer = desk.delivererOf("worker");
  let told = 0;
  const onTold = () => {
    told++;
    deliverer.look();
  };
  const listening = { url: db.appUrl, channel: webhookChannel, clock: systemClock, log: silentLog, onTold };
  const running = Promise.all([deliverer.run(stop.signal), listen(listening, stop.signal)]);
  return {
    isListening: () => told > 0,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

test("an endpoint that hangs holds up neither other endpoints nor organisations nor, beyond its share, the worker", async () => {
  await using db = await testDatabase();
  const desk = openWebhookDesk(db, systemClock);
  await using hanging = await startReceiver(() => "never");
  await using healthy = await startReceiver();
  await desk.addEndpoint("org_a", hanging.url);
  await desk.addEndpoint("org_a", healthy.url);
  await desk.addEndpoint("org_b", healthy.url);
  {
    await using worker = startWorker(db, desk);
    await waitUntil(() => worker.isListening());
    for (let call = 0; call < 30; call++)
      for (const orgId of ["org_a", "org_b"]) {
        await desk.tell(orgId, "call.started", `${orgId}_${call}`);
        await desk.tell(orgId, "call.ended", `${orgId}_${call}`);
      }
    await waitUntil(() => healthy.received.length === 120, 25_000);
    await waitUntil(() => hanging.received.length >= 8);
    expect(hanging.mostAtOnce()).toBe(8);
    // Of each call only its first.
    expect(hanging.received.every(({ type }) => type === "call.started")).toBe(true);
    const orders = Map.groupBy(healthy.received, ({ callId }) => callId);
    for (const events of orders.values())
      expect(events.map(({ type }) => type)).toEqual(["call.started", "call.ended"]);
  }
  // A worker that stops leaves nothing that must be waited for.
  const held = (await desk.deliveries("org_a")).filter((row) => row["claimed_until"] !== null);
  expect(held).toEqual([]);
}, 60_000);

test("a new event is posted as soon as its transaction commits, though nobody asks for seconds", async () => {
  await using db = await testDatabase();
  const desk = openWebhookDesk(db, systemClock);
  await using receiver = await startReceiver();
  await desk.addEndpoint("org_a", receiver.url);
  await using worker = startWorker(db, desk);
  await waitUntil(() => worker.isListening());
  const waits: number[] = [];
  for (let call = 0; call < 10; call++) {
    const atMs = systemClock.now();
    await desk.tell("org_a", "call.started", `call_${call}`);
    await waitUntil(() => receiver.received.length === call + 1);
    waits.push(systemClock.now() - atMs);
  }
  // Looked for every 5 seconds alone, half of them would take longer.
  expect(waits.filter((ms) => ms < 1500).length).toBe(10);
}, 40_000);

test("organisations and endpoints take turns, within their limits; one that takes nothing has one slot; followers wait behind", async () => {
  await using db = await testDatabase();
  const clock = createManualClock();
  const desk = openWebhookDesk(db, clock);
  const url = "http://127.0.0.1:9/hook";
  const [busy, second] = [await desk.addEndpoint("org_a", url), await desk.addEndpoint("org_a", url)];
  await desk.addEndpoint("org_b", url);
  for (let call = 0; call < 20; call++) await desk.tell("org_a", "call.started", `a_${call}`);
  for (let call = 0; call < 3; call++) await desk.tell("org_b", "call.started", `b_${call}`);
  for (let call = 0; call < 3; call++) await desk.tell("org_b", "call.ended", `b_${call}`);
  const due = async (atMost: number, perEndpoint: number, perOrganization: number) => {
    const ids = await db.orgDb.askForIds("webhook_deliveries_due", [
      new Date(clock.wallNow()),
      ...[atMost, perEndpoint, perOrganization],
    ]);
    const { rows } = await db.asAdmin("select org_id || '/' || id as id, endpoint_id, type from webhook_deliveries");
    const known = new Map(rows.map((row) => [row["id"], row]));
    return ids.map((id) => ({ org: id.split("/")[0], ...known.get(id) }) as Record<string, unknown>);
  };
  expect((await due(6, 8, 32)).map(({ org }) => org)).toEqual(["org_a", "org_b", "org_a", "org_b", "org_a", "org_b"]);
  const all = await due(100, 8, 32);
  const of = (endpoint: string) => all.filter((row) => row["endpoint_id"] === endpoint).length;
  expect([of(busy.id), of(second.id), all.filter(({ org }) => org === "org_b").length]).toEqual([8, 8, 3]);
  expect(all.every((row) => row["type"] === "call.started")).toBe(true);
  expect((await due(100, 8, 5)).filter(({ org }) => org === "org_a")).toHaveLength(5);
  // What is taken counts.
  await db.asAdmin(
    `update webhook_deliveries set claimed_until = $1 where id in (select id from webhook_deliveries where endpoint_id = $2 limit 6)`,
    [new Date(clock.wallNow() + 30_000), busy.id],
  );
  expect((await due(100, 8, 32)).filter((row) => row["endpoint_id"] === busy.id)).toHaveLength(2);
  await db.asAdmin("update webhook_endpoints set failing_since = now() where id = $1", [second.id]);
  expect((await due(100, 8, 32)).filter((row) => row["endpoint_id"] === second.id)).toHaveLength(1);
}, 40_000);

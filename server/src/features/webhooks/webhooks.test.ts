import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { silentLog } from "../../platform/db/log-line.ts";
import { isAddressAllowed } from "../../platform/net/address-rules.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createDeliverer, createEmitWebhook, createWebhooks } from "./index.ts";

const org = "org_a";
const asked = { orgId: org, actor: { kind: "user", id: "usr_a" } } as const;
const rules = { allowPrivate: false, allowLoopback: true };
const never = new AbortController().signal;

interface Received {
  readonly body: string;
  readonly signature: string;
}

async function startReceiver(answer: (event: { id: string; type: string }, request: IncomingMessage) => number) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => void (body += data));
    request.on("end", () => {
      received.push({ body, signature: String(request.headers["parley-signature"]) });
      response.writeHead(answer(JSON.parse(body), request), { location: "http://127.0.0.1:1/" }).end("noted");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    types: () => received.map(({ body }) => String(JSON.parse(body).type)),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

async function open(db: TestDatabase) {
  const clock = createManualClock();
  const organizations = createOrganizations({ db: db.orgDb, masterKey: Buffer.alloc(32, 7) });
  await organizations.ensure({ orgId: org, name: "A" });
  const audit = createAuditLog({ clock });
  const emit = createEmitWebhook({ clock });
  const parts = { db: db.orgDb, organizations, clock, audit, rules };
  const jobs = createJobSender();
  const delivererOf = (processId: string) =>
    createDeliverer({
      ...{ ...parts, jobs },
      log: silentLog,
      processId,
      random: () => 0,
      callOf: async ({ callId }) => ({ id: callId }),
    });
  const tell = (type: "call.started" | "call.ended", callId: string) =>
    db.orgDb.withOrg(org, (tx) => emit(tx, { orgId: org, type, subjectId: callId, callId }));
  const statuses = async () =>
    (await db.asAdmin("select status from webhook_deliveries order by seq")).rows.map((row) => row.status);
  return { clock, webhooks: createWebhooks(parts), delivererOf, tell, emit, statuses };
}

describe("webhooks", () => {
  test("signed, in order within a call also over retries, other calls are not held up, delivered once", async () => {
    await using db = await testDatabase();
    const { webhooks, delivererOf, tell, clock, statuses } = await open(db);
    let failing = true;
    await using receiver = await startReceiver((event) =>
      failing && event.type === "call.started" && JSON.stringify(event).includes("call_1") ? 500 : 200,
    );
    const { secret, id } = await webhooks.create({
      ...asked,
      wanted: { url: receiver.url, events: ["call.started", "call.ended"] },
    });
    for (const callId of ["call_1", "call_2"])
      for (const type of ["call.started", "call.ended"] as const) await tell(type, callId);
    const deliverer = delivererOf("p1");
    while ((await deliverer.deliverDue(never)) > 0);
    expect(await statuses()).toEqual(["pending", "pending", "delivered", "delivered"]);
    failing = false;
    await clock.advance(5000);
    while ((await deliverer.deliverDue(never)) > 0);
    expect(await statuses()).toEqual(["delivered", "delivered", "delivered", "delivered"]);
    const ofFirst = receiver.received
      .map(({ body }) => JSON.parse(body))
      .filter((event) => event.data.callId === "call_1");
    expect(ofFirst.map((event) => event.type)).toEqual(["call.started", "call.started", "call.ended"]);
    expect(ofFirst[0].id).toBe(ofFirst[1].id);
    expect(ofFirst[0].data.call).toEqual({ id: "call_1" });
    for (const { body, signature } of receiver.received) {
      const [, at, hmac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
      expect(hmac).toBe(createHmac("sha256", secret).update(`${at}.${body}`).digest("hex"));
    }
    const { items } = await webhooks.deliveries({ orgId: org, id }, { limit: 10 });
    expect(items.at(-1)).toMatchObject({ status: "delivered", attempts: 2, statusCode: 200, response: "noted" });
    await webhooks.replay({ ...asked, id, which: { deliveryId: items[0]?.id ?? "" } });
    await deliverer.deliverDue(never);
    expect(JSON.parse(receiver.received.at(-1)?.body ?? "").id).toBe(items[0]?.eventId);
  }, 30_000);

  test("a rollback tells nothing; nobody takes what another holds; a dead process's claims are free at once", async () => {
    await using db = await testDatabase();
    const { webhooks, delivererOf, tell, emit, clock, statuses } = await open(db);
    await using receiver = await startReceiver(() => 200);
    await webhooks.create({ ...asked, wanted: { url: receiver.url, events: ["call.ended"] } });
    const undone = db.orgDb.withOrg(org, async (tx) => {
      await emit(tx, { orgId: org, type: "call.ended", subjectId: "call_0", callId: "call_0" });
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    await tell("call.ended", "call_1");
    await db.asAdmin("update webhook_deliveries set claimed_by = 'dead', attempts = 1, claimed_until = $1", [
      new Date(clock.wallNow() + 30_000),
    ]);
    const [one, two] = [delivererOf("p1"), delivererOf("p2")];
    expect(await one.deliverDue(never)).toBe(0);
    await one.release("dead");
    await Promise.all([one.deliverDue(never), two.deliverDue(never)]);
    expect(receiver.types()).toEqual(["call.ended"]);
    expect(await statuses()).toEqual(["delivered"]);
  }, 30_000);

  test("after a day an event is dead and the next goes on; the dead one is replayed; after three days it is switched off", async () => {
    await using db = await testDatabase();
    const { webhooks, delivererOf, tell, clock, statuses } = await open(db);
    let status = 302;
    await using receiver = await startReceiver(() => status);
    const { id } = await webhooks.create({
      ...asked,
      wanted: { url: receiver.url, events: ["call.started", "call.ended"] },
    });
    await tell("call.started", "call_1");
    await tell("call.ended", "call_1");
    const deliverer = delivererOf("p1");
    const passHours = async (hours: number) => {
      for (let at = 0; at < hours / 2; at++) {
        await deliverer.deliverDue(never);
        await clock.advance(2 * 3_600_000);
      }
    };
    await passHours(28);
    expect(await statuses()).toEqual(["dead", "pending"]);
    expect(new Set(receiver.types())).toEqual(new Set(["call.started", "call.ended"]));
    await tell("call.started", "call_2");
    await passHours(26);
    await tell("call.started", "call_3");
    await passHours(26);
    expect((await webhooks.list(org, { limit: 5 })).items[0]).toMatchObject({
      enabled: false,
      disabledReason: "failing",
    });
    status = 200;
    await webhooks.update({ ...asked, id, wanted: { enabled: true } });
    const range = {
      from: new Date(0).toISOString(),
      to: new Date(clock.wallNow()).toISOString(),
      only: "dead" as const,
    };
    await webhooks.replay({ ...asked, id, which: range });
    while ((await deliverer.deliverDue(never)) > 0);
    await clock.advance(2 * 3_600_000);
    while ((await deliverer.deliverDue(never)) > 0);
    expect(new Set(await statuses())).toEqual(new Set(["delivered"]));
  }, 60_000);

  test("private, local and translated addresses are refused; after a rotation both secrets sign", async () => {
    const strict = { allowPrivate: false, allowLoopback: false };
    const refused = [
      "10.1.2.3",
      "127.0.0.1",
      "169.254.169.254",
      "192.168.0.1",
      "::1",
      "fd00::1",
      "fe80::1",
      "::ffff:10.0.0.1",
      "64:ff9b::a00:1",
      "0.0.0.0",
    ];
    expect(refused.filter((address) => isAddressAllowed(address, strict))).toEqual([]);
    expect(["1.1.1.1", "2606:4700::1111"].every((address) => isAddressAllowed(address, strict))).toBe(true);
    await using db = await testDatabase();
    const { webhooks } = await open(db);
    for (const url of ["http://example.com/", "https://10.0.0.1/", "https://user:pw@example.com/"]) {
      await expect(webhooks.create({ ...asked, wanted: { url, events: ["call.ended"] } })).rejects.toMatchObject({
        code: "bad_request",
      });
    }
    await using receiver = await startReceiver(() => 200);
    const { id } = await webhooks.create({ ...asked, wanted: { url: receiver.url, events: ["call.ended"] } });
    await webhooks.rotate({ ...asked, id });
    expect(await webhooks.ping({ orgId: org, id, signal: never })).toMatchObject({ ok: true, statusCode: 200 });
    expect(receiver.received[0]?.signature).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  }, 30_000);
});

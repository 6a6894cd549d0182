/** Webhooks of the running program: what a call tells, every route, and a worker that is killed while it tells. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childrenOf } from "./child-processes.ts";
import { startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, minute);
afterAll(() => world?.close(), minute);

interface Received {
  readonly id: string;
  readonly type: string;
  readonly callId: string;
  readonly body: string;
  readonly signature: string;
}

/** Somebody's server; it answers after `delayMs`. */
async function startReceiver(delayMs = 0) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      const { id, type, data } = JSON.parse(body);
      received.push({ id, type, callId: data.callId, body, signature: String(request.headers["parley-signature"]) });
      void sleep(delayMs).then(() => response.writeHead(200).end("noted"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

interface Answer {
  readonly id: string;
  readonly secret: string;
  readonly items: readonly {
    readonly id: string;
    readonly type: string;
    readonly endedAt: string | null;
    readonly failure: string | null;
  }[];
}

async function ask(method: string, path: string, body?: unknown) {
  const { url, apiKey } = world.platform;
  const response = await fetch(`${url}/api/v1/webhooks${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

const callAndHangUp = async () => {
  const call = await world.call({ steps: [greeted, { hangUp: "now" }] });
  expect(call.passed, told(call)).toBe(true);
};

test("every route, and a call told to an endpoint: signed, in order, with the call as the API tells it", {
  timeout: 2 * minute,
}, async () => {
  await using receiver = await startReceiver();
  const events = ["call.started", "call.ended"];
  for (const [wrong, field] of [
    [{ url: "http://example.com/x", events }, "url"],
    [{ url: "https://10.0.0.1/x", events }, "url"],
    [{ url: "no address", events }, "url"],
    [{ url: receiver.url, events: [] }, "events"],
    [{ url: receiver.url, events: ["call.begun"] }, "events"],
  ] as const) {
    const refused = await ask("POST", "", wrong);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain(field);
  }
  const made = await ask("POST", "", { url: receiver.url, events: ["call.ended"] });
  expect(made).toMatchObject({
    status: 201,
    body: { url: receiver.url, enabled: true, secret: expect.stringMatching(/^whsec_/) },
  });
  const { id } = made.body;
  expect(await ask("PATCH", `/${id}`, { events })).toMatchObject({ status: 200, body: { id, events } });
  const listed = await ask("GET", "?limit=1");
  expect(listed).toMatchObject({ status: 200, body: { items: [{ id, events }] } });
  expect(JSON.stringify(listed.body)).not.toContain("whsec_");
  expect(await ask("POST", `/${id}/ping`)).toMatchObject({ status: 200, body: { ok: true, statusCode: 200 } });
  expect(receiver.received.pop()?.type).toBe("ping");

  await callAndHangUp();
  await waitUntil(() => receiver.received.length === 2);
  const [started, ended] = receiver.received;
  expect([started?.type, ended?.type]).toEqual(events);
  const { data } = JSON.parse(ended?.body ?? "");
  const calls = await fetch(`${world.platform.url}/api/v1/calls`, {
    headers: { authorization: `Bearer ${world.platform.apiKey}` },
  });
  const { items } = (await calls.json()) as { items: { id: string }[] };
  expect(data.call.status).toBe("completed");
  expect(data.call).toEqual(items.find(({ id: callId }) => callId === ended?.callId));
  const [, at, hmac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(ended?.signature ?? "") ?? [];
  expect(hmac).toBe(createHmac("sha256", made.body.secret).update(`${at}.${ended?.body}`).digest("hex"));

  const rotated = await ask("POST", `/${id}/secret`);
  expect(rotated).toMatchObject({ status: 200, body: { secret: expect.stringMatching(/^whsec_/) } });
  expect(rotated.body.secret).not.toBe(made.body.secret);
  await waitUntil(async () => (await ask("GET", `/${id}/deliveries?status=delivered`)).body.items.length === 2);
  const deliveries = (await ask("GET", `/${id}/deliveries`)).body.items;
  expect(deliveries.map((each) => each.type)).toEqual(["call.ended", "call.started"]);
  const one = `/${id}/deliveries/${deliveries[0]?.id}`;
  expect(await ask("POST", `${one}/replay`)).toMatchObject({ status: 202, body: { replayed: 1 } });
  await waitUntil(() => receiver.received.length === 3);
  expect(receiver.received[2]).toMatchObject({ id: ended?.id, signature: expect.stringMatching(/v1=.*v1=/) });
  await waitUntil(async () => (await ask("GET", `${one}/attempts`)).body.items.every((each) => each.endedAt));
  expect(await ask("GET", `${one}/attempts`)).toMatchObject({
    status: 200,
    body: {
      items: [
        { attempt: 2, statusCode: 200, failure: null, response: "noted" },
        { attempt: 1, statusCode: 200, failure: null, response: "noted" },
      ],
      nextCursor: null,
    },
  });
  const range = { from: new Date(0).toISOString(), to: new Date().toISOString(), only: "all" };
  expect(await ask("POST", `/${id}/replay`, range)).toMatchObject({ status: 202, body: { replayed: 2 } });
  await waitUntil(() => receiver.received.length === 5);

  expect(await ask("PATCH", `/${id}`, { enabled: false })).toMatchObject({
    status: 200,
    body: { enabled: false, disabledReason: "owner" },
  });
  for (const [method, path, body] of [
    ["PATCH", "/whk_none", { enabled: true }],
    ["DELETE", "/whk_none", undefined],
    ["POST", "/whk_none/secret", undefined],
    ["POST", "/whk_none/ping", undefined],
    ["GET", "/whk_none/deliveries", undefined],
    ["GET", `/whk_none/deliveries/${deliveries[0]?.id}/attempts`, undefined],
    ["GET", `/${id}/deliveries/whd_none/attempts`, undefined],
    ["POST", `/${id}/deliveries/whd_none/replay`, undefined],
    ["POST", "/whk_none/replay", range],
  ] as const) {
    expect((await ask(method, path, body)).status, `${method} ${path}`).toBe(404);
  }
  expect(await ask("DELETE", `/${id}`)).toMatchObject({ status: 200, body: { deleted: true } });
  expect((await ask("GET", "")).body.items).toEqual([]);
});

const workers = () => childrenOf(world.platform.pid, "worker");

test.runIf(process.platform === "linux")(
  "a worker that is killed while it tells comes back by itself, and everything arrives, in order",
  { timeout: 3 * minute },
  async () => {
    await using receiver = await startReceiver(1500);
    const { body } = await ask("POST", "", { url: receiver.url, events: ["call.started", "call.ended"] });
    await Promise.all([callAndHangUp(), callAndHangUp(), callAndHangUp()]);
    await waitUntil(() => receiver.received.length > 0);
    const [pid] = workers();
    expect(pid).toBeDefined();
    process.kill(pid ?? 0, "SIGKILL");
    await waitUntil(() => workers().some((other) => other !== pid), 20_000);
    const delivered = async () => (await ask("GET", `/${body.id}/deliveries?status=delivered`)).body.items;
    await waitUntil(async () => (await delivered()).length === 6, 45_000);
    const calls = Map.groupBy(receiver.received, ({ callId }) => callId);
    expect(calls.size).toBe(3);
    for (const events of calls.values()) {
      const types = events.map(({ type }) => type);
      expect(types).toEqual([...types].sort().reverse());
      expect(new Set(types)).toEqual(new Set(["call.started", "call.ended"]));
      expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    }
    // It was killed with posts under way: those came a second time, and the attempt says what became of it.
    expect(receiver.received.length).toBeGreaterThan(6);
    const attempts = await Promise.all(
      (await delivered()).map(async ({ id }) => (await ask("GET", `/${body.id}/deliveries/${id}/attempts`)).body.items),
    );
    expect(attempts.flat().some(({ failure }) => failure === "interrupted")).toBe(true);
    await ask("DELETE", `/${body.id}`);
  },
);

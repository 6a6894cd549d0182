import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { newHttpTool } from "@parley/contract/tools";
import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createGuardedFetch } from "../../platform/net/guarded-fetch.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import {
  createCustomTools,
  createHttpToolSource,
  createToolDesk,
  createToolRunner,
  createToolShelf,
  reservedToolNames,
} from "./index.ts";

const orgId = "org_one";
const asked = { orgId, actor: { kind: "user", id: "usr_1" } } as const;
const rules = { allowPrivate: false, allowLoopback: true };

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** An owner's server. */
async function openServer() {
  const received: Received[] = [];
  const answers: { next: Reply | "cut" } = { next: { status: 200, body: "{}" } };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(parts).toString() });
      if (answers.next === "cut") request.socket.destroy();
      else response.writeHead(answers.next.status, answers.next.headers).end(answers.next.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { received, answers, origin, close: () => server.close() };
}

async function openDesk() {
  const [db, server] = await Promise.all([testDatabase(), openServer()]);
  const clock = systemClock;
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  await organizations.ensure({ orgId, name: "One" });
  await organizations.ensure({ orgId: "org_other", name: "Other" });
  const stores = { db: db.orgDb, organizations, clock };
  const audit = createAuditLog({ clock });
  const source = createHttpToolSource({ ...stores, fetch: createGuardedFetch(rules) });
  const shelf = createToolShelf({ builtIn: [], sources: [source] });
  const accounts = { of: async () => [] };
  const runner = createToolRunner({ ...stores, shelf, accounts, jobs: createJobSender(), log: silentLog });
  const customTools = createCustomTools({ ...stores, audit, rules, reserved: new Set(reservedToolNames) });
  const desk = createToolDesk({ ...stores, audit, shelf, runner, accounts, customTools });
  const run = (name: string, input: unknown, more: { key?: string; callId?: string } = {}) =>
    runner.run({
      call: { id: "t", name, input },
      ...{
        orgId,
        agentId: "agent_1",
        callId: more.callId ?? "call_1",
        idempotencyKey: more.key ?? JSON.stringify(input),
      },
      facts: { callerPhone: "+201001234567", language: "ar-EG" },
      signal: new AbortController().signal,
    });
  const create = (wish: object) => customTools.create(asked, newHttpTool.parse({ ...order(server.origin), ...wish }));
  return {
    ...{ db, server, shelf, desk, run, create, customTools },
    async [Symbol.asyncDispose]() {
      server.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

const order = (origin: string) => ({
  name: "place_order",
  title: "Place an order",
  description: "Orders an item for the caller.",
  effect: "write",
  method: "POST",
  url: `${origin}/shops/{{input.shop}}/orders?for={{call.from}}`,
  headers: { "x-language": "{{call.language}}" },
  secretHeaders: { authorization: "Bearer hush-hush" },
  body: {
    item: "{{input.item}}",
    count: "{{input.count}}",
    note: "By {{call.from}}: {{input.item}}",
    gift: "{{input.gift}}",
  },
  input: {
    properties: {
      shop: { type: "string", description: "Which shop." },
      item: { type: "string", description: "What.", enum: ["tea", 'a "big" cup'] },
      count: { type: "integer", description: "How many.", minimum: 1, maximum: 9 },
      gift: { type: "boolean", description: "Wrapped?" },
    },
    required: ["shop", "item", "count"],
  },
  answer: [
    { name: "order", path: "data.id" },
    { name: "first", path: "data.lines.0.name" },
  ],
});

const input = { shop: "a/b?c=../d", item: 'a "big" cup', count: 2 };

test("a request is filled by value, escaped, signed, keyed, and the model sees what its owner chose of the answer", async () => {
  await using desk = await openDesk();
  const { signingSecret } = await desk.create({});
  desk.server.answers.next = {
    status: 201,
    body: JSON.stringify({ data: { id: 7, lines: [{ name: "cup" }], secret: "no" } }),
  };
  expect(await desk.run("place_order", input)).toEqual({ status: "ok", output: { order: 7, first: "cup" } });
  expect(await desk.run("place_order", input)).toEqual({ status: "ok", output: { order: 7, first: "cup" } });
  expect(desk.server.received).toHaveLength(1);
  const [sent] = desk.server.received;
  expect(sent?.url).toBe("/shops/a%2Fb%3Fc%3D..%2Fd/orders?for=%2B201001234567");
  expect(JSON.parse(sent?.body ?? "")).toEqual({
    ...{ item: 'a "big" cup', count: 2, gift: null },
    note: 'By +201001234567: a "big" cup',
  });
  expect(sent?.headers).toMatchObject({ authorization: "Bearer hush-hush", "x-language": "ar-EG" });
  expect(sent?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{64}$/);
  const [, seconds, signature] = /^t=(\d+),v1=(\w+)$/.exec(String(sent?.headers["parley-signature"])) ?? [];
  expect(signature).toBe(createHmac("sha256", signingSecret).update(`${seconds}.${sent?.body}`).digest("hex"));
  const [tool] = await desk.shelf.list(orgId);
  expect(tool).toMatchObject({ effect: "write", isOnByDefault: false, kind: "http" });
});

test("what does not fit the schema, or would climb in the path, is refused in words and never sent", async () => {
  await using desk = await openDesk();
  await desk.create({});
  const refusal = async (given: object) => {
    const outcome = await desk.run("place_order", { ...input, ...given });
    return outcome.status === "failed" ? outcome.publicMessage : outcome.status;
  };
  expect(await refusal({ count: 10 })).toMatch(/^count:/);
  expect(await refusal({ item: "gold" })).toMatch(/^item:/);
  expect(await refusal({ shop: undefined })).toMatch(/^shop:/);
  expect(await refusal({ shop: ".." })).toMatch(/cannot stand in the address/);
  expect(desk.server.received).toEqual([]);
});

test("a refusal is not a deed, a silence is uncertain for a write and nothing for a read, a redirect is not followed", async () => {
  await using desk = await openDesk();
  await desk.create({});
  await desk.create({ name: "look_up", effect: "read", method: "GET", body: undefined, answer: [] });
  const { answers, received } = desk.server;
  answers.next = { status: 422, body: "no such shop" };
  expect(await desk.run("place_order", input)).toMatchObject({ status: "failed" });
  answers.next = { status: 302, body: "", headers: { location: "http://169.254.169.254/latest" } };
  expect(await desk.run("place_order", input)).toMatchObject({ status: "failed" });
  answers.next = { status: 503, body: "" };
  expect(await desk.run("look_up", input)).toMatchObject({ status: "failed" });
  expect(await desk.run("place_order", input)).toMatchObject({ status: "uncertain" });
  answers.next = { status: 200, body: "{}" };
  expect(await desk.run("place_order", input)).toMatchObject({ status: "uncertain" });
  answers.next = "cut";
  expect(await desk.run("place_order", input, { key: "cut" })).toMatchObject({ status: "uncertain" });
  expect(received).toHaveLength(5);
  answers.next = { status: 200, body: JSON.stringify({ text: "x".repeat(9000) }) };
  const seen = await desk.run("look_up", input);
  expect(JSON.stringify(seen).length).toBeLessThan(4200);
  desk.server.close();
  expect(await desk.run("place_order", input, { key: "nobody" })).toMatchObject({ status: "failed" });
});

test("a request that its owner wrote wrong names each field; names are one each, and another organisation sees nothing", async () => {
  await using desk = await openDesk();
  const fault = (wish: object) =>
    desk.create(wish).then(
      () => "taken",
      (error: Error) => error.message,
    );
  expect(await fault({ url: "http://10.0.0.8/x" })).toMatch(/^url: must begin with https/);
  expect(await fault({ url: "https://10.0.0.8/x" })).toMatch(/^url: leads into a private network/);
  expect(await fault({ url: "https://{{input.shop}}.example.com/" })).toMatch(/^url: only the path/);
  expect(await fault({ url: "https://a:b@example.com/" })).toMatch(/user or password/);
  expect(await fault({ url: "ftp://example.com" })).toMatch(/^url: must be a web address/);
  expect(await fault({ body: { a: ["{{input.unknown}}"] } })).toMatch(
    /^body\.a\.0: \{\{input\.unknown\}\} is not known/,
  );
  expect(await fault({ headers: { Host: "x" } })).toMatch(/^headers\.Host/);
  expect(await fault({ input: { properties: {}, required: ["x"] } })).toMatch(/input\.required: x/);
  expect(await fault({ method: "GET" })).toMatch(/body: a GET has none/);
  expect(await fault({ name: "note_intent" })).toMatch(/^name: there is a tool/);
  expect(await fault({})).toBe("taken");
  expect(await fault({})).toMatch(/^name: there is a tool/);
  expect(await desk.shelf.list("org_other")).toEqual([]);
  await expect(desk.desk.get("org_other", "place_order")).rejects.toMatchObject({ code: "not_found" });
  await expect(desk.customTools.remove({ ...asked, orgId: "org_other", name: "place_order" })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("another server is not sent the secrets that were given for this one", async () => {
  await using desk = await openDesk();
  await desk.create({});
  const about = { ...asked, name: "place_order" };
  const elsewhere = `${desk.server.origin.replace("127.0.0.1", "localhost")}/steal`;
  const refusal = { code: "bad_request", message: expect.stringMatching(/^url: .*authorization/) };
  await expect(desk.customTools.change(about, { url: elsewhere })).rejects.toMatchObject(refusal);
  const other = { url: elsewhere, secretHeaders: { "x-other": "mine" } };
  await expect(desk.customTools.change(about, other)).rejects.toMatchObject(refusal);
  await desk.customTools.change(about, { url: `${desk.server.origin}/orders/anew` });
  await desk.customTools.change(about, {
    url: elsewhere,
    secretHeaders: { Authorization: "Bearer theirs", authorization: null },
  });
});

test("secrets go in and never come out; a change keeps what it does not name; a write is tried only when that is meant", async () => {
  await using desk = await openDesk();
  await desk.create({});
  const about = { ...asked, name: "place_order" };
  await desk.customTools.change(about, { secretHeaders: { "x-api-key": "hush too" }, title: "Order" });
  const shown = await desk.desk.get(orgId, "place_order");
  expect(shown).toMatchObject({
    title: "Order",
    isUsable: true,
    request: { secretHeaders: ["authorization", "x-api-key"] },
  });
  await desk.customTools.change(about, { secretHeaders: { authorization: null }, body: null });
  const tryIt = (confirm: boolean) =>
    desk.desk.try({ ...about, input, settings: {}, confirm, signal: new AbortController().signal });
  await expect(tryIt(false)).rejects.toMatchObject({ code: "bad_request" });
  expect(await tryIt(true)).toMatchObject({ status: "ok", output: { order: null }, message: null });
  expect(desk.server.received[0]).toMatchObject({ body: "", headers: { "x-api-key": "hush too" } });
  expect(desk.server.received[0]?.headers.authorization).toBeUndefined();
  const { rows } = await desk.db.asAdmin("select c::text, a::text from custom_tools c, audit_entries a");
  expect(JSON.stringify([shown, rows])).not.toContain("hush");
  expect(await desk.desk.list(orgId, { limit: 1 })).toMatchObject({
    items: [{ name: "place_order" }],
    nextCursor: null,
  });
  await desk.customTools.remove(about);
  expect(await desk.run("place_order", input)).toMatchObject({ status: "failed" });
});

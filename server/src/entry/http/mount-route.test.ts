import { idParams } from "@parley/contract/page";
import { defineRoute } from "@parley/contract/route";
import fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../kernel/clock.ts";
import { DbError } from "../../platform/db/db-error.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createCounterStore } from "../../platform/limits/counter.ts";
import { createRateLimiter } from "../../platform/limits/rate-limiter.ts";
import { createRouteMount } from "./mount-route.ts";
import { useProblems } from "./problem.ts";

const response = { status: 200, schema: z.object({ ok: z.literal(true) }) } as const;
const common = { summary: "A probe", response, errors: [] } as const;
const find = defineRoute({
  ...{ ...common, id: "things.get", method: "GET", path: "/things/:id", permission: "calls:read" },
  ...{ params: idParams, query: z.object({ name: z.string().optional() }) },
});
const body = z.object({ password: z.string() });
const signIn = defineRoute({
  ...{ ...common, id: "things.sign-in", method: "POST", path: "/sign-in", permission: "public", body },
});
const change = defineRoute({
  ...{ ...common, id: "things.change", method: "POST", path: "/change", permission: "calls:read", body },
});

function openApi() {
  const app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  useProblems(app);
  const store = createCounterStore({ clock: systemClock, log: silentLog });
  const kept: string[] = [];
  const plenty = { address: 1000, strict: 1000, account: 1000, "api-key": 1000, organization: 1000 };
  const mount = createRouteMount(app, {
    authenticate: async () => ({ kind: "api-key", keyId: "key_1", orgId: "org_1", permissions: ["calls:read"] }),
    idempotency: {
      begin: async ({ fingerprint }) => (kept.push(fingerprint), { kind: "claim", claimId: "claim" }),
      answer: async () => {},
      release: async () => {},
    },
    limits: createRateLimiter({ store, limits: plenty, secret: Buffer.alloc(32, 1) }),
    isSuspended: async () => false,
  });
  for (const route of [find, signIn, change]) mount(route, async () => ({ ok: true as const }));
  return { app, kept, [Symbol.dispose]: () => store.close() };
}

test("a NUL, which the database does not take, is no id and no word to look for", async () => {
  using api = openApi();
  const ask = async (url: string) => (await api.app.inject({ url })).statusCode;
  expect(await ask("/things/abc?name=b")).toBe(200);
  expect(await ask("/things/a%00c")).toBe(404);
  expect(await ask("/things/abc?name=a%00c")).toBe(400);
});

test("a NUL in a body is told as the sender's fault", async () => {
  const app = fastify();
  useProblems(app);
  app.get("/", () => {
    throw new DbError("22021", undefined);
  });
  const answer = await app.inject({ url: "/" });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: "bad_request", detail: expect.stringContaining("U+0000") });
});

test("an Idempotency-Key keeps no answer of a public route: it would be a token", async () => {
  using api = openApi();
  const post = async (url: string) => {
    const headers = { "idempotency-key": "once", authorization: "Bearer x" };
    return (await api.app.inject({ method: "POST", url, headers, payload: { password: "secret" } })).statusCode;
  };
  expect(await post("/change")).toBe(200);
  expect(api.kept).toHaveLength(1);
  expect(await post("/sign-in")).toBe(200);
  expect(api.kept).toHaveLength(1);
});

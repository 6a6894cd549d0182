import { defineRoute } from "@parley/contract/route";
import fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import type { Principal } from "../../platform/http/principal.ts";
import { createCounterStore } from "../../platform/limits/counter.ts";
import { createRateLimiter, type RateLimits } from "../../platform/limits/rate-limiter.ts";
import { trustOf } from "./client-address.ts";
import { createRouteMount } from "./mount-route.ts";
import { useProblems } from "./problem.ts";

const response = { status: 200, schema: z.object({ ok: z.literal(true) }) } as const;
const common = { summary: "A probe", method: "GET", response, errors: [] } as const;
const open = defineRoute({ ...common, id: "probe.open", path: "/open", permission: "public" });
const strict = defineRoute({ ...common, id: "probe.strict", path: "/strict", permission: "public", limit: "strict" });
const calls = defineRoute({ ...common, id: "probe.calls", path: "/calls", permission: "calls:read" });
const account = defineRoute({ ...common, id: "probe.account", path: "/account", permission: "account" });

const plenty: RateLimits = { address: 1000, strict: 1000, account: 1000, "api-key": 1000, organization: 1000 };

/** `Authorization: key_a org_a`: who asks is what the test says. */
function principalOf(header: string | undefined): Principal | undefined {
  const [id, orgId] = header?.split(" ") ?? [];
  if (id === undefined || orgId === undefined) return undefined;
  if (id.startsWith("key")) return { kind: "api-key", keyId: id, orgId, permissions: ["calls:read"] };
  const person = { sessionId: "session", role: "owner", isInstallationAdmin: false, byCookie: false } as const;
  return { kind: "user", userId: id, orgId, permissions: ["calls:read"], ...person };
}

function openApi(limits: Partial<RateLimits>, proxies?: number | string[]) {
  const app = fastify({ trustProxy: trustOf(proxies) });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  useProblems(app);
  const store = createCounterStore({ clock: systemClock, log: silentLog });
  const suspended = new Set<string>();
  const mount = createRouteMount(app, {
    authenticate: async (headers) => principalOf(headers.authorization),
    idempotency: {
      begin: async () => ({ kind: "claim", claimId: "claim" }),
      answer: async () => {},
      release: async () => {},
    },
    limits: createRateLimiter({ store, limits: { ...plenty, ...limits }, secret: Buffer.alloc(32, 1) }),
    isSuspended: async (orgId) => suspended.has(orgId),
  });
  for (const route of [open, strict, calls, account]) mount(route, async () => ({ ok: true as const }));
  return {
    suspended,
    get: async (url: string, from: { address?: string; by?: string; forwardedFor?: string } = {}) =>
      await app.inject({
        url,
        remoteAddress: from.address ?? "192.0.2.1",
        headers: {
          ...(from.by === undefined ? {} : { authorization: from.by }),
          ...(from.forwardedFor === undefined ? {} : { "x-forwarded-for": from.forwardedFor }),
        },
      }),
  };
}

test("an address that asks too often is told how long to wait, before it is known who asks", async () => {
  const api = openApi({ address: 2 });
  const first = await api.get("/open");
  expect([first.statusCode, first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]]).toEqual([
    200,
    "2",
    "1",
  ]);
  await api.get("/open");
  const refused = await api.get("/calls");
  expect(refused.statusCode).toBe(429);
  expect(refused.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(refused.json()).toMatchObject({ code: "too_many_requests", status: 429 });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(refused.headers["ratelimit-remaining"]).toBe("0");
  expect((await api.get("/open", { address: "192.0.2.2" })).statusCode).toBe(200);
});

test("a strict route has a stricter count of its own", async () => {
  const api = openApi({ strict: 1 });
  expect((await api.get("/strict")).statusCode).toBe(200);
  expect((await api.get("/strict")).statusCode).toBe(429);
  expect((await api.get("/open")).statusCode).toBe(200);
});

test("keys and people have their own count, and an organisation one for all of them", async () => {
  const api = openApi({ "api-key": 1, account: 1, organization: 3 });
  const codes = [];
  for (const by of ["key_a org_a", "key_a org_a", "user_b org_a", "user_b org_a", "key_c org_a", "key_d org_d"]) {
    codes.push((await api.get("/calls", { by })).statusCode);
  }
  expect(codes).toEqual([200, 429, 200, 429, 429, 200]);
});

test("X-Forwarded-For is believed from the proxies that were named, and from nobody else", async () => {
  const rude = openApi({ address: 1 });
  expect((await rude.get("/open", { forwardedFor: "203.0.113.1" })).statusCode).toBe(200);
  expect((await rude.get("/open", { forwardedFor: "203.0.113.2" })).statusCode).toBe(429);

  const named = openApi({ address: 1 }, ["10.0.0.0/8"]);
  for (const client of ["203.0.113.1", "203.0.113.2"]) {
    expect(
      (await named.get("/open", { address: "10.1.2.3", forwardedFor: `198.51.100.9, ${client}` })).statusCode,
    ).toBe(200);
  }
  expect((await named.get("/open", { address: "192.0.2.9", forwardedFor: "203.0.113.8" })).statusCode).toBe(200);
  expect((await named.get("/open", { address: "192.0.2.9", forwardedFor: "203.0.113.9" })).statusCode).toBe(429);

  const counted = openApi({ address: 1 }, 1);
  expect((await counted.get("/open", { forwardedFor: "198.51.100.1, 203.0.113.1" })).statusCode).toBe(200);
  expect((await counted.get("/open", { forwardedFor: "198.51.100.2, 203.0.113.1" })).statusCode).toBe(429);
});

test("a suspended organisation's members and keys reach their account and nothing else", async () => {
  const api = openApi({});
  api.suspended.add("org_a");
  for (const by of ["key_a org_a", "user_a org_a"]) {
    const refused = await api.get("/calls", { by });
    expect([refused.statusCode, refused.json().code]).toEqual([403, "suspended"]);
  }
  expect((await api.get("/account", { by: "user_a org_a" })).statusCode).toBe(200);
  expect((await api.get("/open", { by: "user_a org_a" })).statusCode).toBe(200);
  expect((await api.get("/calls", { by: "key_b org_b" })).statusCode).toBe(200);
});

/**
 * `npm run bench -- --only lists`: a million calls in a real PostgreSQL, asked for over HTTP. The API, its stores and the client
 * share a process, the database has its own.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createLogger } from "../server/src/boot/logger.ts";
import type { ApiParts } from "../server/src/entry/http/api-parts.ts";
import { createAuthenticate } from "../server/src/entry/http/authenticate.ts";
import { createCallBook } from "../server/src/entry/http/call-book.ts";
import { createApi } from "../server/src/entry/http/create-api.ts";
import { createMetrics } from "../server/src/entry/http/metrics.ts";
import { type ApiKeys, createApiKeys } from "../server/src/features/api-keys/index.ts";
import { createAuditLog } from "../server/src/features/audit/index.ts";
import { createCallArchive, mountCallArchiveRoutes } from "../server/src/features/calls/index.ts";
import { createOrganizations } from "../server/src/features/organizations/index.ts";
import { systemClock as clock } from "../server/src/kernel/clock.ts";
import { createPool } from "../server/src/platform/db/connect.ts";
import { startEmbeddedPostgres } from "../server/src/platform/db/embedded-postgres.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createOrgDb } from "../server/src/platform/db/org-db.ts";
import { prepareDatabase } from "../server/src/platform/db/prepare-database.ts";
import {
  callAt,
  commonWords,
  contactOf,
  fillCalls,
  largeOrg,
  newestAtMs,
  numberOf,
  rareWord,
  smallOrg,
} from "./fill-calls.ts";

export interface ListFigures {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Of the first answer: a list that finds nothing proves nothing. */
  readonly items: number;
  readonly failures: number;
}

export const wantedP95Ms = 50;
const requests = 200;
const warmUps = 5;

const day = (daysAgo: number) => new Date(newestAtMs - daysAgo * 86_400_000).toISOString();
const common = commonWords[0];

/** Paths below /api/v1; `turn` counts the requests. `calls`: how many there are. */
function questions(calls: number): [string, (turn: number) => string][] {
  const deep = (turn: number) => {
    const { id, startedAtMs } = callAt(Math.floor(calls * 0.3) + turn, calls);
    return Buffer.from(`${startedAtMs}.${id}`).toString("base64url");
  };
  const list = (query: string) => `/calls?limit=25&${query}`;
  return [
    ["first page", () => list("")],
    ["deep page", (turn) => list(`cursor=${deep(turn)}`)],
    ["agent: common", () => list("agentId=agent_0")],
    ["agent: 0.1 %", () => list("agentId=agent_rare")],
    ["channel: 0.1 %", () => list("channel=text")],
    ["direction: 10 %", () => list("direction=outbound")],
    ["status: 0.1 %", () => list("status=interrupted")],
    ["status: none", () => list("status=live")],
    ["hang-up reason: 0.1 %", () => list("hangUpReason=operator")],
    ["contact", (turn) => list(`contactId=${contactOf(turn * 37)}`)],
    ["caller's number", (turn) => list(`phone=${encodeURIComponent(numberOf(turn * 37))}`)],
    ["one day", (turn) => list(`since=${day(turn + 1)}&until=${day(turn)}`)],
    ["a minute or longer", () => list("minDurationMs=60000")],
    ["20 minutes or longer (0.005 %)", () => list("minDurationMs=1200000")],
    ["with recording", () => list("hasRecording=true")],
    ["without recording (2 %)", () => list("hasRecording=false")],
    ["reviewed (0.2 %)", () => list("reviewed=true")],
    ["not reviewed", () => list("reviewed=false")],
    [
      "agent, status and month",
      (turn) => list(`agentId=agent_1&status=failed&since=${day(turn + 30)}&until=${day(turn)}`),
    ],
    ["agent 0.1 % without recording", () => list("agentId=agent_rare&hasRecording=false")],
    [
      "contact, outbound, recorded",
      (turn) => list(`contactId=${contactOf(turn)}&direction=outbound&hasRecording=true`),
    ],
    ["search: common word (29 %)", () => list(`q=${common}`)],
    ["search: common word, deep page", (turn) => list(`q=${common}&cursor=${deep(turn)}`)],
    ["search: rare word (0.02 %)", () => list(`q=${rareWord}`)],
    ["search: three common words", () => list(`q=${commonWords.join("%20")}`)],
    ["search: common and rare word", () => list(`q=${common}%20${rareWord}`)],
    ["search: common word, rare agent", () => list(`q=${common}&agentId=agent_rare`)],
    ["search: phrase", () => list(`q=${encodeURIComponent(`"${commonWords[1]} ${commonWords[2]}"`)}`)],
    ["search: nobody said it", () => list("q=zanzibar")],
    ["statistics: 30 days by day", () => `/calls/statistics?until=${day(0)}`],
    ["statistics: 14 days by hour", () => `/calls/statistics?since=${day(14)}&until=${day(0)}&bucket=hour`],
    ["statistics: a year by day", () => `/calls/statistics?since=${day(365)}&until=${day(0)}`],
    ["one call, 20 turns", (turn) => `/calls/${callAt(calls - 2 - turn * 2, calls).id}`],
  ];
}

export async function measureLists(calls = 1_000_000): Promise<ListFigures[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-lists-"));
  const server = await startEmbeddedPostgres({ dataDir, clock, log: silentLog, settings: ["max_wal_size=8GB"] });
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const { adminUrl, appPassword } = server;
    const { appUrl } = await prepareDatabase({ adminUrl, appPassword });
    const masterKey = randomBytes(32);
    const admin = new pg.Client({ connectionString: adminUrl });
    const pool = createPool({ url: appUrl, log: silentLog });
    stops.push(
      () => pool.end(),
      () => admin.end(),
    );
    await admin.connect();
    const db = createOrgDb(pool);
    const startedMs = clock.now();
    await fillCalls({ admin, db, calls, organizations: createOrganizations({ db, masterKey }) });
    console.log(`filled in ${Math.round((clock.now() - startedMs) / 1000)} s; ${await sizesOf(admin)}`);
    const audit = createAuditLog({ clock });
    const keys = createApiKeys({ db, clock, audit });
    const keyOf = { [largeOrg]: "bench-large-0123456789", [smallOrg]: "bench-small-0123456789" };
    for (const [orgId, key] of Object.entries(keyOf))
      await keys.ensure({ orgId, keyId: `key_${orgId}`, name: "bench", key });
    const organizations = createOrganizations({ db, masterKey });
    const kept = {
      recordingOf: async () => null,
      eraseWith: neverAsked,
      usageOf: async () => ({ usage: [], cost: [] }),
    };
    const { url, stop } = await startApi({ ...{ db, organizations, clock, audit }, ...kept }, keys);
    stops.unshift(stop);
    const figures: ListFigures[] = [];
    for (const [name, path] of questions(calls))
      figures.push(await ask(name, { url, path, key: keyOf[largeOrg] ?? "" }));
    figures.push(
      await ask("first page of a small organisation", {
        url,
        path: () => "/calls?limit=25",
        key: keyOf[smallOrg] ?? "",
      }),
    );
    return figures;
  } finally {
    for (const stop of stops) await stop();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function sizesOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ text: string }>(`
    select string_agg(relname || ' ' || pg_size_pretty(pg_table_size(oid)) || ' + indexes ' || pg_size_pretty(pg_indexes_size(oid)), ', ') as text
    from pg_class where relname in ('calls', 'call_words', 'call_figures', 'call_events')`);
  return rows[0]?.text ?? "";
}

const neverAsked = (): never => {
  throw new Error("a list asked for something that is no list");
};

/** The API with its real stores, permissions and routes of calls, and nothing else behind it. */
async function startApi(parts: Parameters<typeof createCallArchive>[0], keys: Pick<ApiKeys, "verify">) {
  const callArchive = createCallArchive(parts);
  const served: Partial<ApiParts> = {
    ...{
      version: "bench",
      clock,
      log: createLogger("fatal", "bench"),
      book: createCallBook(),
      metrics: createMetrics(),
    },
    authenticate: createAuthenticate({
      principalOf: neverAsked,
      verifyApiKey: (key) => keys.verify(key),
      readAccessCookie: () => undefined,
    }),
    limits: { take: async () => ({ isAllowed: true, limit: 1, remaining: 1, resetMs: 0 }) },
    isSuspended: async () => false,
    isDraining: () => false,
    port: () => 0,
    dashboard: () => ({ state: "off" }),
    mountFeatures: (mount) => mountCallArchiveRoutes(mount, { callArchive }),
  };
  const app = await createApi(served as ApiParts);
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url: `${address}/api/v1`, stop: () => app.close() };
}

async function ask(name: string, { url, path, key }: { url: string; path: (turn: number) => string; key: string }) {
  const headers = { authorization: `Bearer ${key}` };
  const tookMs: number[] = [];
  let items = 0;
  let failures = 0;
  for (let turn = -warmUps; turn < requests; turn++) {
    const startedMs = clock.now();
    const response = await fetch(`${url}${path(Math.max(0, turn))}`, { headers });
    const body = (await response.json()) as { items?: unknown[]; buckets?: unknown[]; transcript?: unknown[] };
    const wasMs = clock.now() - startedMs;
    if (response.status !== 200) failures++;
    if (turn < 0) items = (body.items ?? body.buckets ?? body.transcript ?? []).length;
    else tookMs.push(wasMs);
  }
  const sorted = tookMs.toSorted((left, right) => left - right);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
  const figures = { name, p50: at(0.5), p95: at(0.95), max: at(1), items, failures };
  console.log(
    `${name}: p50 ${figures.p50} p95 ${figures.p95} ms, ${items} items${failures > 0 ? `, ${failures} FAILED` : ""}`,
  );
  return figures;
}

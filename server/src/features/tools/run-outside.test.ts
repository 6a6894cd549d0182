import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ToolOutcome } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { failAtEachStatement } from "../../testing/fail-at-each-statement.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createEmitWebhook } from "../webhooks/index.ts";
import { createSettleDeed, createToolRunner, createToolShelf } from "./index.ts";
import { defineTool, type ToolWork } from "./tool.ts";

type Work = ToolWork<{ to: string }, unknown>;

/** A vendor that does what it is asked, and remembers by which key. */
function openVendor() {
  const done: string[] = [];
  const vendor = {
    done,
    /** How it behaves next. */
    run: async (work: Work): Promise<ToolOutcome> => {
      done.push(work.idempotencyKey);
      return { status: "ok", output: { to: work.input.to, sent: true } };
    },
    find: async (work: Work): Promise<ToolOutcome | undefined> =>
      done.includes(work.idempotencyKey) ? { status: "ok", output: { to: work.input.to, sent: true } } : undefined,
  };
  const tool = (canFind: boolean) =>
    defineTool({
      name: canFind ? "send" : "send_blind",
      title: "Send",
      description: "Sends.",
      input: z.object({ to: z.string() }),
      effect: "write",
      isOnByDefault: false,
      deed: {
        where: "outside",
        run: (work: Work) => vendor.run(work),
        ...(canFind ? { find: (work: Work) => vendor.find(work) } : {}),
      },
    });
  return { ...vendor, vendor, tools: [tool(true), tool(false)] };
}

const orgId = "org_one";
const look = (attempt = 0) => ({ signal: new AbortController().signal, attempt });

async function openDesk() {
  const db = await testDatabase();
  const masterKey = randomBytes(32);
  const clock = createManualClock();
  const { vendor, tools } = openVendor();
  const shelf = createToolShelf({ builtIn: tools, sources: [] });
  const organizations = createOrganizations({ db: db.orgDb, masterKey });
  const emit = createEmitWebhook({ clock });
  await organizations.ensure({ orgId, name: "One" });
  const runnerOn = (on: OrgDb) =>
    createToolRunner({
      ...{ db: on, organizations: createOrganizations({ db: on, masterKey }), clock, shelf, log: silentLog },
      jobs: createJobSender(),
      accounts: { of: async () => [] },
    });
  const runner = runnerOn(db.orgDb);
  const wish = (key: string, more: { name?: string; org?: string; callId?: string } = {}) => ({
    call: { id: "t1", name: more.name ?? "send", input: { to: "+12125550142" } },
    ...{ orgId: more.org ?? orgId, agentId: "agent_1", idempotencyKey: key },
    callId: more.callId ?? "call_1",
    signal: new AbortController().signal,
  });
  const settle = createSettleDeed({ db: db.orgDb, organizations, clock, shelf, emit });
  const deeds = async (org = orgId) =>
    (await db.asAdmin("select * from tool_deeds where org_id = $1 order by created_at", [org])).rows;
  const settleAll = async (attempt = 0, org = orgId) => {
    for (const { id, run } of await deeds(org)) {
      await settle({ orgId: org, deedId: String(id), run: Number(run) }, look(attempt));
    }
  };
  return {
    ...{ db, clock, vendor, organizations, runner, runnerOn, wish, settle, settleAll, deeds },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

const stateOf = (rows: Record<string, unknown>[]) => rows.map((row) => row["state"]);
const sent = { status: "ok", output: { to: "+12125550142", sent: true } };
const silent = new ProviderError("no answer", { provider: "x", category: "timeout", permanent: false });

test("one key is one deed: in a row, at once in one process, and never in two", async () => {
  await using desk = await openDesk();
  const [first, second] = await Promise.all([1, 2].map(() => desk.runner.run(desk.wish("k"))));
  expect(first).toEqual(sent);
  expect(second).toEqual(sent);
  const elsewhere = desk.runnerOn(desk.db.orgDb);
  expect(await elsewhere.run(desk.wish("k"))).toEqual(sent);
  const { promise: answered, resolve } = Promise.withResolvers<ToolOutcome>();
  const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
  desk.vendor.run = async (work) => {
    desk.vendor.done.push(work.idempotencyKey);
    wasAsked();
    return await answered;
  };
  const slow = desk.runner.run(desk.wish("slow"));
  await asked;
  expect(await elsewhere.run(desk.wish("slow"))).toMatchObject({ status: "uncertain" });
  resolve({ status: "ok", output: {} });
  expect((await slow).status).toBe("ok");
  expect(desk.vendor.done).toEqual(["k", "slow"]);
  // What was wished and answered lies there sealed.
  expect(JSON.stringify(await desk.deeds())).not.toMatch(/5550142|32313235353530313432/);
});

test("what was certainly refused may be tried again under the same key", async () => {
  await using desk = await openDesk();
  const { run } = desk.vendor;
  desk.vendor.run = () =>
    Promise.reject(new ProviderError("no", { provider: "x", category: "bad-request", permanent: true }));
  expect((await desk.runner.run(desk.wish("k"))).status).toBe("failed");
  expect(stateOf(await desk.deeds())).toEqual(["failed"]);
  desk.vendor.run = run;
  expect(await desk.runner.run(desk.wish("k"))).toEqual(sent);
  // The job of the first run does not touch the second.
  const [row] = await desk.deeds();
  await desk.settle({ orgId, deedId: String(row?.["id"]), run: 1 }, look());
  expect(stateOf(await desk.deeds())).toEqual(["done"]);
});

test("an answer that does not come is uncertain, is not tried again, and is found by the job", async () => {
  await using desk = await openDesk();
  const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
  let isCut = false;
  desk.vendor.run = (work) => {
    desk.vendor.done.push(work.idempotencyKey);
    work.signal.addEventListener("abort", () => (isCut = true));
    wasAsked();
    return new Promise(() => {});
  };
  const outcome = desk.runner.run(desk.wish("k"));
  await asked;
  await desk.clock.advance(15_000);
  expect(await outcome).toMatchObject({ status: "uncertain", publicMessage: expect.stringContaining("Do not say") });
  expect(isCut).toBe(true);
  expect(await desk.runner.run(desk.wish("k"))).toMatchObject({ status: "uncertain" });
  expect(desk.vendor.done).toEqual(["k"]);
  await desk.settleAll();
  expect(stateOf(await desk.deeds())).toEqual(["done"]);
  expect(await desk.runner.run(desk.wish("k"))).toEqual(sent);
  expect(desk.vendor.done).toEqual(["k"]);
});

test("a deed nobody can look for, or that is never found, is told to the owner once", async () => {
  await using desk = await openDesk();
  await desk.db.asAdmin(
    `insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, created_by, created_at, events)
     values ('whk_1', $1, '', '', '', 'usr_a', now(), '{tool.uncertain}')`,
    [orgId],
  );
  desk.vendor.run = () => Promise.reject(silent);
  await desk.runner.run(desk.wish("blind", { name: "send_blind" }));
  await desk.settleAll();
  await desk.settleAll();
  expect(stateOf(await desk.deeds())).toEqual(["uncertain"]);
  await desk.runner.run(desk.wish("lost"));
  const lost = (await desk.deeds()).find((row) => row["tool"] === "send");
  const work = { orgId, deedId: String(lost?.["id"]), run: 1 };
  await expect(desk.settle(work, look(0))).rejects.toThrow("not found yet");
  await desk.settle(work, look(2));
  await desk.settle(work, look(3));
  const { rows } = await desk.db.asAdmin(
    "select type, subject_id, call_id, facts from webhook_deliveries order by seq",
  );
  expect(rows.map((row) => [row["type"], row["call_id"], row["facts"]])).toEqual([
    ["tool.uncertain", "call_1", { tool: "send_blind", outcome: "unknown" }],
    ["tool.uncertain", "call_1", { tool: "send", outcome: "not-done" }],
  ]);
  // It was not done: it may be.
  desk.vendor.run = async () => ({ status: "ok", output: {} });
  expect((await desk.runner.run(desk.wish("lost"))).status).toBe("ok");
});

test("killed at any statement, a deed is done once or not at all, and what is known of it is true in the end", async () => {
  await using desk = await openDesk();
  const orgOf = (round: number) => `org_${round}`;
  for (let round = 0; round < 40; round++) await desk.organizations.ensure({ orgId: orgOf(round), name: "R" });
  const deaths = await failAtEachStatement({
    pool: desk.db.pool,
    async attempt(db, round) {
      const outcome = await desk.runnerOn(db).run(desk.wish(`key ${round}`, { org: orgOf(round) }));
      // The caller is told that it was done only when it was.
      if (outcome.status === "ok") expect(desk.vendor.done).toContain(`key ${round}`);
    },
    async restart(round) {
      const key = `key ${round}`;
      const times = () => desk.vendor.done.filter((done) => done === key).length;
      expect(times()).toBeLessThanOrEqual(1);
      const before = await desk.deeds(orgOf(round));
      if (times() === 1) expect(before).toHaveLength(1);
      if (before[0]?.["state"] === "started") {
        expect(await desk.runner.run(desk.wish(key, { org: orgOf(round) }))).toMatchObject({ status: "uncertain" });
      }
      const wasDone = times() === 1;
      await desk.settleAll(wasDone ? 0 : 2, orgOf(round));
      expect(stateOf(await desk.deeds(orgOf(round)))).toEqual(before.length === 0 ? [] : [wasDone ? "done" : "lost"]);
      // Wished again, it is there once.
      expect(await desk.runner.run(desk.wish(key, { org: orgOf(round) }))).toEqual(sent);
      expect(times()).toBe(1);
    },
  });
  expect(deaths).toBeGreaterThan(15);
  expect(deaths).toBeLessThan(40);
});

test("a deed that nobody called for leaves nothing behind", async () => {
  await using desk = await openDesk();
  const { callId: _none, ...wish } = desk.wish("try");
  expect(await desk.runner.run(wish)).toEqual(sent);
  expect(await desk.deeds()).toEqual([]);
});

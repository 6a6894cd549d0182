import { randomBytes } from "node:crypto";
import type { AnalysisResult } from "@parley/contract/analysis";
import { newAutomation } from "@parley/contract/automations";
import { expect, test } from "vitest";
import { z } from "zod";
import type { CallEvent } from "../../call/call-event.ts";
import type { CallPlan } from "../../call/call-plan.ts";
import type { ToolOutcome, ToolRequest } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createCallStore } from "../calls/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createToolRunner, createToolShelf, faultsByTool, watchIntents } from "../tools/index.ts";
import { noteIntentTool } from "../tools/note-intent/note-intent.ts";
import { defineTool } from "../tools/tool.ts";
import {
  createAutomations,
  createMatchOutcomes,
  createRunAutomation,
  intentsOf,
  noteAnalysed,
  noteIntent,
} from "./index.ts";

const orgId = "org_one";
const asked = { orgId, actor: { kind: "user", id: "usr_1" } } as const;
const about = (attempt = 0) => ({ attempt, signal: new AbortController().signal });

const read: AnalysisResult = {
  ...{ summary: "Asked for the price.", outcome: "question-answered", success: "yes", successReason: "" },
  ...{ sentiment: "negative", followUps: [], fields: { budget: 90, topic: "Price" }, language: "en" },
};

async function openDesk() {
  const db = await testDatabase();
  const clock = systemClock;
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  for (const id of [orgId, "org_other"]) await organizations.ensure({ orgId: id, name: "One" });
  const stores = { db: db.orgDb, organizations, clock };
  const calls = createCallStore(stores);
  await calls.createCall({
    ...{ orgId, callId: "call_1", agentId: "agent_1", agentName: "Desk", language: "en", channel: "phone" },
    ...{ direction: "inbound", startedAtMs: clock.wallNow(), processId: "1-a", from: "+12125550142" },
  });
  const rows: unknown[] = [];
  const state: { outcome: ToolOutcome; result: AnalysisResult | undefined } = {
    outcome: { status: "ok", output: {} },
    result: read,
  };
  const sheet = defineTool({
    ...{ name: "add_row", title: "Row", description: "Adds.", effect: "write" as const, isOnByDefault: false },
    input: z.object({ cells: z.record(z.string(), z.unknown()), note: z.string().optional() }),
    settings: z.strictObject({ sheet: z.string() }),
    deed: {
      where: "outside",
      async run(work) {
        if (state.outcome.status === "ok") rows.push({ ...work.input, sheet: work.settings.sheet });
        return state.outcome;
      },
    },
  });
  const jobs = createJobSender();
  const noting = noteIntentTool({ noteIntent: (tx, noted) => noteIntent(tx, { organizations, clock, jobs }, noted) });
  const shelf = createToolShelf({ builtIn: [sheet, noting], sources: [] });
  const runner = createToolRunner({ ...stores, shelf, jobs, accounts: { of: async () => [] }, log: silentLog });
  const toolsOf = async (org: string) => faultsByTool(await shelf.list(org));
  const automations = createAutomations({ ...stores, audit: createAuditLog({ clock }), toolsOf });
  const parts = { ...stores, jobs, calls, runner, resultOf: async () => state.result };
  const jobsOf = async (name: string) =>
    (await db.asAdmin("select data from pgboss.job where name = $1 order by created_on", [name])).rows.map(
      ({ data }) => data as { orgId: string; automationId: string; callId: string },
    );
  const create = (wish: object = {}) => automations.create(asked, newAutomation.parse({ ...priceAsked, ...wish }));
  return {
    ...{ db, stores, automations, runner, rows, state, create, jobsOf, jobs },
    match: createMatchOutcomes(parts),
    run: createRunAutomation(parts),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

const priceAsked = {
  name: "Price asked",
  when: { kind: "outcome", sentiment: ["negative"], field: { name: "topic", equals: "price" } },
  tool: "add_row",
  input: {
    cells: { phone: "{{caller.phone}}", budget: "{{outcome.budget}}", what: "{{summary}} ({{outcome}})" },
    note: "{{outcome.none}}",
  },
  settings: { sheet: "Leads" },
};
const ofCall = { orgId, callId: "call_1" };
const intent = {
  when: { kind: "intent", name: "price_asked", description: "Asks what it costs.", words: ["how much", "بكام"] },
  input: { cells: { phone: "{{caller.phone}}", what: "{{intent}}" } },
};

test("a call that was read runs what waits for it, with its fields mapped, once however often it is read", async () => {
  await using desk = await openDesk();
  const { id } = await desk.create();
  await desk.create({ name: "Not this", when: { kind: "outcome", outcome: ["booked"] } });
  await desk.create({ name: "Not its agent", agentIds: ["agent_2"] });
  await desk.create({ name: "Off", enabled: false });
  for (let time = 0; time < 2; time++) {
    await desk.stores.db.withOrg(orgId, (tx) => noteAnalysed(tx, desk, ofCall));
    await desk.match(ofCall);
  }
  expect(await desk.jobsOf("automations.match")).toHaveLength(2);
  const asked = await desk.jobsOf("automations.run");
  expect(asked).toEqual([{ ...ofCall, automationId: id }]);
  for (const work of [...asked, ...asked]) await desk.run(work, about());
  expect(desk.rows).toEqual([
    {
      sheet: "Leads",
      cells: { phone: "+12125550142", budget: 90, what: "Asked for the price. (question-answered)" },
    },
  ]);
  expect((await desk.automations.runs(orgId, id, { limit: 5 })).items).toMatchObject([
    { callId: "call_1", state: "done", problem: null },
  ]);
});

test("without an automation no job is sent; with nothing read, nothing runs", async () => {
  await using desk = await openDesk();
  await desk.stores.db.withOrg(orgId, (tx) => noteAnalysed(tx, desk, ofCall));
  await desk.create();
  desk.state.result = undefined;
  await desk.match(ofCall);
  const { rows } = await desk.db.asAdmin("select 1 from automation_runs");
  expect(rows).toEqual([]);
});

test("one that fails is tried again, then says why", async () => {
  await using desk = await openDesk();
  const { id } = await desk.create();
  await desk.match(ofCall);
  const [work] = await desk.jobsOf("automations.run");
  if (work === undefined) throw new Error("nothing was asked for");
  desk.state.outcome = { status: "failed", publicMessage: "The sheet of +12125550142 is gone." };
  await expect(desk.run(work, about(0))).rejects.toThrow("later");
  await desk.run(work, about(6));
  const { items } = await desk.automations.runs(orgId, id, { limit: 5 });
  expect(items).toMatchObject([{ state: "failed", problem: "The sheet of +12125550142 is gone." }]);
  const { rows } = await desk.db.asAdmin("select r::text, a::text from automation_runs r, automations a");
  expect(JSON.stringify(rows)).not.toMatch(/5550142|Leads|Price/);
  await desk.automations.remove({ ...asked, id });
  await desk.run(work, about());
});

test("an intent that the model reports runs at once, once in a call, for the agents it is meant for", async () => {
  await using desk = await openDesk();
  const { id } = await desk.create(intent);
  await desk.create({ ...intent, name: "Another agent's", agentIds: ["agent_2"] });
  const report = (name: string, key: string) =>
    desk.runner.run({
      ...{ ...ofCall, agentId: "agent_1", idempotencyKey: key, signal: new AbortController().signal },
      call: { id: "t", name: "note_intent", input: { intent: name } },
    });
  expect(await report("price_asked", "k1")).toEqual({ status: "ok", output: { noted: true } });
  await report("price_asked", "k2");
  await report("no_such_intent", "k3");
  const work = await desk.jobsOf("automations.run");
  expect(work).toEqual([{ ...ofCall, automationId: id }]);
  desk.state.result = undefined;
  for (const each of work) await desk.run(each, about());
  expect(desk.rows).toEqual([{ sheet: "Leads", cells: { phone: "+12125550142", what: "price_asked" } }]);
  expect(await intentsOf(desk.stores, orgId)).toMatchObject([
    { name: "price_asked", words: ["how much", "بكام"] },
    { agentIds: ["agent_2"] },
  ]);
  expect(await intentsOf(desk.stores, "org_other")).toEqual([]);
});

test("an intent is seen in the caller's words without a model, in any spelling, once, and never in half a word", () => {
  const noted: ToolRequest[] = [];
  const intents = [{ name: "price_asked", description: "", words: ["how much", "السعر"] }];
  const plan = { ...ofCall, agentId: "agent_1", intents } as unknown as CallPlan;
  const runner = { run: async (request: ToolRequest) => (noted.push(request), { status: "ok" as const, output: {} }) };
  const said = (text: string) =>
    sink?.({
      type: "turn-committed",
      turnId: "t",
      trigger: "silence",
      content: { text },
      v: 1,
      seq: 1,
      atMs: 1,
    } as CallEvent);
  let sink = watchIntents(plan, runner);
  said("Show muchas gracias");
  expect(noted).toEqual([]);
  said("And HOW, much is it?");
  said("how much?");
  expect(noted).toMatchObject([{ callId: "call_1", call: { name: "note_intent", input: { intent: "price_asked" } } }]);
  sink = watchIntents(plan, runner);
  said("عايز اعرف السِعر لو سمحت");
  expect(noted).toHaveLength(2);
  expect(watchIntents({ ...plan, intents: [] }, runner)).toBeUndefined();
});

test("what its owner wrote wrong is refused with the field; a change keeps the rest; nobody else sees it", async () => {
  await using desk = await openDesk();
  const fault = async (wish: object) => {
    const parsed = newAutomation.safeParse({ ...priceAsked, ...wish });
    if (!parsed.success) return parsed.error.issues[0]?.path.join(".");
    return await desk.automations.create(asked, parsed.data).then(
      () => "taken",
      (error: Error) => error.message,
    );
  };
  expect(await fault({ tool: "fly" })).toMatch(/^tool: there is no such tool. There are: add_row\.$/);
  expect(await fault({ tool: "note_intent" })).toMatch(/^tool: /);
  expect(await fault({ settings: {} })).toMatch(/^settings\.sheet: /);
  expect(await fault({ input: { cells: { a: "{{summry}}" } } })).toMatch(
    /^input\.cells\.a: \{\{summry\}\} is not known/,
  );
  expect(await fault({ ...intent, input: { cells: "{{summary}}" } })).toMatch(/is known only after the call/);
  expect(await fault({ when: { kind: "outcome" } })).toBe("when.outcome");
  const { id } = await desk.create();
  const changed = await desk.automations.change({ ...asked, id }, { enabled: false });
  expect(changed).toMatchObject({ enabled: false, tool: "add_row", settings: { sheet: "Leads" } });
  expect(await desk.automations.get(orgId, id)).toEqual(changed);
  for (const work of [
    () => desk.automations.get("org_other", id),
    () => desk.automations.change({ ...asked, orgId: "org_other", id }, {}),
    () => desk.automations.remove({ ...asked, orgId: "org_other", id }),
    () => desk.automations.runs("org_other", id, { limit: 1 }),
  ])
    await expect(work()).rejects.toMatchObject({ code: "not_found" });
});

import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CallEventBody } from "../../call/call-event.ts";
import type { OutcomeField } from "../../call/call-plan.ts";
import type { LanguageModel, ModelPart, ModelRequest } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { systemClock as clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { failAtEachStatement } from "../../testing/fail-at-each-statement.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createCallStore } from "../calls/index.ts";
import { createContactMemories, createContacts } from "../contacts/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createUsageMeter } from "../usage/index.ts";
import { createEmitWebhook } from "../webhooks/index.ts";
import { trimMiddle } from "./ask-model.ts";
import { createAnalyses, createRunAnalysis, type ReadingSettings, requestAnalysis } from "./index.ts";

const actor = { kind: "user", id: "user_1" } as const;
const masterKey = randomBytes(32);
const about = { signal: new AbortController().signal, attempt: 0 };
const lastTry = { ...about, attempt: 5 };

const fields: readonly OutcomeField[] = [
  { name: "partySize", type: "number", description: "How many people?" },
  { name: "day", type: "choice", description: "Which day?", choices: ["Friday", "Saturday"] },
  { name: "allergy", type: "text", description: "Any allergy?" },
  { name: "firstVisit", type: "boolean", description: "Is it their first visit?" },
];

const filled = {
  summary: "The caller asked for a table for four on Friday.",
  outcome: "booked",
  success: "yes",
  successReason: "The table was booked.",
  sentiment: "positive",
  followUps: ["Keep the corner free."],
  fields: {
    partySize: { value: 4, quote: "four people" },
    day: { value: "Friday", quote: "on Friday" },
    // Said by nobody.
    allergy: { value: "peanuts", quote: "I am allergic to peanuts" },
    firstVisit: { value: null, quote: "" },
  },
};
const kept = { partySize: 4, day: "Friday", allergy: null, firstVisit: null };

/** Answers each request by the next of `answers`. */
function scriptedModel(
  answers: readonly (object | string | ProviderError)[],
): LanguageModel & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const answer = answers[asked.length];
    asked.push(request);
    if (answer instanceof ProviderError) throw answer;
    request.onUsage?.({ provider: "scripted", model: "one", inputTokens: 100, outputTokens: 20 });
    if (typeof answer === "string") yield { type: "text", text: answer };
    else yield { type: "tool-call", call: { id: `t${asked.length}`, name: "record_analysis", input: answer } };
    yield { type: "finish", reason: "stop" };
  }
  return { provider: "scripted", model: "one", generate, asked };
}

const down = (permanent: boolean) =>
  new ProviderError("down", { provider: "scripted", category: permanent ? "auth" : "overloaded", permanent });

interface Noted {
  readonly subject: string;
  readonly source: string;
  readonly inputTokens: number;
}

function partsOn(db: OrgDb, settings: ReadingSettings, noted: Noted[]) {
  const organizations = createOrganizations({ db, masterKey });
  const audit = createAuditLog({ clock });
  const common = { db, clock, organizations, audit };
  const jobs = createJobSender();
  const meter = createUsageMeter({ clock });
  const memories = createContactMemories(common);
  const calls = createCallStore({
    ...{ db, organizations, clock },
    hooks: { ended: (tx, call) => requestAnalysis(tx, call, { jobs, clock }) },
  });
  return {
    ...{ organizations, calls, memories, contacts: createContacts(common) },
    analyses: createAnalyses({ ...common, calls, jobs }),
    run: createRunAnalysis({
      ...{ db, organizations, calls, clock, emit: createEmitWebhook({ clock }) },
      settingsOf: async () => settings,
      memory: {
        async recall({ orgId, contactId }) {
          const { hasConsent, summary, openItems } = await memories.get(orgId, contactId);
          return hasConsent ? { summary, openItems: openItems.map(({ text }) => text) } : undefined;
        },
        remember: (tx, what) => memories.remember(tx, what),
      },
      noteUsage: async (tx, { orgId, subject, source, uses }) => {
        const inputTokens = uses.reduce((sum, use) => sum + (use.inputTokens ?? 0), 0);
        if (inputTokens === 0) return;
        noted.push({ subject, source, inputTokens });
        const line = { provider: "scripted", model: "one", unit: "input-tokens", paidBy: "installation" } as const;
        const quantity = String(inputTokens);
        await meter.add(tx, orgId, [{ ...line, subject, source, quantity, atMs: clock.wallNow() }]);
      },
    }),
  };
}

async function openOffice(settings: ReadingSettings = { fields, models: [] }) {
  const db = await testDatabase();
  const noted: Noted[] = [];
  return { db, noted, ...partsOn(db.orgDb, settings, noted), [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

const said = (text: string): CallEventBody => ({
  ...{ type: "turn-committed", turnId: "t", trigger: "typed" },
  content: { text },
});
const answered = (heard: string): CallEventBody => ({
  ...{ type: "reply-finished", replyId: "r", turnId: "t", outcome: "completed", heardMs: 900 },
  content: { heard, unheard: "" },
});
function did(name: string, input: unknown, output: unknown): CallEventBody[] {
  const isFailed = typeof output === "object" && output !== null && "error" in output;
  const outcome = isFailed ? "failed" : "ok";
  const tool = { toolCallId: name, replyId: "r", name } as const;
  return [
    { type: "tool-started", ...tool, effect: "write", content: { input } },
    { type: "tool-finished", ...tool, outcome, durationMs: 5, content: { output } },
  ];
}

const booking = [
  said("I would like a table on Friday for four people."),
  ...did("book_appointment", { service: "Table" }, { startsAt: "2026-11-27T19:30" }),
  answered("Your table is booked for Friday at half past seven."),
];

interface Ending {
  readonly orgId: string;
  readonly callId: string;
  readonly language?: string;
  readonly contactId?: string;
  readonly hangUpReason?: string;
}

async function endCall(
  { organizations, calls }: Pick<ReturnType<typeof partsOn>, "organizations" | "calls">,
  { orgId, callId, language = "en-US", contactId, hangUpReason = "agent-ended" }: Ending,
  bodies: readonly CallEventBody[],
): Promise<void> {
  await organizations.ensure({ orgId, name: orgId });
  await calls.createCall({
    ...{ orgId, callId, agentId: "agent_1", agentName: "Desk", language, channel: "text", direction: "inbound" },
    ...{ startedAtMs: clock.wallNow(), processId: "p1", ...(contactId === undefined ? {} : { contactId }) },
  });
  await calls.appendEvents(
    bodies.map((body, seq) => ({ orgId, callId, event: { ...body, v: 1, seq, atMs: seq * 100 } })),
  );
  await calls.finishCall({
    ...{ orgId, callId, status: "completed", hangUpReason, endedAtMs: clock.wallNow(), durationMs: 30_000 },
  });
}

const one = { orgId: "org_one", callId: "call_one" };
const work = { ...one, version: 1 };

const jobsOf = async (db: TestDatabase, callId: string) =>
  (
    await db.asAdmin(
      "select data ->> 'version' as version from pgboss.job where name = 'calls.analyse' and data ->> 'callId' = $1 order by version",
      [callId],
    )
  ).rows.map(({ version }) => version);

describe("an ended call", () => {
  it("asks once to be read; one in which nobody spoke does not", async () => {
    await using office = await openOffice();
    await endCall(office, one, booking);
    await office.calls.finishCall({
      ...{ ...one, status: "completed", hangUpReason: "idle", endedAtMs: 1, durationMs: 1 },
    });
    await endCall(office, { ...one, callId: "call_silent" }, [answered("Hello?")]);
    expect(await jobsOf(office.db, one.callId)).toEqual(["1"]);
    expect(await jobsOf(office.db, "call_silent")).toEqual([]);
    expect(await office.analyses.find(one)).toMatchObject({ state: "waiting", version: 0, result: null });
    expect(await office.analyses.find({ ...one, callId: "call_silent" })).toMatchObject({ state: "none" });
    expect(await office.analyses.find({ orgId: "org_two", callId: one.callId })).toBeUndefined();
  });

  it("is read by rules without a model, in English and in Arabic", async () => {
    await using office = await openOffice();
    await endCall(office, one, booking);
    await office.run(work, about);
    const read = await office.analyses.find(one);
    expect(read).toMatchObject({ state: "done", version: 1, method: "rules", provider: null });
    expect(read?.result).toEqual({
      summary:
        "The caller said: “I would like a table on Friday for four people”. The agent booked an appointment (Table) for Friday, November 27 at 7:30 PM. The agent said goodbye and ended the call.",
      ...{ outcome: "booked", success: "yes", successReason: "An appointment was arranged.", sentiment: null },
      ...{ followUps: [], language: "en-US" },
      fields: { partySize: null, day: null, allergy: null, firstVisit: null },
    });
    const arabic = { ...one, callId: "call_ar" };
    const message = { name: "منى", message: "أرجو معاودة الاتصال غدًا" };
    await endCall(office, { ...arabic, language: "ar-EG", hangUpReason: "caller-hung-up" }, [
      said("عايزة أسيب رسالة للدكتور."),
      ...did("take_message", message, { messageId: "msg_1" }),
      answered("تمام، سجلت الرسالة."),
    ]);
    await office.run({ ...arabic, version: 1 }, about);
    const result = (await office.analyses.find(arabic))?.result;
    expect(result?.summary).toBe("قال المتصل: «عايزة أسيب رسالة للدكتور». سجّل الوكيل رسالة. أنهى المتصل المكالمة.");
    expect(result).toMatchObject({ outcome: "message-taken", success: "yes", language: "ar-EG" });
    expect(result?.followUps).toEqual(["إيصال رسالة منى: أرجو معاودة الاتصال غدًا"]);
  });

  it.each([
    ["question-answered", "unclear", "caller-hung-up", [said("When do you open?"), answered("At nine.")]],
    ["abandoned", "no", "caller-hung-up", [said("When do you"), said("Hello?")]],
    ["no-need-met", "no", "failed", [said("When do you open?")]],
    ["transferred", "yes", "transferred", [said("A person, please."), answered("One moment.")]],
    [
      "no-need-met",
      "no",
      "idle",
      [said("Book me in."), ...did("book_appointment", {}, { error: "taken" }), said("Well?")],
    ],
  ] as const)("%s, success %s, when it ended as %s", async (...[outcome, success, hangUpReason, bodies]) => {
    await using office = await openOffice();
    await endCall(office, { ...one, hangUpReason }, bodies);
    await office.run(work, about);
    const { result } = (await office.analyses.find(one)) ?? {};
    expect(result).toMatchObject({ outcome, success });
    const failedDeeds = bodies.some(({ type }) => type === "tool-finished");
    expect(result?.followUps).toEqual(failedDeeds ? ["Call back: booking the appointment did not succeed."] : []);
  });
});

describe("with a model", () => {
  it("keeps what the form asks for, and of the fields what somebody said", async () => {
    const model = scriptedModel([filled]);
    await using office = await openOffice({ fields, models: [model] });
    await endCall(office, one, booking);
    await office.run(work, about);
    const read = await office.analyses.find(one);
    expect(read).toMatchObject({ method: "model", provider: "scripted", model: "one" });
    expect(read?.result).toEqual({ ...filled, fields: kept, language: "en-US" });
    expect(office.noted).toEqual([{ subject: one.callId, source: "analysis", inputTokens: 100 }]);
    expect(model.asked[0]?.messages).toMatchObject([{ text: expect.stringContaining("caller: I would like a table") }]);
    const { rows } = await office.db.asAdmin("select a::text as row from call_analyses a");
    expect(JSON.stringify(rows)).not.toMatch(/table|Friday|corner/);
  });

  it("lets it mend a wrong form once, by name of the field; then rules read the call, and both requests count", async () => {
    const wrong = { ...filled, outcome: "great", fields: { ...filled.fields, day: { value: "Monday", quote: "x" } } };
    const mending = scriptedModel([wrong, filled]);
    await using office = await openOffice({ fields, models: [mending] });
    await endCall(office, one, booking);
    await office.run(work, about);
    expect(await office.analyses.find(one)).toMatchObject({ method: "model", result: { fields: kept } });
    const complaint = JSON.stringify(mending.asked[1]?.messages);
    expect(complaint).toContain("outcome: ");
    expect(complaint).toContain("fields.day.value: ");
    expect(office.noted.map(({ inputTokens }) => inputTokens)).toEqual([200]);

    const talker = scriptedModel(["It went well.", "Very well."]);
    await using other = await openOffice({ fields, models: [talker] });
    await endCall(other, one, booking);
    await other.run(work, about);
    expect(await other.analyses.find(one)).toMatchObject({ method: "rules", result: { outcome: "booked" } });
    expect(other.noted.map(({ inputTokens }) => inputTokens)).toEqual([200]);
  });

  it("asks the standby, comes back for one that is down, and reads by rules at the last try", async () => {
    const standby = scriptedModel([filled]);
    await using office = await openOffice({ fields, models: [scriptedModel([down(false)]), standby] });
    await endCall(office, one, booking);
    await office.run(work, about);
    expect(await office.analyses.find(one)).toMatchObject({ method: "model" });

    const models = [scriptedModel([down(false), down(false)])];
    await using other = await openOffice({ fields, models });
    await endCall(other, one, booking);
    await expect(other.run(work, about)).rejects.toThrow("down");
    expect(await other.analyses.find(one)).toMatchObject({ state: "waiting", result: null });
    await other.run(work, lastTry);
    expect(await other.analyses.find(one)).toMatchObject({ state: "done", method: "rules" });

    await using third = await openOffice({ fields, models: [scriptedModel([down(true)])] });
    await endCall(third, one, booking);
    await third.run(work, about);
    expect(await third.analyses.find(one)).toMatchObject({ state: "done", method: "rules" });
  });

  it("is asked again by a person, audited, and replaces what was there; a run of the former version changes nothing", async () => {
    const second = { ...filled, summary: "Read again." };
    await using office = await openOffice({ fields, models: [scriptedModel([filled, second])] });
    await endCall(office, one, booking);
    expect(await office.analyses.again({ ...one, actor })).toMatchObject({ state: "waiting", version: 0 });
    await office.run(work, about);
    expect(await office.analyses.again({ ...one, actor })).toMatchObject({ state: "waiting", version: 1 });
    await office.run(work, about);
    await office.run({ ...work, version: 2 }, about);
    await office.run({ ...work, version: 2 }, about);
    expect(await office.analyses.find(one)).toMatchObject({
      state: "done",
      version: 2,
      result: { summary: "Read again." },
    });
    expect(await jobsOf(office.db, one.callId)).toEqual(["1", "2"]);
    expect(office.noted.map(({ source }) => source)).toEqual(["analysis", "analysis-2"]);
    const { rows } = await office.db.asAdmin("select facts from audit_entries where action = 'call-analysis.create'");
    expect(rows).toEqual([{ facts: { version: 1 } }, { facts: { version: 2 } }]);
    await expect(office.analyses.again({ ...one, orgId: "org_two", actor })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("remembers for whom consented, and nothing for others", async () => {
    const memory = { facts: ["Likes the corner table."], summary: "Comes on Fridays.", openItems: [] };
    const model = scriptedModel([{ ...filled, memory }, filled]);
    await using office = await openOffice({ fields, models: [model] });
    const { orgId } = one;
    await office.organizations.ensure({ orgId, name: orgId });
    const consents = { memory: { granted: true, how: "asked on the phone" } };
    const mona = await office.contacts.create({ orgId, actor }, { name: "Mona", consents });
    const other = await office.contacts.create({ orgId, actor }, { name: "Omar" });
    await endCall(office, { ...one, contactId: mona.id }, booking);
    await endCall(office, { ...one, callId: "call_two", contactId: other.id }, booking);
    await office.run(work, about);
    await office.run({ ...work, callId: "call_two" }, about);
    expect(await office.memories.get(orgId, mona.id)).toMatchObject({
      facts: [{ text: "Likes the corner table.", callId: one.callId }],
      summary: "Comes on Fridays.",
    });
    expect(await office.memories.get(orgId, other.id)).toMatchObject({ facts: [], summary: "" });
    expect(model.asked.map(({ instructions }) => instructions.includes("memory:"))).toEqual([true, false]);
  });
});

it("a job that dies at any statement and runs again leaves one result, one webhook, one line of usage", {
  timeout: 120_000,
}, async () => {
  await using db = await testDatabase();
  const settings = { fields, models: [{ ...scriptedModel([]), generate: scriptedModelForever() }] };
  const orgOf = (round: number) => ({ orgId: `org_${round}`, callId: `call_${round}` });
  const whole = partsOn(db.orgDb, settings, []);
  const consents = { memory: { granted: true, how: "asked on the phone" } };
  const prepared = new Map<number, string>();
  const prepare = async (round: number) => {
    const { orgId, callId } = orgOf(round);
    await whole.organizations.ensure({ orgId, name: orgId });
    const contact = await whole.contacts.create({ orgId, actor }, { name: "Mona", consents });
    prepared.set(round, contact.id);
    await endCall(whole, { orgId, callId, contactId: contact.id }, booking);
    await db.asAdmin(
      `insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, events, created_by, created_at)
       values ($1, $2, '\\x00', '\\x00', '\\x00', '{call.analysed}', 'user_1', now())`,
      [`wh_${round}`, orgId],
    );
  };
  const deaths = await failAtEachStatement({
    pool: db.pool,
    async attempt(mortal, round) {
      await prepare(round);
      await partsOn(mortal, settings, []).run({ ...orgOf(round), version: 1 }, about);
    },
    async restart(round, point) {
      const { orgId, callId } = orgOf(round);
      await whole.run({ orgId, callId, version: 1 }, about);
      await whole.run({ orgId, callId, version: 1 }, about);
      const told = JSON.stringify(point);
      expect(await whole.analyses.find({ orgId, callId }), told).toMatchObject({
        state: "done",
        version: 1,
        method: "model",
      });
      const { rows } = await db.asAdmin(
        "select type, count(*)::int as count from webhook_deliveries where org_id = $1 group by 1",
        [orgId],
      );
      expect(rows, told).toEqual([{ type: "call.analysed", count: 1 }]);
      const usage = await db.asAdmin("select source, quantity::int as quantity from call_usage where org_id = $1", [
        orgId,
      ]);
      expect(usage.rows, told).toEqual([{ source: "analysis", quantity: 100 }]);
      const memory = await whole.memories.get(orgId, prepared.get(round) ?? "");
      expect(memory.facts, told).toHaveLength(1);
    },
  });
  expect(deaths).toBeGreaterThan(20);
});

function scriptedModelForever(): LanguageModel["generate"] {
  const memory = { facts: ["Likes the corner table."], summary: "Comes on Fridays.", openItems: [] };
  return (request) => scriptedModel([{ ...filled, memory }]).generate(request);
}

it("a long transcript loses its middle, and says how much", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  expect(trimMiddle(lines, 10_000)).toEqual(lines);
  const trimmed = trimMiddle(lines, 200);
  expect(trimmed[0]).toBe("line 0");
  expect(trimmed.at(-1)).toBe("line 99");
  const [, gone = ""] = /^\[(\d+) lines left out\]$/m.exec(trimmed.join("\n")) ?? [];
  expect(trimmed.length - 1 + Number(gone)).toBe(100);
  expect(trimmed.join("\n").length).toBeLessThan(240);
});

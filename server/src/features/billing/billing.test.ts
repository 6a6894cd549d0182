import type { BudgetTerms, PlanTerms } from "@parley/contract/billing";
import { expect, test } from "vitest";
import { newKey } from "../../platform/crypto/envelope.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createUsageMeter } from "../usage/index.ts";
import { createEmitWebhook } from "../webhooks/index.ts";
import { createBilling, createBudgetWatch, handleTellBudget, releaseReservation } from "./index.ts";
import { statementCsv } from "./statement-csv.ts";
import { statementPdf } from "./statement-pdf.ts";

const orgId = "org_a";
const owner = { kind: "user", id: "user_owner" } as const;
const plan: PlanTerms = {
  ...{ name: "Clinic", currency: "GBP", setUpFee: 500_000, monthlyFee: 20_000, includedMinutes: 2 },
  ...{ pricePerMinute: "0.10", billingDay: 3, rounding: "minute", tax: null, validFrom: "2026-10-01" },
};

async function openDesk(startMs = Date.UTC(2026, 9, 20, 10)) {
  const database = await testDatabase();
  const db = database.orgDb;
  const clock = createManualClock(startMs);
  const organizations = createOrganizations({ db, masterKey: newKey() });
  for (const id of [orgId, "org_b"])
    await organizations.ensure({ orgId: id, name: `Name of ${id}`, timeZone: "Africa/Cairo" });
  const audit = createAuditLog({ clock });
  const meter = createUsageMeter({ clock });
  const watch = createBudgetWatch({ clock, emit: createEmitWebhook({ clock }), jobs: createJobSender() });
  const billing = createBilling({ db, clock, audit, watch });
  const insertCall = (
    id: string,
    { atMs = clock.wallNow(), durationMs = 60_000, isOpen = false, channel = "web" } = {},
  ) =>
    database.asAdmin(
      `insert into calls (id, org_id, agent_id, agent_name, language, channel, direction, status, process_id, started_at,
         answered_at, ended_at, last_event_at, duration_ms)
       values ($1, $2, 'agent_1', 'Desk', 'en-US', $6, 'inbound', 'completed', 'p', $3, $3, $5, $3, $4)`,
      [id, orgId, new Date(atMs), durationMs, isOpen ? null : new Date(atMs + durationMs), channel],
    );
  const end = (callId: string) =>
    db.withOrg(orgId, async (tx) => {
      await meter.settle(tx, { orgId, callId });
      await watch.check(tx, orgId);
    });
  return {
    ...{ database, db, clock, billing, insertCall, end },
    /** A call that ended, with as many characters spoken: 0.05 dollars a thousand. */
    async call(id: string, about: Parameters<typeof insertCall>[1] & { characters?: number } = {}) {
      await insertCall(id, about);
      const facts = { provider: "elevenlabs", model: "eleven_flash_v2_5", characters: about.characters ?? 1000 };
      await database.asAdmin(
        "insert into call_events (org_id, call_id, seq, at_ms, v, type, facts) values ($1, $2, 1, 0, 1, 'usage', $3)",
        [orgId, id, JSON.stringify(facts)],
      );
      await end(id);
    },
    assign: (terms: Partial<PlanTerms> = {}) =>
      billing.plans.assign({ orgId, asker: { kind: "user", id: "user_admin" }, plan: { ...plan, ...terms } }),
    budget: (terms: Partial<BudgetTerms>) => {
      const none = { amount: null, minutes: null };
      const base = { currency: "USD", monthly: none, daily: none, thresholds: [50, 80, 100], caps: true };
      return billing.budgets.set({ orgId, actor: owner, terms: { ...base, ...terms } });
    },
    admit: (language = "en-US") => billing.budgets.admit({ orgId, language, atMs: clock.wallNow() }),
    endpoint: () =>
      database.asAdmin(
        `insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, events, created_by, created_at)
         values ('whk_1', $1, '', '', '', '{budget.warning,budget.exhausted}', 'user_owner', now())`,
        [orgId],
      ),
    told: async () =>
      (await database.asAdmin("select type, facts from webhook_deliveries order by seq")).rows.map(
        ({ type, facts }) => {
          const { period, measure, threshold } = facts as { period: string; measure: string; threshold: number };
          return [type, period, measure, threshold];
        },
      ),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

const sorted = (rows: readonly unknown[]) =>
  rows.map((row) => JSON.stringify(row)).toSorted((a, b) => (a < b ? -1 : 1));

test("a month is closed on its billing day, once by however many workers, and never changes; what comes late counts in the next", async () => {
  await using desk = await openDesk();
  await desk.assign();
  await desk.call("call_1", { durationMs: 61_000 });
  await desk.call("call_2", { durationMs: 119_000 });
  await desk.call("call_text", { durationMs: 600_000, channel: "text" });
  const open = await desk.billing.statements.get(orgId, "2026-10");
  // Two started minutes each; two are included.
  expect(open.lines.map(({ kind, amount }) => [kind, amount])).toEqual([
    ["set-up", 500_000],
    ["monthly", 20_000],
    ["minutes", 20],
  ]);
  expect(open).toMatchObject({ closedAt: null, vendorTotals: [{ micros: 150_000, currency: "USD" }] });

  // In Cairo the third of November begins at 22:00 UTC of the second.
  await desk.clock.advance(Date.UTC(2026, 10, 2, 21, 59) - desk.clock.wallNow());
  expect(await desk.billing.statements.closeMonths()).toBe(0);
  await desk.clock.advance(2 * 60_000);
  const closings = await Promise.all(Array.from({ length: 5 }, () => desk.billing.statements.closeMonths()));
  expect(closings.reduce((sum, closed) => sum + closed, 0)).toBe(1);
  const closed = await desk.billing.statements.get(orgId, "2026-10");
  expect({ ...closed, closedAt: null }).toEqual(open);
  expect(closed.closedAt).toBe(new Date(desk.clock.wallNow()).toISOString());

  // Began on the last evening of October and ends now.
  await desk.call("call_late", { atMs: Date.UTC(2026, 9, 31, 20), durationMs: 60_000 });
  expect(await desk.billing.statements.get(orgId, "2026-10")).toEqual(closed);
  const november = await desk.billing.statements.get(orgId, "2026-11");
  expect(november.minutes).toEqual([{ agentId: "agent_1", agentName: "Desk", channel: "web", calls: 1, seconds: 60 }]);
  expect(
    (await desk.billing.statements.list(orgId)).items.map(({ month, closedAt }) => [month, closedAt !== null]),
  ).toEqual([
    ["2026-11", false],
    ["2026-10", true],
  ]);
  expect(await codeOf(desk.assign({ validFrom: "2026-10-15" }))).toBe("conflict");
  expect(await codeOf(desk.assign({ validFrom: "2026-11-15", setUpFee: 0 }))).toBe("done");
  expect(await codeOf(desk.db.withOrg(orgId, (tx) => tx.execute("delete from statements")))).toBe("42501");
  expect(await codeOf(desk.billing.statements.get(orgId, "2026-12"))).toBe("not_found");
  expect(await codeOf(desk.billing.statements.get("org_b", "2026-10"))).toBe("not_found");
  expect(await codeOf(desk.billing.plans.listOf("org_none"))).toBe("not_found");
});

test("a worker that was away closes every month that is due; a statement can be read as CSV and as PDF", async () => {
  await using desk = await openDesk();
  await desk.assign({ billingDay: 1, tax: { label: "VAT", percent: "20" } });
  await desk.call("call_1");
  await desk.clock.advance(Date.UTC(2027, 0, 5) - desk.clock.wallNow());
  expect(await desk.billing.statements.closeMonths()).toBe(3);
  expect(await desk.billing.statements.closeMonths()).toBe(0);
  const statement = await desk.billing.statements.get(orgId, "2026-10");
  const csv = statementCsv(statement);
  expect(csv).toContain("plan,set-up,Clinic,2026-10-01,2026-10-31,,,5000.00,GBP");
  expect(csv).toContain("total,total,,2026-10-01,2026-10-31,,,6240.00,GBP");
  const arabic = { ...statement, organization: { id: orgId, name: "عيادة الابتسامة" } };
  expect(statementCsv(arabic)).toContain("عيادة الابتسامة");
  for (const each of [statement, arabic]) {
    const pdf = await statementPdf(each);
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.length).toBeGreaterThan(2000);
  }
});

test("each threshold of each period is told once, by many calls ending at once; the day and the month apart", async () => {
  await using desk = await openDesk();
  await desk.endpoint();
  // Who they are is told by the mail's own part.
  await desk.database.asAdmin(
    `begin; set local session_replication_role = replica;
     insert into memberships (org_id, user_id, role) values ('org_a', 'user_owner', 'owner'), ('org_a', 'user_admin', 'admin'); commit`,
  );
  await desk.budget({ monthly: { amount: "1", minutes: null }, daily: { amount: null, minutes: 10 }, caps: false });
  await desk.call("call_0", { characters: 9000 });
  expect(await desk.told()).toEqual([]);
  const calls = Array.from({ length: 9 }, (_, index) => `call_${index + 1}`);
  await Promise.all(calls.map((id) => desk.call(id)));
  const day = "2026-10-20";
  expect(sorted(await desk.told())).toEqual(
    sorted([
      ["budget.warning", "2026-10", "amount", 50],
      ["budget.warning", "2026-10", "amount", 80],
      ["budget.warning", day, "minutes", 50],
      ["budget.warning", day, "minutes", 80],
      ["budget.exhausted", day, "minutes", 100],
    ]),
  );
  await desk.clock.advance(24 * 3_600_000);
  await desk.call("call_next", { characters: 4000, durationMs: 300_000 });
  expect((await desk.told()).slice(5)).toEqual([
    ["budget.exhausted", "2026-10", "amount", 100],
    ["budget.warning", "2026-10-21", "minutes", 50],
  ]);
  // The owner alone has mail of it.
  const jobs = await desk.database.asAdmin("select data from pgboss.job where name = 'budget.tell'");
  expect(jobs.rows).toHaveLength(7);
  expect(new Set(jobs.rows.map(({ data }) => (data as { userId: string }).userId))).toEqual(new Set(["user_owner"]));

  const mails: { to: string; subject: string; text: string }[] = [];
  const handlers: ((payload: never, about: never) => Promise<void>)[] = [];
  await handleTellBudget(
    { handle: async (_job, run) => void handlers.push(run as never) },
    {
      db: desk.db,
      mailer: { sendMail: async (mail) => void mails.push(mail) },
      memberOf: async (_tx, userId) =>
        userId === "user_owner" ? { email: "o@clinic.example", language: "ar-EG" } : undefined,
      origin: () => "https://parley.example",
    },
  );
  for (const { data } of jobs.rows) await handlers[0]?.(data as never, {} as never);
  expect(mails).toHaveLength(7);
  expect(mails[0]).toMatchObject({ to: "o@clinic.example", subject: expect.stringContaining("Name of org_a") });
});

test("a budget that is used up refuses new calls politely, in the agent's language; without a cap it only tells", async () => {
  await using desk = await openDesk();
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  await desk.budget({ monthly: { amount: "0.10", minutes: null } });
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  await desk.call("call_1", { characters: 2000 });
  expect(await desk.billing.budgets.get(orgId)).toMatchObject({
    exhausted: true,
    month: { cost: { micros: 100_000, currency: "USD" }, minutes: 1 },
  });
  expect(await desk.admit("ar-EG")).toMatchObject({
    verdict: "refuse",
    reason: "budget-exhausted",
    language: "ar-EG",
    words: expect.stringMatching(/من فضلك/),
  });
  expect(await desk.billing.budgets.admit({ orgId: "org_b", language: "en", atMs: desk.clock.wallNow() })).toEqual({
    verdict: "allow",
  });
  await desk.budget({ monthly: { amount: "0.10", minutes: null }, caps: false });
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  await desk.budget({ daily: { amount: null, minutes: 1 } });
  expect(await desk.admit()).toMatchObject({ verdict: "refuse" });
  // The next day of the organisation.
  await desk.clock.advance(14 * 3_600_000);
  expect(await desk.admit()).toEqual({ verdict: "allow" });
  expect(await codeOf(desk.budget({ monthly: { amount: "0.00", minutes: null } }))).toBe("bad_request");
});

test("calls that run or are on their way count: however many come at once, what they are expected to use stays in the budget", async () => {
  await using desk = await openDesk();
  // Calls lately took two minutes and ten cents each.
  for (let count = 0; count < 5; count++) await desk.call(`call_${count}`, { durationMs: 120_000, characters: 2000 });
  await desk.budget({ monthly: { amount: "1.00", minutes: null } });
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => desk.admit()));
  // Fifty cents are left: five calls.
  expect(verdicts.filter(({ verdict }) => verdict === "allow")).toHaveLength(5);
  // They come: each counts by its row, not twice.
  for (let count = 0; count < 5; count++) {
    await desk.insertCall(`call_live_${count}`, { isOpen: true });
    await desk.db.withOrg(orgId, releaseReservation);
  }
  expect(await desk.admit()).toMatchObject({ verdict: "refuse" });
  await desk.database.asAdmin("update calls set ended_at = started_at, duration_ms = 1000 where id = 'call_live_0'");
  await desk.end("call_live_0");
  const next = await Promise.all(Array.from({ length: 10 }, () => desk.admit()));
  // Calls are a little shorter now by the average, and one line is free.
  expect(next.filter(({ verdict }) => verdict === "allow")).toHaveLength(2);
  // An announced call that never comes is forgotten after a minute.
  await desk.database.asAdmin("update calls set ended_at = started_at where ended_at is null");
  await desk.clock.advance(61_000);
  expect(
    await desk.billing.budgets.admit({ orgId, language: "en", atMs: desk.clock.wallNow(), isInquiry: true }),
  ).toEqual({
    verdict: "allow",
  });
  expect((await desk.database.asAdmin("select from budget_reservations")).rowCount).toBe(0);
});

import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { newKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations, readPlace } from "../organizations/index.ts";
import { createUsage, createUsageMeter, type UsageEntry } from "./index.ts";

const orgId = "org_a";
const owner = { kind: "user", id: "user_owner" } as const;

async function openDesk(startMs = Date.UTC(2026, 10, 20, 10)) {
  const database = await testDatabase();
  const db = database.orgDb;
  const clock = createManualClock(startMs);
  const organizations = createOrganizations({ db, masterKey: newKey() });
  for (const id of [orgId, "org_b"]) await organizations.ensure({ orgId: id, name: id, timeZone: "Africa/Cairo" });
  const audit = createAuditLog({ clock });
  const meter = createUsageMeter({ clock });
  const timeZoneOf = async (tx: OrgTx) => (await readPlace(tx)).timeZone;
  const usage = createUsage({ db, clock, audit, timeZoneOf });
  const settle = (callId: string) => db.withOrg(orgId, (tx) => meter.settle(tx, { orgId, callId }));
  return {
    ...{ database, db, clock, meter, usage, settle },
    ofCall: (callId: string, of = orgId) => db.withOrg(of, (tx) => usage.ofCall(tx, callId)),
    /** An ended call with its usage events. */
    async call(
      id: string,
      {
        atMs = clock.wallNow(),
        durationMs = 61_200,
        uses = [] as object[],
        channel = "phone",
        externalId = "CA1",
      } = {},
    ) {
      await database.asAdmin(
        `insert into calls (id, org_id, agent_id, agent_name, language, channel, direction, status, process_id, external_id,
           started_at, answered_at, ended_at, last_event_at, duration_ms)
         values ($1, $2, 'agent_1', 'Desk', 'en-US', $5, 'inbound', 'completed', 'p', $6, $3, $3, $3, $3, $4)`,
        [id, orgId, new Date(atMs), durationMs, channel, channel === "phone" ? externalId : null],
      );
      for (const [seq, facts] of uses.entries()) {
        await database.asAdmin(
          "insert into call_events (org_id, call_id, seq, at_ms, v, type, facts) values ($1, $2, $3, 0, 1, 'usage', $4)",
          [orgId, id, seq, JSON.stringify(facts)],
        );
      }
    },
    days: async () =>
      (
        await database.asAdmin(
          "select day::text, currency, cost_micros::text as micros, call_seconds::float as seconds, calls from usage_days order by 1, 2",
        )
      ).rows,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const model = { stage: "model", provider: "openai", model: "gpt-4.1-mini" };
const uses = [
  { stage: "recogniser", provider: "deepgram", model: "flux-general-en", audioMs: 60_000 },
  { stage: "recogniser", provider: "deepgram", model: "flux-general-en", audioMs: 1_200 },
  { ...model, inputTokens: 1000, cachedInputTokens: 600, outputTokens: 50 },
  { ...model, inputTokens: 500, outputTokens: 20, estimated: true },
  { stage: "voice", provider: "elevenlabs", model: "eleven_flash_v2_5", characters: 400, ownKey: true },
];

test("a call's end enters what each vendor was used for and what it cost, once, however often it is repeated and at once", async () => {
  await using desk = await openDesk();
  await desk.call("call_1", { uses });
  await Promise.all(Array.from({ length: 8 }, () => desk.settle("call_1")));
  await desk.settle("call_1");
  const { usage, cost } = await desk.ofCall("call_1");
  const told = usage.map((line) => [
    line.provider,
    line.unit,
    line.quantity,
    line.cost.micros,
    line.paidBy,
    line.estimated,
  ]);
  expect(told).toEqual([
    // 61.2 s at 0.0065 a minute.
    ["deepgram", "recogniser-seconds", 61.2, 6630, "installation", false],
    ["elevenlabs", "voice-characters", 400, 20_000, "organization", false],
    // 600 at 0.10 a million; 900 at 0.40; 70 at 1.60.
    ["openai", "cached-input-tokens", 600, 60, "installation", true],
    ["openai", "input-tokens", 900, 360, "installation", true],
    ["openai", "output-tokens", 70, 112, "installation", true],
    ["parley", "call-seconds", 61.2, 0, "installation", false],
    // 61.2 s: two started minutes at 0.0085.
    ["twilio", "carrier-seconds", 120, 17_000, "installation", true],
  ]);
  expect(cost).toEqual([{ micros: 44_162, currency: "USD" }]);
  expect(await desk.days()).toEqual([{ day: "2026-11-20", currency: "USD", micros: "44162", seconds: 61.2, calls: 1 }]);
  expect(await desk.ofCall("call_1", "org_b")).toEqual({ usage: [], cost: [] });
});

test("an event stored late, or a call that has not ended, enters nothing; what nobody names a price for says so", async () => {
  await using desk = await openDesk();
  await desk.call("call_1", {
    channel: "web",
    uses: [{ stage: "model", provider: "openai", model: "unheard-of", inputTokens: 9 }],
  });
  await desk.database.asAdmin("update calls set ended_at = null");
  await desk.settle("call_1");
  expect((await desk.ofCall("call_1")).usage).toEqual([]);
  await desk.database.asAdmin("update calls set ended_at = started_at");
  await desk.settle("call_1");
  expect((await desk.ofCall("call_1")).usage).toMatchObject([
    { provider: "openai", quantity: 9, priceSource: "none", cost: { micros: 0 } },
    { provider: "parley" },
  ]);
});

test("days are those of the organisation's clock, also around a change of it", async () => {
  await using desk = await openDesk(Date.UTC(2026, 10, 2));
  // Cairo leaves summer time on 30 October 2026 at midnight: the day before ends at 21:00 UTC, and has 25 hours.
  const at = {
    call_thursday: Date.UTC(2026, 9, 29, 20, 59),
    call_repeated_hour: Date.UTC(2026, 9, 29, 21, 30),
    call_friday: Date.UTC(2026, 9, 29, 22, 0),
    call_saturday: Date.UTC(2026, 9, 30, 22, 0),
  };
  for (const [id, atMs] of Object.entries(at)) {
    await desk.call(id, { atMs, channel: "web", durationMs: 1000 });
    await desk.settle(id);
  }
  const days = (await desk.days()).map(({ day, calls }) => [day, calls]);
  expect(days).toEqual([
    ["2026-10-29", 2],
    ["2026-10-30", 1],
    ["2026-10-31", 1],
  ]);
});

test("what the carrier charges takes the estimate's place, whether it is told before or after the call's end", async () => {
  await using desk = await openDesk();
  await desk.call("call_after", { externalId: "CA_after" });
  await desk.settle("call_after");
  const price = { orgId, externalId: "CA_after", amount: "-0.02550", currency: "EUR" };
  for (let time = 0; time < 2; time++) await desk.db.withOrg(orgId, (tx) => desk.meter.takeCarrierPrice(tx, price));
  expect((await desk.ofCall("call_after")).cost).toEqual([{ micros: 25_500, currency: "EUR" }]);
  expect((await desk.ofCall("call_after")).usage).toMatchObject([{}, { priceSource: "carrier", estimated: false }]);

  await desk.call("call_before", { externalId: "CA_before" });
  await desk.database.asAdmin(
    `insert into carrier_reports (org_id, external_id, report_key, status, price, price_currency, reported_at)
     values ($1, 'CA_before', 'k', 'completed', -0.1, 'EUR', now())`,
    [orgId],
  );
  await desk.settle("call_before");
  expect((await desk.ofCall("call_before")).cost).toEqual([{ micros: 100_000, currency: "EUR" }]);
  expect(await desk.days()).toMatchObject([
    { currency: "EUR", micros: "125500" },
    { currency: "USD", micros: "0", calls: 2 },
  ]);
});

test("a price holds from its time on, an organisation's own for what it pays itself; past calls change when told to alone", async () => {
  await using desk = await openDesk();
  await desk.call("call_old", { channel: "web", uses });
  await desk.settle("call_old");
  await desk.clock.advance(1000);
  const change = {
    provider: "deepgram",
    model: "flux*",
    unit: "recogniser-seconds",
    per: 60,
    currency: "USD",
  } as const;
  await desk.usage.setInstallationPrice({ adminId: "user_admin", change: { ...change, price: "0.0100" } });
  const voice = { provider: "elevenlabs", model: "*", unit: "voice-characters", per: 1000, currency: "GBP" } as const;
  await desk.usage.setPrice({
    orgId,
    actor: owner,
    change: { ...voice, price: "0.02", validFrom: "2026-11-01T00:00:00Z" },
  });
  await desk.clock.advance(1000);
  await desk.call("call_new", { channel: "web", uses, durationMs: 1000 });
  await desk.settle("call_new");
  const costOf = async (id: string, provider: string) =>
    (await desk.ofCall(id)).usage.find((line) => line.provider === provider)?.cost;
  expect(await costOf("call_old", "deepgram")).toEqual({ micros: 6630, currency: "USD" });
  // The pattern set by hand comes before the built-in whole name.
  expect(await costOf("call_new", "deepgram")).toEqual({ micros: 10_200, currency: "USD" });
  expect(await costOf("call_old", "elevenlabs")).toEqual({ micros: 20_000, currency: "USD" });
  expect(await costOf("call_new", "elevenlabs")).toEqual({ micros: 8000, currency: "GBP" });

  const range = { from: "2026-11-01", to: "2026-11-30" };
  const done = await desk.usage.reprice({ orgId, actor: owner, ...range });
  // The old call's voice alone: the recogniser's price did not hold then.
  expect(done).toMatchObject({ changed: 1, before: [{ currency: "GBP", micros: 8000 }, { currency: "USD" }] });
  expect(await costOf("call_old", "elevenlabs")).toEqual({ micros: 8000, currency: "GBP" });
  expect(await costOf("call_old", "deepgram")).toEqual({ micros: 6630, currency: "USD" });
  const groups = await desk.usage.get(orgId, { ...range, groupBy: "day" });
  const days = await desk.days();
  expect(groups.cost).toEqual(days.map(({ currency, micros }) => ({ currency, micros: Number(micros) })));
  expect(days.map(({ calls }) => calls)).toEqual([0, 2]);
  expect((await desk.usage.reprice({ orgId, actor: owner, ...range })).changed).toBe(0);
  const noted = await desk.database.asAdmin("select action from audit_entries order by seq");
  expect(noted.rows.map(({ action }) => action)).toEqual([
    "usage.set-price",
    "usage.reprice",
    "usage.reprice",
    "usage.reprice",
  ]);

  await desk.usage.setPrice({ orgId, actor: owner, change: { ...voice, price: null } });
  await desk.clock.advance(1000);
  await desk.call("call_last", { channel: "web", uses });
  await desk.settle("call_last");
  expect(await costOf("call_last", "elevenlabs")).toEqual({ micros: 20_000, currency: "USD" });
});

test("what is known later is added by its own source, once; sums and lines are told by day, agent, provider and unit", async () => {
  await using desk = await openDesk();
  await desk.call("call_1", { channel: "web", uses });
  await desk.settle("call_1");
  const sms: UsageEntry = {
    ...{ subject: "sms_1", source: "sms", provider: "twilio", model: "sms", unit: "sms", quantity: "1" },
    ...{ atMs: desk.clock.wallNow(), paidBy: "installation" },
  };
  const analysis: UsageEntry = {
    ...{ ...sms, subject: "call_1", callId: "call_1", source: "analysis", provider: "openai", model: "gpt-4.1-mini" },
    ...{ unit: "output-tokens", quantity: "1000", agentId: "agent_1", agentName: "Desk" },
  };
  for (let time = 0; time < 2; time++) {
    await desk.db.withOrg(orgId, (tx) => desk.meter.add(tx, orgId, [sms, analysis]));
  }
  expect((await desk.ofCall("call_1")).usage.filter(({ unit }) => unit === "output-tokens")).toHaveLength(2);
  const range = { from: "2026-11-20", to: "2026-11-20" };
  const byAgent = await desk.usage.get(orgId, { ...range, groupBy: "agent" });
  expect(byAgent.groups.map(({ key, name, calls }) => [key, name, calls])).toEqual([
    ["", null, 0],
    ["agent_1", "Desk", 1],
  ]);
  const byProvider = await desk.usage.get(orgId, { ...range, groupBy: "provider" });
  expect(byProvider.groups.map(({ key, cost }) => [key, cost[0]?.micros ?? 0])).toEqual([
    ["deepgram", 6630],
    ["elevenlabs", 20_000],
    ["openai", 2132],
    ["parley", 0],
    ["twilio", 8300],
  ]);
  expect(byProvider.cost).toEqual([{ micros: 37_062, currency: "USD" }]);
  const csv = (await text(desk.usage.exportCsv(orgId, range))).trim().split("\n");
  expect(csv).toHaveLength(9);
  expect(csv[0]).toMatch(/^day,at,call_id,agent_id/);
  expect(csv.find((line) => line.includes("recogniser-seconds"))).toContain(",61.200,0.00663,USD,0.0065,60,built-in,");
  expect((await text(desk.usage.exportCsv("org_b", range))).trim().split("\n")).toHaveLength(1);
});

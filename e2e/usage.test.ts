/** A call over the sandbox's telephone network, what it used and cost, and the budget that stops the next one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 15_000 } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, minute);
afterAll(() => world?.close(), minute);

async function ask(path: string, init: { method?: string; body?: unknown } = {}): Promise<Response> {
  const { url, apiKey } = world.platform;
  return await fetch(`${url}/api/v1${path}`, {
    method: init.method ?? "GET",
    headers: {
      Authorization: `Bearer ${apiKey}`,
      ...(init.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
}

interface Line {
  readonly provider: string;
  readonly unit: string;
  readonly quantity: number;
  readonly cost: { readonly micros: number; readonly currency: string };
}
interface UsedCall {
  readonly durationMs: number;
  readonly usage: readonly Line[];
  readonly cost: readonly Line["cost"][];
}

async function usedCall(sid: string): Promise<UsedCall> {
  const { items } = (await (await ask(`/calls?externalId=${sid}`)).json()) as { items: { id: string }[] };
  return (await (await ask(`/calls/${items[0]?.id}`)).json()) as UsedCall;
}

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "UTC" }).format(new Date());

test(
  "a call tells what it used of each vendor and what that cost; the day, the export and the statement agree",
  async () => {
    const call = await world.call({
      steps: [greeted, { say: "What time do you open on Monday?" }, done, { hangUp: "now" }],
    });
    await waitUntil(async () => (await usedCall(call.result.callSid)).usage.length > 0, 20_000);
    const { usage, cost, durationMs } = await usedCall(call.result.callSid);
    const lineOf = (unit: string) => usage.find((line) => line.unit === unit);
    expect(call.passed, told(call)).toBe(true);
    expect(lineOf("call-seconds")?.quantity).toBeCloseTo(durationMs / 1000, 1);
    // The sound of the whole call went to the recogniser.
    expect(lineOf("recogniser-seconds")).toMatchObject({ provider: "deepgram" });
    expect(lineOf("recogniser-seconds")?.quantity).toBeGreaterThan((durationMs / 1000) * 0.8);
    expect(lineOf("recogniser-seconds")?.quantity).toBeLessThan((durationMs / 1000) * 1.1);
    expect(lineOf("input-tokens")).toMatchObject({ provider: "openai" });
    expect(lineOf("output-tokens")?.quantity).toBeGreaterThan(0);
    expect(lineOf("voice-characters")).toMatchObject({ provider: "elevenlabs" });
    expect(lineOf("carrier-seconds")?.quantity).toBe(Math.ceil(durationMs / 60_000) * 60);
    const sum = usage.reduce((total, line) => total + line.cost.micros, 0);
    expect(sum).toBeGreaterThan(8500);
    expect(cost).toEqual([{ micros: sum, currency: "USD" }]);

    const range = `from=2020-01-01&to=2020-12-31`;
    expect(((await (await ask(`/usage?${range}`)).json()) as { groups: unknown[] }).groups).toEqual([]);
    const day = today();
    const near = `from=${day.slice(0, 8)}01&to=${day}`;
    const used = (await (await ask(`/usage?${near}&groupBy=provider`)).json()) as { cost: Line["cost"][] };
    expect(used.cost).toEqual(cost);
    const csv = await ask(`/usage/export?${near}`);
    expect(csv.headers.get("content-type")).toContain("text/csv");
    expect((await csv.text()).trim().split("\n")).toHaveLength(usage.length + 1);
    const month = day.slice(0, 7);
    const statement = (await (await ask(`/statements/${month}`)).json()) as { closedAt: null; vendorTotals: unknown };
    expect(statement).toMatchObject({ closedAt: null, vendorTotals: cost, minutes: [{ calls: 1, channel: "phone" }] });
    const pdf = await ask(`/statements/${month}/pdf`);
    expect(pdf.headers.get("content-type")).toBe("application/pdf");
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    expect((await ask("/statements/1999-01")).status).toBe(404);
  },
  minute,
);

test(
  "when the budget is used up, a new call is refused with words, and it is told once",
  async () => {
    const none = { amount: null, minutes: null };
    const terms = { currency: "USD", monthly: { amount: "0.000001", minutes: null }, daily: none, caps: true };
    const set = await ask("/budget", { method: "PUT", body: terms });
    expect(set.status, await set.clone().text()).toBe(200);
    expect(await set.json()).toMatchObject({ exhausted: true, terms: { thresholds: [50, 80, 100] } });
    const refused = await ask("/calls", { method: "POST", body: { channel: "text" } });
    expect(refused.status).toBe(402);
    expect(await refused.json()).toMatchObject({ code: "budget_exhausted" });
    const lifted = await ask("/budget", { method: "PUT", body: { ...terms, monthly: none } });
    expect(await lifted.json()).toMatchObject({ exhausted: false });
    expect((await ask("/calls", { method: "POST", body: { channel: "text" } })).status).toBe(201);
  },
  minute,
);

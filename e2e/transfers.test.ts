/** A caller is put through to a person: who takes it, who does not, who hangs up meanwhile; heard on the line. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SimulatedCall } from "../sandbox/src/telephone/simulate-call.ts";
import { startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const desk = "+15550100";
const askForPerson = { say: "Can I talk to a real person, please?" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await configure({
    transferNumber: desk,
    emergency: { words: ["chest pain"], say: "Please ring 911 now.", transferTo: desk },
  });
}, minute);
afterAll(() => world?.close(), minute);

interface ListedCall {
  readonly id: string;
  readonly agentId: string;
  readonly status: string;
  readonly hangUpReason: string | null;
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const { url, apiKey } = world.platform;
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers });
  const body: unknown = await answer.json();
  expect(answer.ok, JSON.stringify(body)).toBe(true);
  return body as T;
}
const post = <T>(path: string, body: unknown) => ask<T>(path, { method: "POST", body: JSON.stringify(body) });

async function configure(config: object): Promise<void> {
  const { items } = await ask<{ items: { id: string }[] }>("/agents");
  for (const { id } of items) {
    const { revision } = await ask<{ revision: number }>(`/agents/${id}`);
    const body = JSON.stringify({ revision, config });
    const changed = await ask<{ revision: number }>(`/agents/${id}`, { method: "PATCH", body });
    await post(`/agents/${id}/versions`, { revision: changed.revision });
  }
}

const nobodyTakesIt = (status: "busy" | "no-answer" | "failed", durationMs = 200) =>
  world.twilio.setFaults({ dial: { status, durationMs } });

/** What is kept of it, the oldest first: a caller who came back has a second entry. */
async function recordsOf(call: SimulatedCall): Promise<ListedCall[]> {
  const path = `/calls?externalId=${call.result.callSid}`;
  let items: ListedCall[] = [];
  await waitUntil(async () => {
    items = (await ask<{ items: ListedCall[] }>(path)).items.toReversed();
    return items.length > 0 && items.every(({ status }) => status !== "live");
  });
  return items;
}

const transferOf = async ({ id }: ListedCall) =>
  (await ask<{ transfer: { status: string } | null }>(`/calls/${id}/carrier`)).transfer;

const dialled = (call: SimulatedCall) => world.twilio.calls.get(call.result.callSid)?.dialed;

describe("the line to the person is free", () => {
  test.concurrent("a person answers, and the call ends with theirs", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [greeted, askForPerson, { waitFor: "hangUp", withinMs: 20_000 }],
      expect: { heard: { contains: ["put you through"] }, endedBy: "platform", hangUpReason: "transferred" },
    });
    expect(call.passed, told(call)).toBe(true);
    expect(dialled(call)).toEqual([desk]);
    const [record, ...more] = await recordsOf(call);
    expect(more).toEqual([]);
    expect(await transferOf(record as ListedCall)).toMatchObject({ status: "completed" });
  });

  test.concurrent("a caller who hangs up in the middle of the sentence is dialled for no more", {
    timeout: minute,
  }, async () => {
    const call = await world.call({
      steps: [greeted, askForPerson, { waitFor: { words: "put" }, withinMs: 15_000 }, { hangUp: "now" }],
      expect: { endedBy: "caller", hangUpReason: "caller-hung-up" },
    });
    expect(call.passed, told(call)).toBe(true);
    expect(dialled(call)).toEqual([]);
  });
});

describe("the line to the person is busy", () => {
  beforeAll(() => nobodyTakesIt("busy"));

  test.concurrent("busy: the caller is back with the agent, who offers to take a message and sends nobody round again", {
    timeout: minute,
  }, async () => {
    const call = await world.call({
      steps: [
        greeted,
        askForPerson,
        { waitFor: { words: "leave a message" }, withinMs: 20_000 },
        greeted,
        askForPerson,
        { waitFor: "agentDone", withinMs: 15_000 },
        { hangUp: "now" },
      ],
      expect: { heard: { inOrder: ["put you through", "nobody could take your call", "leave a message"] } },
    });
    expect(call.passed, told(call)).toBe(true);
    expect(dialled(call)).toEqual([desk]);
    const records = await recordsOf(call);
    expect(records.map(({ hangUpReason }) => hangUpReason)).toEqual(["transferred", "caller-hung-up"]);
    expect(await transferOf(records[0] as ListedCall)).toMatchObject({ status: "busy" });
  });

  test.concurrent("words that call for help: nobody takes it, and the caller hears again whom to ring", {
    timeout: minute,
  }, async () => {
    const call = await world.call({
      steps: [
        greeted,
        { say: "My father has a terrible chest pain." },
        { waitFor: { words: "nobody could take" }, withinMs: 20_000 },
        greeted,
        { hangUp: "now" },
      ],
      expect: { heard: { inOrder: ["Please ring", "nobody could take your call", "Please ring"] } },
    });
    expect(call.passed, told(call)).toBe(true);
    expect(dialled(call)).toEqual([desk]);
  });
});

test("no answer, in Arabic: said in the agent's language", { timeout: minute }, async () => {
  nobodyTakesIt("no-answer");
  const running = world.call({
    ...{ from: "+201012345678", language: "ar" },
    steps: [{ waitFor: { words: "رسالة" }, withinMs: 25_000 }, { hangUp: "now" }],
    expect: { heard: { contains: ["مفيش حد قدر يرد", "تسيب رسالة"] } },
  });
  let callId = "";
  await waitUntil(async () => {
    callId = (await ask<{ items: { id: string }[] }>("/calls/live")).items[0]?.id ?? "";
    return callId !== "";
  });
  await post(`/calls/${callId}/control`, { action: "transfer" });
  const call = await running;
  expect(call.passed, told(call)).toBe(true);
  const records = await recordsOf(call);
  expect(records.map(({ agentId }) => agentId)).toEqual(["agent_demo_ar", "agent_demo_ar"]);
  expect(records[0]?.hangUpReason).toBe("transferred");
});

test("a caller who hangs up while it rings there leaves nobody behind", { timeout: minute }, async () => {
  nobodyTakesIt("no-answer", 20_000);
  const running = world.call({ steps: [greeted, askForPerson], expect: { endedBy: "caller" } });
  const line = () => [...world.twilio.calls.values()].at(-1);
  await waitUntil(() => line()?.dialed.length === 1 && line()?.status === "in-progress", 30_000);
  line()?.hangUp();
  const call = await running;
  expect(call.passed, told(call)).toBe(true);
  const [record, ...more] = await recordsOf(call);
  expect({ more, reason: record?.hangUpReason }).toEqual({ more: [], reason: "transferred" });
  await waitUntil(async () => (await ask<{ items: unknown[] }>("/calls/live")).items.length === 0);
});

test("the built-in front desk puts callers through as a model does, in both languages", {
  timeout: minute,
}, async () => {
  world.twilio.setFaults({});
  await configure({ model: { provider: "builtin" } });
  const languages = [
    { say: "I want to talk to a person.", heard: "putting you through" },
    { say: "عايز أكلم حد", heard: "هحولك", from: "+201012345678", language: "ar" },
  ];
  const calls = languages.map(({ say, heard, ...caller }) =>
    world.call({
      ...caller,
      steps: [greeted, { say }, { waitFor: "hangUp", withinMs: 20_000 }],
      expect: { heard: { contains: [heard] }, endedBy: "platform", hangUpReason: "transferred" },
    }),
  );
  for (const call of await Promise.all(calls)) {
    expect(call.passed, told(call)).toBe(true);
    expect(dialled(call)).toEqual([desk]);
  }
});

/** A phone call that is helped from beside it: an operator, words that call for help, a transfer to a person. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentOf, eventsOf, startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const desk = "+15550100";

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, minute);
afterAll(() => world?.close(), minute);

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const { url, apiKey } = world.platform;
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers });
  const body: unknown = await answer.json();
  expect(answer.ok, JSON.stringify(body)).toBe(true);
  return body as T;
}
const control = (callId: string, body: unknown) =>
  ask(`/calls/${callId}/control`, { method: "POST", body: JSON.stringify(body) });

/** The demo's agent gets other settings, for the calls from now on. */
async function configure(config: object): Promise<void> {
  const { items } = await ask<{ items: { id: string; revision: number }[] }>("/agents");
  for (const { id } of items) {
    const { revision } = await ask<{ revision: number }>(`/agents/${id}`);
    const body = JSON.stringify({ revision, config });
    const changed = await ask<{ revision: number }>(`/agents/${id}`, { method: "PATCH", body });
    await ask(`/agents/${id}/versions`, { method: "POST", body: JSON.stringify({ revision: changed.revision }) });
  }
}

async function liveCallId(): Promise<string> {
  let id: string | undefined;
  await waitUntil(async () => {
    id = (await ask<{ items: { id: string }[] }>("/calls/live")).items[0]?.id;
    return id !== undefined;
  });
  return id ?? "";
}

test("an operator speaks into it and puts it through", { timeout: minute }, async () => {
  const running = world.call({
    steps: [{ waitFor: "hangUp", withinMs: 40_000 }],
    expect: { heard: { contains: ["specialist", "putting you through"] }, hangUpReason: "transferred" },
  });
  const callId = await liveCallId();
  await waitUntil(async () => {
    const { items } = await ask<{ items: { type: string }[] }>(`/calls/${callId}/events?limit=1000`);
    return items.some((event) => event.type === "reply-finished");
  }, 20_000);
  await control(callId, { action: "say", text: "A specialist is here for you now." });
  await control(callId, { action: "whisper", text: "Be kind." });
  await waitUntil(async () => {
    const { items } = await ask<{ items: { type: string }[] }>(`/calls/${callId}/events?limit=1000`);
    return items.filter((event) => event.type === "reply-finished").length >= 2;
  }, 20_000);
  await control(callId, { action: "transfer", to: desk });
  const call = await running;
  expect(call.passed, told(call)).toBe(true);
  expect(world.twilio.calls.get(call.result.callSid)?.dialed).toEqual([desk]);
});

test("words that call for help are answered at once, and the call goes to the number for it", {
  timeout: minute,
}, async () => {
  await configure({
    emergency: { words: ["chest pain"], say: "Stay where you are. Help is coming.", transferTo: desk },
  });
  const call = await world.call({
    steps: [greeted, { say: "My father has a terrible chest pain." }, { waitFor: "hangUp", withinMs: 20_000 }],
    expect: { heard: { contains: ["Stay where you are"] }, hangUpReason: "transferred" },
  });
  expect(call.passed, told(call)).toBe(true);
  const events = eventsOf(call);
  const emergency = events.find((event) => event.type === "emergency");
  expect(contentOf(emergency, "word")).toBe("chest pain");
  expect(world.twilio.calls.get(call.result.callSid)?.dialed).toEqual([desk]);
  const first = events.find((event) => event.type === "reply-first-audio" && event["phrase"] === "emergency");
  expect(Number(first?.["atMs"]) - Number(emergency?.["atMs"])).toBeLessThan(1000);
});

/** Who calls and who answers: a caller known by number, one who is blocked, a machine, and an agent who takes the call over. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { receptionist } from "../sandbox/src/language-model/brain.ts";
import type { BrainRequest } from "../sandbox/src/language-model/model-types.ts";
import { eventsOf, startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 15_000 } as const;
const grace = "+14155550177";
const nadiaSays = "أهلا وسهلا، معاك نادية من الحسابات.";

let world: World;
/** What the model was asked, oldest first. */
const asked: BrainRequest[] = [];

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { url, apiKey } = world.platform;
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function publish(agentId: string, config: object): Promise<void> {
  const { revision } = await ask<{ revision: number }>("GET", `/agents/${agentId}`);
  const changed = await ask<{ revision: number }>("PATCH", `/agents/${agentId}`, { revision, config });
  await ask("POST", `/agents/${agentId}/versions`, { revision: changed.revision });
}

async function languageOf(callSid: string): Promise<string | undefined> {
  const { items } = await ask<{ items: { language: string }[] }>("GET", `/calls?externalId=${callSid}`);
  return items[0]?.language;
}

beforeAll(async () => {
  world = await startWorld();
  world.openAi.setReplies((request) => {
    asked.push(request);
    const last = request.turns.at(-1);
    const canHandOver = request.tools.some(({ name }) => name === "handoff_to_agent");
    if (last?.role === "user" && /invoice/i.test(last.text) && canHandOver) {
      return [
        { text: "One moment, my colleague takes over." },
        { toolCalls: [{ name: "handoff_to_agent", input: { agent: "Nadia" } }] },
      ];
    }
    return receptionist(request);
  });
  const nadia = await ask<{ id: string }>("POST", "/agents", {
    config: {
      ...{ name: "Nadia", language: "ar-EG", greeting: nadiaSays },
      ...{
        aiDisclosure: { when: "when-asked" },
        voice: { provider: "elevenlabs", options: { voiceId: "voiceofnadia" } },
      },
    },
  });
  await publish(nadia.id, {});
  await publish("agent_demo", {
    greeting: "Hello {{contact.name}}, this is the dental clinic.",
    variables: [{ name: "contact.name", default: "there" }],
    otherLanguages: ["ar-EG"],
    privacy: { rememberCallers: true },
    handoffs: [{ agentId: nadia.id, when: "invoices" }],
  });
}, minute);
afterAll(() => world?.close(), minute);

const question = (from: string, contains: string[]) =>
  world.call({
    from,
    steps: [greeted, { say: "What time do you open on Monday?" }, done, { hangUp: "now" }],
    expect: { heard: { contains } },
  });

test.concurrent("a caller who consented is greeted by name and remembered, until it is erased", {
  timeout: 2 * minute,
}, async () => {
  const fact = "Grace prefers mornings and is afraid of drills";
  const { id } = await ask<{ id: string }>("POST", "/contacts", {
    ...{ name: "Grace", phones: [{ number: grace }] },
    consents: { memory: { granted: true, how: "asked on the phone" } },
  });
  const toldOf = async () => {
    asked.length = 0;
    const call = await question(grace, ["Grace", "nine to five"]);
    expect(call.passed, told(call)).toBe(true);
    // Nobody else here asks about a Monday.
    expect(asked.some(({ turns }) => turns.some(({ text }) => text.includes("Monday")))).toBe(true);
    return asked.filter(({ system }) => system.includes(fact)).length;
  };
  expect(await toldOf()).toBe(0);
  await ask("PATCH", `/contacts/${id}/memory`, { facts: [{ text: fact }] });
  expect(await toldOf()).toBeGreaterThan(0);
  await ask("DELETE", `/contacts/${id}/memory`);
  expect(await toldOf()).toBe(0);
});

test.concurrent("a caller whose language the agent speaks is met in it", { timeout: minute }, async () => {
  const from = "+14155550178";
  await ask("POST", "/contacts", { name: "Mona", phones: [{ number: from }], language: "ar" });
  const call = await world.call({ from, language: "ar", steps: [greeted, { hangUp: "now" }], expect: {} });
  await waitUntil(async () => (await languageOf(call.result.callSid)) !== undefined);
  expect(await languageOf(call.result.callSid)).toBe("ar-EG");
  const stranger = await world.call({
    steps: [greeted, { hangUp: "now" }],
    expect: { heard: { contains: ["there"] } },
  });
  expect(stranger.passed, told(stranger)).toBe(true);
  expect(await languageOf(stranger.result.callSid)).toBe("en-US");
});

test.concurrent("a blocked number hears why it is not taken, and reaches no agent", {
  timeout: minute,
}, async () => {
  const from = "+14155550179";
  await ask("POST", "/blocked-numbers", { kind: "number", value: from, reason: "abuse" });
  const placed = world.twilio.placeCall({ from, to: "+15550100001", webhookUrl: world.webhookUrl });
  const call = await placed.ended;
  expect(call.said.join(" ")).toContain("this call cannot be taken. Goodbye.");
  expect(call.streams).toEqual([]);
  expect(call.hungUpBy).toBe("platform");
});

test.concurrent("a machine's recording is told goodbye", { timeout: minute }, async () => {
  await ask("PUT", "/screening-policy", { hangUpOnRobocalls: true });
  const call = await world.call({
    from: "+14155550180",
    steps: [
      greeted,
      {
        say: "This is an important message about your vehicle warranty. Press one to speak with a specialist.",
        expectReply: false,
      },
      { waitFor: "hangUp", withinMs: 20_000 },
    ],
    expect: { heard: { contains: ["recorded calls"] }, hangUpReason: "robocall" },
  });
  expect(call.passed, told(call)).toBe(true);
});

test("another agent takes over in its own language and voice, with a greeting that was ready", {
  timeout: minute,
}, async () => {
  const spokenBy = () =>
    world.elevenLabs.sessions
      .filter(({ spoken }) => spoken.some((text) => text.includes("نادية")))
      .map(({ voiceId }) => voiceId);
  const call = await world.call({
    from: "+14155550181",
    steps: [
      greeted,
      { say: "I have a question about my invoice." },
      { waitFor: { words: "نادية" }, withinMs: 20_000 },
      { hangUp: "now" },
    ],
    expect: { events: { contains: [{ type: "handed-off", language: "ar-EG" }] } },
  });
  expect(call.passed, told(call)).toBe(true);
  const events = eventsOf(call);
  const greeting = events.find((event) => event.type === "reply-text" && event["phrase"] === "handoff-greeting");
  const first = events.find((event) => event.type === "reply-first-audio" && event["phrase"] === "handoff-greeting");
  expect(Number(first?.["atMs"]) - Number(greeting?.["atMs"])).toBeLessThan(60);
  // Spoken once, ahead of every call of this world, with her own voice.
  expect(spokenBy()).toEqual(["voiceofnadia"]);
});

/** A call over the sandbox's telephone network, and what is heard in its recording. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestBucket } from "../server/src/testing/test-bucket.ts";
import { childrenOf } from "./child-processes.ts";
import { eventsOf, startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 15_000 } as const;
const question = { say: "What time do you open on Monday?" } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await recordCalls();
}, minute);
afterAll(() => world?.close(), minute);

async function ask(path: string, init: { method?: string; body?: unknown; range?: string } = {}): Promise<Response> {
  const { url, apiKey } = world.platform;
  return await fetch(`${url}/api/v1${path}`, {
    method: init.method ?? "GET",
    headers: {
      Authorization: `Bearer ${apiKey}`,
      ...(init.body === undefined ? {} : { "content-type": "application/json" }),
      ...(init.range === undefined ? {} : { range: init.range }),
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
}

/** As the owner does: the agent's draft says so, and is published. */
async function recordCalls(): Promise<void> {
  const agent = (await (await ask("/agents/agent_demo")).json()) as { revision: number };
  const config = { recording: { enabled: true, announcement: "This call may be recorded." } };
  const body = { revision: agent.revision, config };
  const changed = await ask("/agents/agent_demo", { method: "PATCH", body });
  expect(changed.status, await changed.clone().text()).toBe(200);
  const { revision } = (await changed.json()) as { revision: number };
  const published = await ask("/agents/agent_demo/versions", { method: "POST", body: { revision } });
  expect(published.status, await published.clone().text()).toBe(201);
}

interface RecordedCall {
  readonly id: string;
  readonly recording: { readonly state: string; readonly durationMs: number; readonly bytes: number } | null;
}

async function callOf(sid: string): Promise<RecordedCall | undefined> {
  const { items } = (await (await ask(`/calls?externalId=${sid}`)).json()) as { items: { id: string }[] };
  const [first] = items;
  return first && ((await (await ask(`/calls/${first.id}`)).json()) as RecordedCall);
}

async function recordedCall(sid: string, state: string): Promise<RecordedCall> {
  await waitUntil(async () => (await callOf(sid))?.recording?.state === state, 20_000);
  return (await callOf(sid)) as RecordedCall;
}

/** Event times are milliseconds since the call began; so is a recording's. */
function timesOf(call: Parameters<typeof eventsOf>[0], type: string): number[] {
  return eventsOf(call)
    .filter((event) => event.type === type)
    .map((event) => Number(event["atMs"]));
}

const windowMs = 20;

/** Loudness of one voice in pieces of 20 ms, root mean square, full scale 1. */
function loudness(wav: Buffer, channel: 0 | 1): number[] {
  const rateHz = wav.readUInt32LE(24);
  const window = (rateHz * windowMs) / 1000;
  const samples = (wav.length - 44) / 4;
  return Array.from({ length: Math.floor(samples / window) }, (_, index) => {
    let sum = 0;
    for (let at = 0; at < window; at++)
      sum += (wav.readInt16LE(44 + 4 * (index * window + at) + 2 * channel) / 32_768) ** 2;
    return Math.sqrt(sum / window);
  });
}

const voiced = 0.01;

/** Where a voice is heard first within a span of the call. */
const onsetMs = (levels: readonly number[], fromMs: number, toMs: number) => {
  const found = levels.findIndex((level, index) => {
    const atMs = index * windowMs;
    return atMs >= fromMs && atMs < toMs && level > voiced;
  });
  return found < 0 ? undefined : found * windowMs;
};

test("caller left, agent right, each at the time of its events; whole and by ranges", { timeout: minute }, async () => {
  const call = await world.call({
    steps: [greeted, question, done, { hangUp: "now" }],
    expect: { heard: { contains: ["may be recorded", "Bright Smile", "nine"] } },
  });
  expect(call.passed, told(call)).toBe(true);
  const { id, recording } = await recordedCall(call.result.callSid, "complete");
  const got = await ask(`/calls/${id}/recording`);
  expect([got.status, got.headers.get("content-type")]).toEqual([200, "audio/wav"]);
  const wav = Buffer.from(await got.arrayBuffer());
  expect(wav.length).toBe(recording?.bytes);
  const caller = loudness(wav, 0);
  const agent = loudness(wav, 1);
  expect(Math.abs((recording?.durationMs ?? 0) - (timesOf(call, "call-ended")[0] ?? 0))).toBeLessThan(100);
  // One voice at a time, and each on its own side only.
  const both = caller.filter((level, index) => level > voiced && (agent[index] ?? 0) > voiced).length;
  expect(both * windowMs).toBeLessThanOrEqual(100);
  const starts = timesOf(call, "speech-started");
  expect(starts.length).toBeGreaterThan(0);
  for (const atMs of starts) expect(onsetMs(caller, atMs - 150, atMs + 150), `caller at ${atMs}`).toBeDefined();
  expect(onsetMs(caller, 0, (starts[0] ?? 0) - 200)).toBeUndefined();
  for (const atMs of timesOf(call, "reply-first-audio")) {
    expect(onsetMs(agent, atMs - 20, atMs + 400), `agent at ${atMs}`).toBeDefined();
    expect(onsetMs(agent, atMs - 200, atMs - 20), `agent before ${atMs}`).toBeUndefined();
  }
  const part = await ask(`/calls/${id}/recording`, { range: "bytes=50000-60000" });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 50000-60000/${wav.length}`]);
  expect(Buffer.from(await part.arrayBuffer()).equals(wav.subarray(50_000, 60_001))).toBe(true);
  const peaks = (await (await ask(`/calls/${id}/recording/peaks?resolution=50`)).json()) as { caller: number[] };
  expect(peaks.caller).toHaveLength(50);
});

test("a barge-in: what the caller did not hear is not in the recording", { timeout: minute }, async () => {
  const call = await world.call({
    steps: [
      greeted,
      { say: "Tell me about all of your services." },
      { bargeIn: { afterMs: 1500, say: "Stop, what about Monday?" }, withinMs: 15_000 },
      done,
      { hangUp: "now" },
    ],
  });
  const [cutMs] = timesOf(call, "barge-in");
  expect(cutMs, told(call)).toBeDefined();
  if (cutMs === undefined) return;
  const { id } = await recordedCall(call.result.callSid, "complete");
  const wav = Buffer.from(await (await ask(`/calls/${id}/recording`)).arrayBuffer());
  const next = timesOf(call, "reply-first-audio").find((atMs) => atMs > cutMs) ?? cutMs + 500;
  const agent = loudness(wav, 1);
  expect(onsetMs(agent, cutMs - 1000, cutMs)).toBeDefined();
  expect(onsetMs(agent, cutMs + 40, next - 20)).toBeUndefined();
});

test.runIf(process.platform === "linux")(
  "a media process that is killed: what it had written is heard, and marked incomplete",
  { timeout: 2 * minute },
  async () => {
    const [pid] = childrenOf(world.platform.pid, "media");
    const before = world.twilio.calls.size;
    const calling = world.call({
      steps: [greeted, question, done, question, done, { silence: 9000 }, { waitFor: "hangUp", withinMs: 30_000 }],
    });
    await waitUntil(() => world.twilio.calls.size > before);
    const sid = [...world.twilio.calls.keys()].at(-1) ?? "";
    // Sound is held for a while before it is written, for what must be taken out again.
    const hasLasted = async () => Number((await world.stored(sid)).events.at(-1)?.["atMs"]) > 19_000;
    await waitUntil(hasLasted, 60_000);
    process.kill(pid ?? 0, "SIGKILL");
    await calling;
    const { id, recording } = await recordedCall(sid, "incomplete");
    expect(recording?.durationMs).toBeGreaterThan(3000);
    const wav = Buffer.from(await (await ask(`/calls/${id}/recording`)).arrayBuffer());
    expect(wav.length).toBe(recording?.bytes);
    expect(onsetMs(loudness(wav, 1), 0, 3000)).toBeDefined();
  },
);

test("a bucket: the sound goes there when the call is over and is heard from there", {
  timeout: 2 * minute,
}, async () => {
  await using bucket = await startTestBucket();
  const { settings } = bucket;
  const usual = world;
  world = await startWorld({
    env: {
      ...{ S3_BUCKET: settings.bucket, S3_ENDPOINT: settings.endpoint ?? "", S3_REGION: settings.region ?? "" },
      ...{ AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" },
    },
  });
  try {
    await recordCalls();
    const call = await world.call({ steps: [greeted, { hangUp: "now" }] });
    const { id, recording } = await recordedCall(call.result.callSid, "complete");
    const folder = join(world.platform.dataDir, "recordings");
    const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    await waitUntil(() => files().length === 0, 20_000);
    const wav = Buffer.from(await (await ask(`/calls/${id}/recording`)).arrayBuffer());
    expect(wav.length).toBe(recording?.bytes);
    expect(onsetMs(loudness(wav, 1), 0, 3000)).toBeDefined();
    expect((await ask(`/calls/${id}/recording`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(`/calls/${id}/recording`)).status).toBe(404);
  } finally {
    await world.close();
    world = usual;
  }
});

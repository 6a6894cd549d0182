/** Single utterances and what is made of a call afterwards, with the vendors' stand-ins and without. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodePcm16, synthesize } from "../sandbox/src/voice/index.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { startWorld, type World, waitUntil } from "./world.ts";

const minute = 60_000;

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

type Body = Uint8Array<ArrayBuffer> | object;

async function ask(
  { url, apiKey }: Platform,
  path: string,
  init: { method?: string; body?: Body; type?: string; accept?: string } = {},
): Promise<Response> {
  const { body } = init;
  return await fetch(`${url}/api/v1${path}`, {
    method: init.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      Authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { "content-type": init.type ?? "application/json" }),
      ...(init.accept === undefined ? {} : { accept: init.accept }),
    },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  });
}

async function json<T>(response: Response, status = 200): Promise<T> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return JSON.parse(text) as T;
}

/** What the stand-in recogniser understands: a WAV file of 16 kHz. */
async function spoken(text: string, language = "en"): Promise<Uint8Array<ArrayBuffer>> {
  const { samples } = await synthesize({ text, language, sampleRateHz: 16_000, voice: "synthetic" });
  const sound = encodePcm16(samples);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + sound.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  for (const [at, value] of [
    [16, 16],
    [24, 16_000],
    [28, 32_000],
    [40, sound.length],
  ] as const) {
    header.writeUInt32LE(value, at);
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const) {
    header.writeUInt16LE(value, at);
  }
  header.write("data", 36, "latin1");
  return new Uint8Array(Buffer.concat([header, sound]));
}

interface Answer {
  readonly conversationId: string;
  readonly callId: string;
  readonly transcript: string;
  readonly greeting: string;
  readonly reply: string;
  readonly ended: boolean;
  readonly audio: { contentType: string; base64: string } | null;
}

interface Analysis {
  readonly state: string;
  readonly version: number;
  readonly method: string | null;
  readonly provider: string | null;
  readonly result: { readonly summary: string; readonly fields: object } | null;
}

async function analysed(platform: Platform, callId: string, version = 1): Promise<Analysis> {
  const read = async () => await json<Analysis>(await ask(platform, `/calls/${callId}/analysis`));
  await waitUntil(async () => {
    const { state, version: done } = await read();
    return state === "done" && done >= version;
  }, 30_000);
  return await read();
}

async function hangUp(platform: Platform, callId: string): Promise<void> {
  const ended = await ask(platform, `/calls/${callId}/control`, { body: { action: "hang-up" } });
  expect(ended.status, await ended.text()).toBe(202);
}

describe("with the vendors' stand-ins", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, minute);
  afterAll(() => world?.close(), minute);

  test("a sound becomes its words, with the recogniser's parts of it; usage is entered", {
    timeout: minute,
  }, async () => {
    const { platform } = world;
    const body = await spoken("Hello, I need a table for Friday.");
    const heard = await json<Record<string, unknown>>(
      await ask(platform, "/transcriptions", { body, type: "audio/wav" }),
    );
    expect(heard).toMatchObject({ text: "Hello, I need a table for Friday.", provider: "deepgram", language: "en-US" });
    expect(heard["segments"]).toMatchObject([{ text: "Hello, I need a table for Friday.", startMs: 0 }]);
    const { groups } = await json<{ groups: { quantities: { unit: string; quantity: number }[] }[] }>(
      await ask(platform, `/usage?from=${day(-1)}&to=${day(1)}&groupBy=provider`),
    );
    const seconds = groups.flatMap(({ quantities }) => quantities).find(({ unit }) => unit === "recogniser-seconds");
    expect(seconds?.quantity).toBeGreaterThan(1);
  });

  test("a text becomes the vendor's sound; a vendor that is down, the built-in voice's", {
    timeout: minute,
  }, async () => {
    const { platform, elevenLabs } = world;
    const body = { text: "Your appointment is at ten." };
    const said = Buffer.from(await (await ask(platform, "/speech", { body })).arrayBuffer());
    expect(said.subarray(0, 4).toString("latin1")).toBe("RIFF");
    expect(said.length).toBeGreaterThan(20_000);
    elevenLabs.setFaults({ refuseStatus: 500 });
    const still = await ask(platform, "/speech", { body: { ...body, format: "mulaw" } });
    expect([still.status, still.headers.get("content-type")]).toEqual([200, "audio/basic"]);
    expect((await still.arrayBuffer()).byteLength).toBeGreaterThan(5000);
    elevenLabs.setFaults({ refuseStatus: null });
  });

  test("an agent answers a sound and goes on in the same call; afterwards a model reads it", {
    timeout: 2 * minute,
  }, async () => {
    const { platform, openAi } = world;
    const body = await spoken("What time do you open on Monday?");
    const first = await json<Answer>(await ask(platform, "/agents/agent_demo/respond", { body, type: "audio/wav" }));
    expect(first).toMatchObject({ transcript: "What time do you open on Monday?", ended: false });
    expect(first.greeting).toContain("Bright Smile");
    expect(first.reply).not.toBe("");
    expect(Buffer.from(first.audio?.base64 ?? "", "base64").length).toBeGreaterThan(20_000);
    const on = `/agents/agent_demo/respond?conversationId=${first.conversationId}`;
    const bare = await ask(platform, on, { body: { text: "Thank you." }, accept: "audio/wav" });
    expect([bare.status, bare.headers.get("content-type")]).toEqual([200, "audio/wav"]);
    await bare.arrayBuffer();
    openAi.setReplies(({ tools }) => {
      if (!JSON.stringify(tools).includes("record_analysis")) return [{ text: "Yes." }];
      const input = {
        ...{ summary: "Asked for Monday's hours.", outcome: "question-answered", success: "yes" },
        ...{ successReason: "It was told.", sentiment: "positive", followUps: [] },
        fields: {
          reason: { value: "Opening hours", quote: "what time do you open" },
          isNewPatient: { value: true, quote: "I have never been to you" },
          urgency: { value: null, quote: "" },
        },
      };
      return [{ toolCalls: [{ name: "record_analysis", input }] }];
    });
    await hangUp(platform, first.callId);
    const read = await analysed(platform, first.callId);
    expect(read, JSON.stringify(read)).toMatchObject({ method: "model", provider: "openai", version: 1 });
    expect(read.result).toMatchObject({
      summary: "Asked for Monday's hours.",
      fields: { reason: "Opening hours", isNewPatient: null, urgency: null },
    });
    const over = await ask(platform, on, { body: { text: "Hello?" } });
    expect(over.status, await over.text()).toBe(409);
    // Down for good: rules read it, and the new result replaces the model's.
    openAi.setFaults({ refuseStatus: 401 });
    const details = await json<{ analysis: Analysis; usage: { unit: string; provider: string }[] }>(
      await ask(platform, `/calls/${first.callId}`),
    );
    expect(details.analysis).toEqual(read);
    expect(details.usage).toContainEqual(expect.objectContaining({ unit: "input-tokens", provider: "openai" }));
    await json(await ask(platform, `/calls/${first.callId}/analysis`, { method: "POST" }), 202);
    expect(await analysed(platform, first.callId, 2)).toMatchObject({ method: "rules", version: 2 });
    openAi.setFaults({ refuseStatus: null });
  });

  test("a vendor that refuses is named, and is no fault of ours", { timeout: minute }, async () => {
    const { platform, deepgram } = world;
    deepgram.setFaults({ refuseStatus: 401 });
    const body = await spoken("Hello.");
    const refused = await ask(platform, "/transcriptions", { body, type: "audio/wav" });
    expect(await json(refused, 502)).toMatchObject({ code: "provider_failed" });
  });
});

describe("without anybody's key", () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await startPlatform({});
  }, minute);
  afterAll(() => platform?.stop(), minute);

  test("the missing recogniser is named; typed words are answered and spoken all the same", {
    timeout: minute,
  }, async () => {
    const body = await spoken("Hello.");
    for (const path of ["/transcriptions", "/agents/agent_demo/respond"]) {
      const refused = await json<{ detail: string }>(await ask(platform, path, { body, type: "audio/wav" }), 409);
      expect(refused).toMatchObject({ code: "provider_missing", detail: expect.stringContaining("DEEPGRAM_API_KEY") });
    }
    const typed = { text: "What time do you open on Monday?" };
    const answer = await json<Answer>(await ask(platform, "/agents/agent_demo/respond", { body: typed }));
    expect(answer.reply).toContain("9");
    expect(Buffer.from(answer.audio?.base64 ?? "", "base64").length).toBeGreaterThan(20_000);
    await hangUp(platform, answer.callId);
    const read = await analysed(platform, answer.callId);
    expect(read).toMatchObject({ method: "rules", provider: null });
    expect(read.result?.summary).toContain("What time do you open on Monday?");
    for (const strange of ["agent_nobody", "agent_demo?conversationId=call_nobody"]) {
      const [agent = "", query = ""] = strange.split("?");
      const path = `/agents/${agent}/respond?${query}`;
      expect((await ask(platform, path, { body: typed })).status, strange).toBe(404);
    }
  });
});

import { once } from "node:events";
import { ElevenLabsClient, ElevenLabsError } from "@elevenlabs/elevenlabs-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createWordDetector, decodeMulaw, decodePcm16 } from "../voice/index.ts";
import { type ElevenLabsStandIn, startElevenLabs } from "./start-elevenlabs.ts";

let vendor: ElevenLabsStandIn;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  vendor = await startElevenLabs({ settings: { firstByteMs: 5, speed: 100 } });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await vendor.close();
});

type Frame = {
  audio?: string | null;
  contextId?: string;
  isFinal?: boolean | null;
  alignment?: { chars: string[]; charStartTimesMs: number[]; charDurationsMs: number[] } | null;
  error?: string;
};

function hear(samples: Int16Array, sampleRateHz: number): string {
  const words: string[] = [];
  const detector = createWordDetector({ sampleRateHz, onWord: (word) => words.push(word.text) });
  detector.push(samples);
  return words.join(" ");
}

function hearFrames(frames: readonly Frame[]): string {
  return hear(decodeMulaw(Buffer.concat(frames.map((frame) => Buffer.from(frame.audio ?? "", "base64")))), 8_000);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function openSocket(path: string, options: { query?: string; key?: string | undefined } = {}) {
  const query = options.query ?? "model_id=eleven_flash_v2_5&output_format=ulaw_8000&auto_mode=true";
  const headers =
    "key" in options ? (options.key === undefined ? {} : { "xi-api-key": options.key }) : { "xi-api-key": "good" };
  const socket = new WebSocket(`${vendor.wsUrl}/v1/text-to-speech/sandboxVoiceOne/${path}?${query}`, { headers });
  sockets.push(socket);
  const frames: Frame[] = [];
  let arrived = () => {};
  socket.on("message", (data) => {
    frames.push(JSON.parse((data as Buffer).toString("utf8")));
    arrived();
  });
  await once(socket, "open");
  return {
    socket,
    frames,
    closed: once(socket, "close").then(([code]) => code as number),
    send: (message: object) => socket.send(JSON.stringify(message)),
    of: (contextId: string) => frames.filter((frame) => frame.contextId === contextId),
    async until(wanted: (frame: Frame) => boolean): Promise<Frame> {
      for (;;) {
        const found = frames.find(wanted);
        if (found) return found;
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
  };
}

async function openRefused(path: string, key = "good") {
  const socket = new WebSocket(`${vendor.wsUrl}${path}`, { headers: { "xi-api-key": key } });
  const [, response] = await once(socket, "unexpected-response");
  let body = "";
  for await (const chunk of response) body += chunk;
  socket.on("error", () => {});
  socket.terminate();
  return { status: response.statusCode as number, body: JSON.parse(body) as { detail: { message: string } } };
}

describe("over HTTP, by the vendor's own client", () => {
  const client = (apiKey = "good") => new ElevenLabsClient({ apiKey, baseUrl: vendor.url, maxRetries: 0 });

  test("streams speech that says the text, in each format", async () => {
    for (const [outputFormat, rate] of [
      ["ulaw_8000", 8_000],
      ["pcm_16000", 16_000],
      ["pcm_24000", 24_000],
    ] as const) {
      const stream = await client().textToSpeech.stream("sandboxVoiceOne", {
        text: "Your table is booked for Friday.",
        modelId: "eleven_flash_v2_5",
        languageCode: "en",
        outputFormat,
      });
      const bytes = await collect(stream as never);
      const samples = outputFormat === "ulaw_8000" ? decodeMulaw(bytes) : decodePcm16(bytes);
      expect(hear(samples, rate), outputFormat).toBe("Your table is booked for Friday.");
    }
    expect(vendor.httpTexts).toHaveLength(3);
  });

  test("answers convert, timestamps, voices and user", async () => {
    const request = { text: "Good morning.", modelId: "eleven_flash_v2_5", outputFormat: "ulaw_8000" } as const;
    expect(hear(decodeMulaw(await collect((await client().textToSpeech.convert("v", request)) as never)), 8_000)).toBe(
      "Good morning.",
    );
    const timed: { characters: string[]; characterStartTimesSeconds: number[] }[] = [];
    for await (const chunk of await client().textToSpeech.streamWithTimestamps("v", request))
      timed.push(chunk.alignment!);
    expect(timed.flatMap((chunk) => chunk.characters).join("")).toBe("Good morning. ");
    const starts = timed.flatMap((chunk) => chunk.characterStartTimesSeconds);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect((await client().voices.getAll()).voices.length).toBeGreaterThan(0);
    expect((await client().user.get()).subscription.tier).toBe("creator");
  });

  test("refuses with the vendor's bodies", async () => {
    const failure = async (run: Promise<unknown>) =>
      run.then(
        () => undefined,
        (error: unknown) => error as ElevenLabsError,
      );
    const good = { text: "Hi.", modelId: "eleven_flash_v2_5", outputFormat: "ulaw_8000" } as const;
    const wrongKey = await failure(client("invalid").textToSpeech.stream("v", good));
    expect(wrongKey).toBeInstanceOf(ElevenLabsError);
    expect(wrongKey).toMatchObject({ statusCode: 401, body: { detail: { status: "invalid_api_key" } } });
    const empty = await failure(client().textToSpeech.stream("v", { ...good, text: "" }));
    expect(empty).toMatchObject({ statusCode: 422, body: { detail: [{ loc: ["body", "text"] }] } });
    expect(await failure(client().textToSpeech.stream("v", { ...good, outputFormat: "mp3_44100_128" }))).toMatchObject({
      statusCode: 400,
    });
    expect(await failure(client().textToSpeech.stream("v", { ...good, modelId: "eleven_x" }))).toMatchObject({
      statusCode: 400,
    });
    expect(await failure(client().textToSpeech.stream("v", { ...good, languageCode: "ar-AE" }))).toMatchObject({
      statusCode: 400,
    });
    vendor.setFaults({ maxConcurrent: 0 });
    expect(await failure(client().textToSpeech.stream("v", good))).toMatchObject({
      statusCode: 429,
      body: { detail: { status: "too_many_concurrent_requests" } },
    });
  });

  test("a cut breaks the stream in mid-sentence", async () => {
    vendor.setFaults({ cutAfterMs: 300 });
    const stream = await client().textToSpeech.stream("v", {
      text: "One two three four five six.",
      modelId: "eleven_flash_v2_5",
      outputFormat: "ulaw_8000",
    });
    await expect(collect(stream as never)).rejects.toThrow();
  });
});

describe("stream-input", () => {
  test("speaks on flush, ends with isFinal after the empty text", async () => {
    const stream = await openSocket("stream-input", { query: "output_format=ulaw_8000" });
    stream.send({ text: " ", voice_settings: { stability: 0.5 } });
    stream.send({ text: "Hello " });
    stream.send({ text: "world. ", flush: true });
    stream.send({ text: " " });
    await stream.until((frame) => typeof frame.audio === "string");
    expect(stream.frames.some((frame) => frame.isFinal)).toBe(false);
    stream.send({ text: "Bye. " });
    stream.send({ text: "" });
    expect(await stream.closed).toBe(1000);
    expect(hearFrames(stream.frames)).toBe("Hello world. Bye.");
    expect(stream.frames.at(-1)).toMatchObject({ audio: null, isFinal: true });
    expect(stream.frames[0]).toMatchObject({ alignment: null });
    expect(vendor.sessions[0]?.spoken).toEqual(["Hello world.", "Bye."]);
  });

  test("waits for enough text unless told otherwise", async () => {
    const stream = await openSocket("stream-input", { query: "output_format=ulaw_8000" });
    stream.send({ text: " ", generation_config: { chunk_length_schedule: [50, 400] } });
    const sentence = "This sentence is somewhat longer than fifty letters are. ";
    for (const word of sentence.split(/(?<= )/)) stream.send({ text: word });
    stream.send({ text: "But not this. " });
    stream.send({ text: "" });
    await stream.closed;
    expect(vendor.sessions[0]?.spoken).toHaveLength(2);
    expect(hearFrames(stream.frames)).toBe(`${sentence}But not this.`);
  });

  test("the first message is a space, settings come in it only, and a key may", async () => {
    const early = await openSocket("stream-input");
    early.send({ text: "Hello " });
    expect(await early.closed).toBe(1008);
    const late = await openSocket("stream-input");
    late.send({ text: " " });
    late.send({ text: "Hello ", voice_settings: { stability: 0.1 } });
    expect(await late.closed).toBe(1008);
    const odd = await openSocket("multi-stream-input");
    odd.send({ text: " ", context_id: "ك".repeat(80) });
    odd.send({ voice_settings: { stability: 0.1 }, context_id: "ك".repeat(80) });
    expect(await odd.closed).toBe(1008);
    const keyless = await openSocket("stream-input", { key: undefined });
    keyless.send({ text: " ", "xi-api-key": "good" });
    keyless.send({ text: "Hi. " });
    await keyless.until((frame) => typeof frame.audio === "string");
    const wrong = await openSocket("stream-input", { key: undefined });
    wrong.send({ text: " " });
    expect(await wrong.closed).toBe(1008);
    expect(wrong.frames[0]).toMatchObject({ error: "invalid_api_key", code: 1008 });
  });

  test("silence of the client is input_timeout_exceeded", async () => {
    vendor.setFaults({ inactivityTimeoutMs: 60 });
    const stream = await openSocket("stream-input");
    stream.send({ text: " " });
    expect(await stream.closed).toBe(1008);
    expect(stream.frames.at(-1)).toMatchObject({ error: "input_timeout_exceeded", code: 1008 });
  });
});

describe("multi-stream-input", () => {
  const query =
    "model_id=eleven_flash_v2_5&output_format=ulaw_8000&auto_mode=true&sync_alignment=true&language_code=ar&inactivity_timeout=180";

  test("keeps contexts apart, aligns each frame, and says isFinal after close_context", async () => {
    const stream = await openSocket("multi-stream-input", { query });
    stream.send({ text: " ", context_id: "a", voice_settings: { stability: 0.5 } });
    stream.send({ text: "مرحبا بك. ", context_id: "a" });
    stream.send({ text: "Welcome to the clinic. ", context_id: "b" });
    stream.send({ text: "How can I help? ", context_id: "b" });
    stream.send({ context_id: "b", flush: true });
    stream.send({ context_id: "a", close_context: true });
    stream.send({ context_id: "b", close_context: true });
    await stream.until((frame) => frame.contextId === "a" && frame.isFinal === true);
    await stream.until((frame) => frame.contextId === "b" && frame.isFinal === true);
    expect(hearFrames(stream.of("a"))).toBe("مرحبا بك.");
    expect(hearFrames(stream.of("b"))).toBe("Welcome to the clinic. How can I help?");
    expect(stream.of("b").at(-1)).toEqual({ contextId: "b", isFinal: true, audio: null });
    const audio = stream.of("b").filter((frame) => frame.audio);
    expect(audio.flatMap((frame) => frame.alignment!.chars).join("")).toBe("Welcome to the clinic. How can I help? ");
    for (const frame of audio) {
      for (const startMs of frame.alignment!.charStartTimesMs) expect(startMs).toBeLessThanOrEqual(100);
      expect(frame.alignment!.charDurationsMs).toHaveLength(frame.alignment!.chars.length);
    }
  });

  test("the sixth open context ends the socket; a closed one makes room and its id is new again", async () => {
    const stream = await openSocket("multi-stream-input", { query });
    for (let i = 1; i <= 5; i++) stream.send({ text: " ", context_id: `c${i}` });
    stream.send({ context_id: "c1", close_context: true });
    stream.send({ text: " ", context_id: "c1", voice_settings: { stability: 0.2 } });
    stream.send({ text: "Still fine. ", context_id: "c1" });
    await stream.until((frame) => frame.contextId === "c1" && typeof frame.audio === "string");
    stream.send({ text: " ", context_id: "c6" });
    expect(await stream.closed).toBe(1008);
    expect(stream.frames.at(-1)).toMatchObject({ error: "max_active_conversations", code: 1008 });
  });

  test("without auto mode unflushed text is not spoken when its context is closed; close_socket says everything", async () => {
    const stream = await openSocket("multi-stream-input", { query: "output_format=ulaw_8000" });
    stream.send({ text: "Never said. ", context_id: "x" });
    stream.send({ context_id: "x", close_context: true });
    stream.send({ text: "Said at last. ", context_id: "y" });
    stream.send({ close_socket: true });
    expect(await stream.closed).toBe(1000);
    expect(hearFrames(stream.frames)).toBe("Said at last.");
    expect(stream.frames.filter((frame) => frame.isFinal).map((frame) => frame.contextId)).toEqual(["x", "y"]);
  });

  test("an idle context is closed while the socket lives on", async () => {
    vendor.setFaults({ inactivityTimeoutMs: 250 });
    const stream = await openSocket("multi-stream-input", { query });
    stream.send({ text: "", context_id: "kept" });
    stream.send({ text: " ", context_id: "idle" });
    const keep = setInterval(() => stream.send({ text: "", context_id: "kept" }), 30);
    await stream.until((frame) => frame.isFinal === true);
    clearInterval(keep);
    expect(stream.frames.map((frame) => frame.contextId)).toEqual(["idle"]);
    expect(stream.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("audio keeps to its pace", async () => {
    vendor.setFaults({ firstByteMs: 50, speed: 4, chunkMs: 100 });
    const stream = await openSocket("multi-stream-input", { query });
    const times: number[] = [];
    stream.socket.on("message", () => times.push(performance.now()));
    const before = performance.now();
    stream.send({ text: "This takes a while to say, does it not? ", context_id: "p" });
    stream.send({ context_id: "p", close_context: true });
    await stream.until((frame) => frame.isFinal === true);
    expect(times[0]! - before).toBeGreaterThanOrEqual(45);
    const chunks = times.length - 1;
    expect(chunks).toBeGreaterThan(15);
    const tookMs = times[chunks - 1]! - times[0]!;
    // Never faster than it was told; how much slower is the machine's affair.
    expect(tookMs - (chunks - 1) * 25).toBeGreaterThan(-40);
  });

  test("refusals and faults", async () => {
    const path = "/v1/text-to-speech/v/multi-stream-input";
    expect((await openRefused(`${path}?output_format=ulaw_8000`, "invalid")).status).toBe(403);
    const format = await openRefused(`${path}?output_format=opus_48000_32`);
    expect(format.status).toBe(400);
    expect(format.body.detail.message).toContain("output_format");
    expect((await openRefused(`${path}?output_format=ulaw_8000&model_id=eleven_v3`)).status).toBe(400);
    expect((await openRefused(`${path}?output_format=ulaw_8000&inactivity_timeout=181`)).status).toBe(400);
    vendor.setFaults({ cutAfterMs: 200 });
    const cut = await openSocket("multi-stream-input", { query });
    cut.send({ text: "One two three four. ", context_id: "c" });
    expect(await cut.closed).toBe(1006);
    expect(cut.frames).toHaveLength(2);
    vendor.setFaults({ cutAfterMs: null, stallAfterMs: 100, inactivityTimeoutMs: 150 });
    const stalled = await openSocket("multi-stream-input", { query });
    stalled.send({ text: "One two three four. ", context_id: "s" });
    stalled.send({ context_id: "s", close_context: true });
    expect(await stalled.closed).toBe(1008);
    expect(stalled.of("s").map((frame) => [typeof frame.audio, frame.isFinal])).toEqual([["string", null]]);
    expect(stalled.frames.at(-1)).toMatchObject({ error: "input_timeout_exceeded" });
    const response = await fetch(`${vendor.url}/_sandbox/settings`, { method: "POST", body: '{"speed":"fast"}' });
    expect(response.status).toBe(400);
  });
});

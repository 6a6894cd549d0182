import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { phoneFormat } from "../../audio/frame.ts";
import type { TranscriptEvent } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { describeSpeechToText, eventually } from "../conformance.ts";
import { createProviderIo } from "../provider-io.ts";
import { deepgram, selectDeepgramModel } from "./index.ts";
import { createBundler, createRecentAudio } from "./live-audio.ts";
import { deepgramSttOptions, novaLanguage } from "./options.ts";

interface Connection {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly audio: Buffer[];
  readonly texts: { type: string }[];
  readonly socket: WebSocket;
  send(message: object): void;
}

/** A vendor that refuses a wrong key as Deepgram does, and otherwise does what the script says. */
async function startVendor(script: (connection: Connection, audioMs: number) => void = () => undefined) {
  const connections: Connection[] = [];
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, raw, head) => {
    if (request.headers.authorization !== "Token good") {
      const body = '{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r-1"}';
      raw.end(
        `HTTP/1.1 401 Unauthorized\r\ndg-request-id: r-1\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, raw, head, (socket) => {
      const url = new URL(request.url ?? "", "ws://vendor");
      const bytesPerMs =
        (url.searchParams.get("encoding") === "mulaw" ? 1 : 2) * (Number(url.searchParams.get("sample_rate")) / 1000);
      const connection: Connection = {
        url,
        authorization: request.headers.authorization,
        audio: [],
        texts: [],
        socket,
        send: (message) => socket.send(JSON.stringify(message)),
      };
      connections.push(connection);
      let bytes = 0;
      socket.on("message", (data: Buffer, isBinary) => {
        if (isBinary && data.length === 0) return socket.close(1008, "DATA-0000");
        if (isBinary) connection.audio.push(data);
        else connection.texts.push(JSON.parse(data.toString()) as { type: string });
        if (isBinary) bytes += data.length;
        script(connection, bytes / bytesPerMs);
        if (connection.texts.at(-1)?.type === "CloseStream") socket.close(1000);
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    connections,
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: () => {
      for (const client of sockets.clients) client.terminate();
      http.close();
    },
  };
}

const results = (text: string, endMs: number, more: object = {}) => ({
  type: "Results",
  start: 0,
  duration: endMs / 1000,
  is_final: false,
  speech_final: false,
  channel: { alternatives: [{ transcript: text, words: [] }] },
  ...more,
});
const turn = (event: string, transcript: string, more: object = {}) => ({
  type: "TurnInfo",
  event,
  transcript,
  words: [],
  ...more,
});

function createStt(baseUrl: string, options: { model?: string; apiKey?: string } = {}) {
  const { model = "nova-3", apiKey = "good" } = options;
  const stt = deepgram.stt?.create({
    credentials: { apiKey, baseUrl },
    options: deepgramSttOptions.parse({ model }),
    io: createProviderIo(systemClock),
  });
  if (!stt) throw new Error("no recogniser");
  return stt;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function listen(stt: ReturnType<typeof createStt>, language = "en-US") {
  const events: TranscriptEvent[] = [];
  const abort = new AbortController();
  cleanups.push(() => abort.abort());
  const stream = stt.open({
    format: phoneFormat,
    language,
    keyterms: ["Acme", "root canal"],
    onEvent: (e) => events.push(e),
    signal: abort.signal,
  });
  return { stream, events, abort };
}

const voice = (value: number, durationMs = 20) => new Uint8Array(durationMs * 8).fill(value);

for (const [model, hears, settles] of [
  [
    "nova-3",
    (c: Connection) => c.send(results("hello", 1000)),
    (c: Connection) => c.send(results("hello", 1200, { is_final: true })),
  ],
  [
    "flux-general-en",
    (c: Connection) => c.send(turn("StartOfTurn", "hello")),
    (c: Connection) => c.send(turn("EndOfTurn", "hello", { trigger: "manual" })),
  ],
] as const) {
  describeSpeechToText(`Deepgram ${model}`, async (behaviour) => {
    const told = new WeakSet<Connection>();
    const vendor = await startVendor((connection, audioMs) => {
      if (audioMs >= 1000 && !told.has(connection)) {
        told.add(connection);
        hears(connection);
      }
      const last = connection.texts.at(-1)?.type;
      if (last === "Finalize" || last === "ForceEndTurn") settles(connection);
    });
    return {
      stt: createStt(vendor.baseUrl, { model, apiKey: behaviour === "refuses" ? "bad" : "good" }),
      received: () => Buffer.concat(vendor.connections.flatMap((connection) => connection.audio)),
      refusalWords: "Invalid credentials.",
      close: vendor.close,
    };
  });
}

describe("nova-3", () => {
  test("asks for what a call needs", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    listen(createStt(vendor.baseUrl), "ar-EG");
    await eventually(() => vendor.connections.length === 1, "the connection");
    const { url } = vendor.connections[0]!;
    expect(url.pathname).toBe("/v1/listen");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      model: "nova-3",
      encoding: "mulaw",
      sample_rate: "8000",
      language: "ar-EG",
      interim_results: "true",
      endpointing: "300",
      utterance_end_ms: "1000",
      vad_events: "true",
      smart_format: "true",
      punctuate: "true",
    });
    expect(url.searchParams.getAll("keyterm")).toEqual(["Acme", "root canal"]);
  });

  test("maps every message, and survives ones it does not know", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const { events } = listen(createStt(vendor.baseUrl));
    await eventually(() => vendor.connections.length === 1, "the connection");
    const [connection] = vendor.connections;
    connection!.socket.send("not json");
    connection!.send({ type: "Surprise" });
    connection!.send({ type: "SpeechStarted", timestamp: 0.3 });
    connection!.send(results("", 500));
    connection!.send(results("hello", 1000));
    connection!.send(results("hello there", 1300, { is_final: true, speech_final: true }));
    connection!.send({ type: "UtteranceEnd", last_word_end: 1.3 });
    await eventually(() => events.length >= 4, "four events");
    expect(events).toEqual([
      { type: "speech-started" },
      { type: "interim", text: "hello", audioEndMs: 1000 },
      { type: "final", text: "hello there", audioEndMs: 1300, endOfSpeech: true },
      { type: "utterance-end" },
    ]);
  });

  test("a cut line is dialled again once, with the audio no final covers, in the stream's own time", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const { stream, events } = listen(createStt(vendor.baseUrl));
    for (let i = 0; i < 50; i++) stream.sendAudio(voice(i));
    await eventually(() => Buffer.concat(vendor.connections[0]?.audio ?? []).length === 8000, "a second of audio");
    vendor.connections[0]!.send(results("first", 600, { is_final: true }));
    await eventually(() => events.length === 1, "the final");
    vendor.connections[0]!.socket.terminate();
    await eventually(() => vendor.connections.length === 2, "the second connection");
    stream.sendAudio(voice(99));
    await eventually(() => Buffer.concat(vendor.connections[1]!.audio).length >= 3360, "the replay");
    const replayed = Buffer.concat(vendor.connections[1]!.audio);
    expect([replayed[0], replayed[3199], replayed[3200], replayed.length]).toEqual([30, 49, 99, 3360]);
    vendor.connections[1]!.send(results("second", 420, { is_final: true }));
    await eventually(() => events.length === 2, "the second final");
    expect(events[1]).toMatchObject({ text: "second", audioEndMs: 1020 });
    vendor.connections[1]!.socket.close(1011, "NET-0000");
    await eventually(() => events.length === 3, "the failure");
    expect(events[2]).toMatchObject({ type: "failed", error: { category: "network", vendorMessage: "NET-0000" } });
  });

  test("keeps a quiet stream alive, with audio first", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const due: { atMs: number; run: () => void }[] = [];
    let nowMs = 0;
    const io = createProviderIo({
      now: () => nowMs,
      wallNow: () => nowMs,
      setTimer: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        due.push(timer);
        return () => void (due.includes(timer) && due.splice(due.indexOf(timer), 1));
      },
    });
    const abort = new AbortController();
    cleanups.push(() => abort.abort());
    const stt = deepgram.stt!.create({
      credentials: { apiKey: "good", baseUrl: vendor.baseUrl },
      options: deepgramSttOptions.parse({ model: "nova-3" }),
      io,
    });
    stt.open({ format: phoneFormat, language: "en", keyterms: [], onEvent: () => undefined, signal: abort.signal });
    await eventually(() => due.length === 1, "the keep-alive timer");
    for (let i = 0; i < 3; i++) {
      expect(due[0]!.atMs - nowMs).toBeLessThanOrEqual(4000);
      nowMs = due[0]!.atMs;
      due.shift()!.run();
    }
    await eventually(() => vendor.connections[0]!.texts.length === 2, "two keep-alives");
    expect(Buffer.concat(vendor.connections[0]!.audio)).toEqual(Buffer.alloc(160, 0xff));
    expect(vendor.connections[0]!.texts).toEqual([{ type: "KeepAlive" }, { type: "KeepAlive" }]);
  });

  test("closing says so to the vendor", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const { stream, abort } = listen(createStt(vendor.baseUrl));
    stream.sendAudio(voice(1));
    await eventually(() => vendor.connections[0]?.audio.length === 1, "audio");
    abort.abort();
    await eventually(() => vendor.connections[0]!.texts.some(({ type }) => type === "CloseStream"), "CloseStream");
  });
});

describe("Flux", () => {
  test("maps turns; a cut in the middle of one loses no word of it and repeats none", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const { stream, events } = listen(createStt(vendor.baseUrl, { model: "flux-general-en" }));
    for (let i = 0; i < 50; i++) stream.sendAudio(voice(i));
    await eventually(() => Buffer.concat(vendor.connections[0]?.audio ?? []).length === 8000, "a second of audio");
    const { url } = vendor.connections[0]!;
    expect(url.pathname).toBe("/v2/listen");
    expect(url.searchParams.get("language")).toBeNull();
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      eager_eot_threshold: "0.4",
      eot_threshold: "0.7",
      encoding: "mulaw",
    });
    vendor.connections[0]!.send(turn("Update", ""));
    vendor.connections[0]!.send(turn("StartOfTurn", "I need"));
    vendor.connections[0]!.send(turn("EagerEndOfTurn", "I need"));
    vendor.connections[0]!.send(turn("TurnResumed", "I need"));
    vendor.connections[0]!.send(turn("Update", "I need an", { words: [{ word: "an", start: 0.7, end: 0.8 }] }));
    await eventually(() => events.length === 4, "four turn events");
    vendor.connections[0]!.socket.terminate();
    await eventually(() => (vendor.connections[1]?.audio.length ?? 0) > 0, "the replay");
    expect(Buffer.concat(vendor.connections[1]!.audio)[0]).toBe(40);
    vendor.connections[1]!.send(turn("StartOfTurn", "appointment"));
    vendor.connections[1]!.send(turn("EndOfTurn", "appointment", { trigger: "model" }));
    vendor.connections[1]!.send(turn("StartOfTurn", "hello"));
    await eventually(() => events.length === 7, "the rest");
    expect(events.map((event) => ("text" in event ? `${event.type}: ${event.text}` : event.type))).toEqual([
      "turn-started: I need",
      "turn-ending: I need",
      "turn-resumed: I need",
      "turn-update: I need an",
      "turn-update: I need an appointment",
      "turn-ended: I need an appointment",
      "turn-started: hello",
    ]);
  });

  test("gets silence when no audio flows, never an empty frame", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    listen(createStt(vendor.baseUrl, { model: "flux-general-en" }));
    await eventually(
      () => Buffer.concat(vendor.connections[0]?.audio ?? []).length >= 4000,
      "half a second of silence",
    );
    expect(
      vendor.connections[0]!.audio.every((audio) => audio.length > 0 && audio.every((byte) => byte === 0xff)),
    ).toBe(true);
  });

  test("a fatal error is dialled again once, then told in the vendor's words", async () => {
    const vendor = await startVendor();
    cleanups.push(vendor.close);
    const { events } = listen(createStt(vendor.baseUrl, { model: "flux-general-en" }));
    for (const count of [1, 2]) {
      await eventually(() => vendor.connections.length === count, `connection ${count}`);
      vendor.connections.at(-1)!.send({ type: "Error", code: "INTERNAL_SERVER_ERROR", description: "It broke." });
    }
    await eventually(() => events.length === 1, "the failure");
    expect(events[0]).toMatchObject({ type: "failed", error: { category: "overloaded", vendorMessage: "It broke." } });
  });
});

describe("audio on its way", () => {
  test("speech goes at once, long silence in bundles of 60 ms, and no byte is lost", () => {
    const sizes: number[] = [];
    let total = 0;
    const bundler = createBundler(phoneFormat, (bytes) => {
      sizes.push(bytes.length);
      total += bytes.length;
    });
    for (let i = 0; i < 50; i++) bundler.push(voice(0xff));
    expect(new Set(sizes)).toEqual(new Set([160]));
    sizes.length = 0;
    for (let i = 0; i < 32; i++) bundler.push(voice(0xff));
    expect(new Set(sizes)).toEqual(new Set([480]));
    sizes.length = 0;
    bundler.push(voice(0x20));
    expect(sizes).toEqual([320, 160]);
    expect(total).toBe(83 * 160);
  });

  test("the ring gives back exactly its last stretch", () => {
    const recent = createRecentAudio(1000);
    for (let i = 0; i < 50; i++) recent.write(new Uint8Array(70).fill(i));
    expect(recent.end).toBe(3500);
    const { bytes, position } = recent.since(0);
    expect([bytes.length, position, bytes[0], bytes.at(-1)]).toEqual([1000, 2500, 35, 49]);
    expect([...recent.since(3499).bytes]).toEqual([49]);
  });
});

describe("the model for a language", () => {
  test.each([
    ["en-GB", undefined, "flux-general-en", true],
    ["es-MX", undefined, "flux-general-multi", true],
    ["ar-EG", undefined, "nova-3", false],
    ["en", "nova-2", "nova-2", false],
    ["en-US", "flux-general-en", "flux-general-en", true],
    ["ar", "flux-general-en", "nova-3", false],
  ] as const)("%s, configured %s: %s", (...row) => {
    expect(selectDeepgramModel(row[0], row[1])).toEqual({ model: row[2], decidesTurns: row[3] });
  });

  test("regions that nova-3 knows stay, others fall back to the language", () => {
    expect(["ar-EG", "ar-eg", "ar-XX", "en-US", "tr-TR", "ar"].map(novaLanguage)).toEqual([
      "ar-EG",
      "ar-EG",
      "ar",
      "en-US",
      "tr",
      "ar",
    ]);
  });
});

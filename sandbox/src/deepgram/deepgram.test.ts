import { once } from "node:events";
import { DeepgramClient } from "@deepgram/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { encodeMulaw, encodePcm16, synthesize } from "../voice/index.ts";
import { type DeepgramStandIn, startDeepgram } from "./start-deepgram.ts";

let vendor: DeepgramStandIn;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  vendor = await startDeepgram();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await vendor.close();
});

type Word = { word: string; start: number; end: number };
/** The fields of every kind of answer; a test reads those of the kind that it expects. */
type Message = {
  type: string;
  event: string;
  transcript: string;
  turn_index: number;
  sequence_id: number;
  audio_window_start: number;
  audio_window_end: number;
  end_of_turn_confidence: number;
  trigger: string;
  words: Word[];
  start: number;
  duration: number;
  timestamp: number;
  is_final: boolean;
  speech_final: boolean;
  from_finalize: boolean;
  channel: { alternatives: [{ transcript: string; words: Word[] }] };
};
const NOVA = "model=nova-3&encoding=mulaw&sample_rate=8000";
const FLUX = "model=flux-general-en&encoding=mulaw&sample_rate=8000";

async function speech(text: string, options: { language?: string; pauseMs?: number } = {}): Promise<Uint8Array> {
  const { samples } = await synthesize({
    text,
    language: options.language ?? "en",
    sampleRateHz: 8_000,
    voice: "synthetic",
  });
  return Buffer.concat([encodeMulaw(samples), silence(options.pauseMs ?? 600)]);
}

const silence = (durationMs: number): Uint8Array => new Uint8Array(durationMs * 8).fill(0xff);

async function openStream(path: string, key = "good") {
  const socket = new WebSocket(`${vendor.wsUrl}${path}`, { headers: { authorization: `Token ${key}` } });
  sockets.push(socket);
  const messages: Message[] = [];
  let arrived = () => {};
  socket.on("message", (data) => {
    messages.push(JSON.parse((data as Buffer).toString("utf8")));
    arrived();
  });
  await once(socket, "open");
  return {
    socket,
    messages,
    closed: once(socket, "close").then(([code, reason]) => ({
      code: code as number,
      reason: (reason as Buffer).toString("utf8"),
    })),
    play(audio: Uint8Array) {
      for (let i = 0; i < audio.length; i += 160) socket.send(audio.subarray(i, i + 160));
    },
    send: (message: object) => socket.send(JSON.stringify(message)),
    async until(wanted: (message: Message) => boolean): Promise<Message> {
      for (;;) {
        const found = messages.find(wanted);
        if (found) return found;
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
  };
}

/** The answer to an upgrade that is refused. */
async function openRefused(path: string, authorization = "Token good") {
  const socket = new WebSocket(`${vendor.wsUrl}${path}`, { headers: { authorization } });
  const [, response] = await once(socket, "unexpected-response");
  let body = "";
  for await (const chunk of response) body += chunk;
  socket.on("error", () => {});
  socket.terminate();
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(body) };
}

describe("/v1/listen", () => {
  test("through Deepgram's own client: interims, speech_final, UtteranceEnd, Metadata", async () => {
    const base = vendor.url;
    const client = new DeepgramClient({
      apiKey: "good",
      environment: { base, production: vendor.wsUrl, agent: base, agentRest: base },
    });
    const stream = await client.listen.v1.connect({
      Authorization: "Token good",
      model: "nova-3",
      encoding: "mulaw",
      sample_rate: 8_000,
      interim_results: "true",
      endpointing: 300,
      utterance_end_ms: 1_000,
      vad_events: "true",
      smart_format: "true",
      keyterm: ["Acme", "foo bar"],
      reconnectAttempts: 0,
    } as never);
    const messages: Message[] = [];
    const finished = new Promise<void>((resolve) => stream.on("close", () => resolve()));
    stream.on("message", (message) => messages.push(message as never));
    stream.connect();
    await stream.waitForOpen();
    const audio = await speech("Hello, I need a table for Friday.", { pauseMs: 1_500 });
    for (let i = 0; i < audio.length; i += 800) stream.sendMedia(Uint8Array.from(audio.subarray(i, i + 800)).buffer);
    stream.sendCloseStream({ type: "CloseStream" });
    await finished;

    const results = messages.filter((message) => message.type === "Results");
    const transcript = (message: Message) => message.channel.alternatives[0].transcript;
    const final = results.find((message) => message.speech_final)!;
    expect(transcript(final)).toBe("Hello, I need a table for Friday.");
    expect(final.channel.alternatives[0].words[0]).toMatchObject({ word: "hello", punctuated_word: "Hello," });
    expect(results.filter((message) => message.speech_final)).toHaveLength(1);
    const interims = results.filter((message) => !message.is_final);
    expect(interims.length).toBeGreaterThanOrEqual(5);
    expect(interims.some((message) => transcript(message) === "Hello, I")).toBe(true);
    expect(messages.find((message) => message.type === "SpeechStarted")?.timestamp).toBeCloseTo(0.01, 1);
    const lastWordEnd = final.channel.alternatives[0].words.at(-1)!.end;
    expect(final.start + final.duration).toBeCloseTo(lastWordEnd + 0.3, 1);
    expect(messages.find((message) => message.type === "UtteranceEnd")).toMatchObject({ last_word_end: lastWordEnd });
    expect(messages.at(-1)).toMatchObject({ type: "Metadata", channels: 1 });
    expect(vendor.sessions[0]?.query).toMatchObject({ keyterm: ["Acme", "foo bar"] });
  });

  test("audio in another encoding than the one declared is not understood", async () => {
    const { samples } = await synthesize({
      text: "Hello there, how are you?",
      sampleRateHz: 8_000,
      voice: "synthetic",
    });
    for (const [path, bytes] of [
      ["/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000", encodeMulaw(samples)],
      [`/v1/listen?${NOVA}`, encodePcm16(samples)],
      ["/v1/listen?model=nova-3&encoding=mulaw&sample_rate=16000", encodeMulaw(samples)],
    ] as const) {
      const stream = await openStream(path);
      stream.play(bytes);
      stream.send({ type: "CloseStream" });
      expect((await stream.closed).code).toBe(1000);
      const heard = stream.messages
        .filter((m) => m.type === "Results")
        .map((m) => m.channel.alternatives[0].transcript);
      expect(heard.join(""), path).toBe("");
    }
  });

  test("16-bit samples cut at odd places are put together", async () => {
    const { samples } = await synthesize({ text: "One two three.", sampleRateHz: 16_000, voice: "synthetic" });
    const stream = await openStream(
      "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&punctuate=true&endpointing=300",
    );
    const bytes = encodePcm16(Int16Array.from([...samples, ...new Int16Array(8_000)]));
    for (let i = 0; i < bytes.length; i += 333) stream.socket.send(bytes.subarray(i, i + 333));
    const final = await stream.until((message) => message.speech_final === true);
    expect(final.channel.alternatives[0].transcript).toBe("One two three.");
  });

  test("Arabic is written by ar and by multi, not by en", async () => {
    const text = "مرحبا، أريد حجز موعد.";
    for (const [language, expected] of [
      ["ar", text],
      ["ar-AE", text],
      ["multi", text],
      ["en", ""],
    ]) {
      const stream = await openStream(`/v1/listen?${NOVA}&language=${language}&smart_format=true&endpointing=300`);
      stream.play(await speech(text, { language: "ar" }));
      const final = await stream.until((message) => message.speech_final === true);
      expect(final.channel.alternatives[0].transcript, language).toBe(expected);
    }
  });

  test("Finalize freezes what was heard at once; without formatting the words are bare", async () => {
    const stream = await openStream(`/v1/listen?${NOVA}&endpointing=500`);
    stream.play(await speech("Yes, Please.", { pauseMs: 0 }));
    stream.send({ type: "Finalize" });
    const final = await stream.until((message) => message.from_finalize === true);
    expect(final.is_final).toBe(true);
    expect(final.channel.alternatives[0].transcript).toBe("yes please");
    expect(final.channel.alternatives[0].words[0]).not.toHaveProperty("punctuated_word");
  });

  test("a long stretch of talk is frozen in segments that add up", async () => {
    vendor.setFaults({ segmentMs: 2_000 });
    const text =
      "I would like to know whether you are open on Saturday because my brother wants to come along with his children";
    const stream = await openStream(`/v1/listen?${NOVA}&smart_format=true&endpointing=300`);
    stream.play(await speech(text));
    await stream.until((message) => message.speech_final === true);
    const finals = stream.messages.filter((message) => message.is_final);
    expect(finals.length).toBeGreaterThan(2);
    expect(
      finals
        .map((m) => m.channel.alternatives[0].transcript)
        .filter((part) => part !== "")
        .join(" "),
    ).toBe(text);
  });

  test("silence on the wire ends with NET-0001; KeepAlive helps only after audio", async () => {
    vendor.setFaults({ idleTimeoutMs: 150 });
    const stream = await openStream(`/v1/listen?${NOVA}`);
    const keepAlive = setInterval(() => stream.send({ type: "KeepAlive" }), 40);
    const closed = await stream.closed;
    clearInterval(keepAlive);
    expect(closed.code).toBe(1011);
    expect(closed.reason).toContain("net0001");
  });

  test("an empty binary frame closes the stream, and audio that cannot be decoded is DATA-0000", async () => {
    const empty = await openStream(`/v1/listen?${NOVA}`);
    empty.socket.send(new Uint8Array(0));
    expect((await empty.closed).code).toBe(1000);
    const opus = await openStream("/v1/listen?model=nova-3&encoding=opus&sample_rate=48000");
    opus.socket.send(new Uint8Array(100));
    expect(await opus.closed).toEqual({ code: 1008, reason: "DATA-0000" });
  });

  test.each([
    ["model=nova-9&encoding=mulaw&sample_rate=8000", "model"],
    ["encoding=mulaw&sample_rate=8000", "model"],
    ["model=nova-3&sample_rate=8000", "encoding"],
    ["model=nova-3&encoding=mulaw", "sample_rate"],
    [`${NOVA}&utterance_end_ms=1000`, "utterance_end_ms"],
    [`${NOVA}&interim_results=yes`, "interim_results"],
    [`${NOVA}&keywords=a:2`, "keywords"],
    ["model=nova-2&encoding=mulaw&sample_rate=8000&language=ar", "language"],
  ])("400 for %s", async (query, field) => {
    const refused = await openRefused(`/v1/listen?${query}`);
    expect(refused.status).toBe(400);
    expect(refused.headers["dg-error"]).toContain(field);
    expect(refused.body).toMatchObject({ err_code: "INVALID_QUERY_PARAMETER" });
  });
});

describe("/v2/listen", () => {
  test("through Deepgram's own client: a turn with an eager end, a resumption and an end", async () => {
    const base = vendor.url;
    const client = new DeepgramClient({
      apiKey: "good",
      environment: { base, production: vendor.wsUrl, agent: base, agentRest: base },
    });
    const stream = await client.listen.v2.connect({
      Authorization: "Token good",
      model: "flux-general-en",
      encoding: "mulaw",
      sample_rate: 8_000 as never,
      eot_threshold: 0.7 as never,
      eager_eot_threshold: 0.4 as never,
      reconnectAttempts: 0,
    });
    const messages: Message[] = [];
    const finished = new Promise<void>((resolve) => stream.on("close", () => resolve()));
    stream.on("message", (message) => messages.push(message as never));
    stream.connect();
    await stream.waitForOpen();
    const audio = Buffer.concat([
      await speech("I would like a table", { pauseMs: 150 }),
      await speech("for four people.", { pauseMs: 500 }),
      await speech("Thank you.", { pauseMs: 500 }),
    ]);
    for (let i = 0; i < audio.length; i += 640) stream.sendMedia(Uint8Array.from(audio.subarray(i, i + 640)).buffer);
    stream.sendCloseStream({ type: "CloseStream" });
    await finished;

    expect(messages.map((message) => message.sequence_id)).toEqual(messages.map((_, i) => i));
    expect(messages[0]?.type).toBe("Connected");
    const turns = messages.filter((message) => message.type === "TurnInfo");
    const changes = turns.filter((message) => message.event !== "Update");
    expect(changes.map((message) => [message.event, message.turn_index, message.transcript])).toEqual([
      ["StartOfTurn", 0, "I"],
      ["EagerEndOfTurn", 0, "I would like a table"],
      ["TurnResumed", 0, "I would like a table"],
      ["EagerEndOfTurn", 0, "I would like a table for four people."],
      ["EndOfTurn", 0, "I would like a table for four people."],
      ["StartOfTurn", 1, "Thank"],
      ["EagerEndOfTurn", 1, "Thank you."],
      ["EndOfTurn", 1, "Thank you."],
    ]);
    const [eager, end] = [changes[3]!, changes[4]!];
    const spokenEnd = end.words.at(-1)!.end;
    expect(eager.audio_window_end - spokenEnd).toBeCloseTo(0.12, 1);
    expect(end.audio_window_end - spokenEnd).toBeCloseTo(0.3, 1);
    expect(end.end_of_turn_confidence).toBeGreaterThanOrEqual(0.7);
    expect(end.trigger).toBe("model");
    const resumed = changes[2]!;
    const nextWord = end.words.find((word) => word.end > resumed.audio_window_end)!;
    expect(nextWord.end - resumed.audio_window_end).toBeGreaterThan(0.08);
    expect(changes[5]!.audio_window_start).toBe(end.audio_window_end);
    const updates = turns.filter((message) => message.event === "Update");
    expect(updates.length).toBeGreaterThan(6);
  });

  test("ForceEndTurn, the timeout, and Configure", async () => {
    const stream = await openStream(`/v2/listen?${FLUX}&eot_threshold=1.0&eot_timeout_ms=1000`);
    stream.play(await speech("Wait for me", { pauseMs: 600 }));
    stream.send({ type: "ForceEndTurn" });
    expect(await stream.until((m) => m.event === "EndOfTurn")).toMatchObject({
      trigger: "manual",
      transcript: "Wait for me",
      turn_index: 0,
    });
    stream.play(await speech("Again", { pauseMs: 1_200 }));
    expect(await stream.until((m) => m.event === "EndOfTurn" && m.turn_index === 1)).toMatchObject({
      trigger: "timeout",
    });
    stream.send({ type: "Configure", thresholds: { eager_eot_threshold: 0.9, eot_threshold: 0.8 } });
    await stream.until((m) => m.type === "ConfigureFailure");
    stream.send({ type: "Configure", thresholds: { eot_threshold: 0.6 }, keyterms: ["Acme"] });
    expect(await stream.until((m) => m.type === "ConfigureSuccess")).toMatchObject({
      thresholds: { eot_threshold: 0.6, eot_timeout_ms: 1_000 },
      keyterms: ["Acme"],
    });
    stream.play(await speech("Done", { pauseMs: 300 }));
    expect(await stream.until((m) => m.event === "EndOfTurn" && m.turn_index === 2)).toMatchObject({
      trigger: "model",
    });
    expect(stream.messages.some((m) => m.event === "EagerEndOfTurn")).toBe(false);
  });

  test("a message of v1 is an error", async () => {
    const stream = await openStream(`/v2/listen?${FLUX}`);
    stream.play(silence(100));
    stream.send({ type: "KeepAlive" });
    expect((await stream.closed).code).toBe(1008);
    expect(stream.messages.at(-1)).toMatchObject({ type: "Error" });
  });

  test.each([
    [`${FLUX}&eager_eot_threshold=0.8&eot_threshold=0.7`, "eager_eot_threshold"],
    [`${FLUX}&eot_threshold=0.2`, "eot_threshold"],
    [`${FLUX}&language=en`, "language"],
    [`${FLUX}&language_hint=es`, "language_hint"],
    ["model=nova-3&encoding=mulaw&sample_rate=8000", "model"],
  ])("400 for %s", async (query, field) => {
    const refused = await openRefused(`/v2/listen?${query}`);
    expect(refused.status).toBe(400);
    expect(refused.headers["dg-error"]).toContain(field);
  });
});

describe("keys and faults", () => {
  test("a wrong key is 401 on the socket and on GET /v1/projects", async () => {
    for (const authorization of ["Token invalid-key", "good", ""]) {
      const refused = await openRefused(`/v1/listen?${NOVA}`, authorization);
      expect(refused.status).toBe(401);
      expect(refused.headers["dg-error"]).toBe("Invalid credentials.");
      expect(refused.body.err_code).toBe("INVALID_AUTH");
    }
    const wrong = await fetch(`${vendor.url}/v1/projects`, { headers: { authorization: "Token invalid" } });
    expect(wrong.status).toBe(401);
    const right = await fetch(`${vendor.url}/v1/projects`, { headers: { authorization: "Token good" } });
    expect(((await right.json()) as { projects: unknown[] }).projects).toHaveLength(1);
  });

  test("are set over HTTP, and a wrong setting is named", async () => {
    const post = (body: string) => fetch(`${vendor.url}/_sandbox/settings`, { method: "POST", body });
    expect((await post('{"refuseStatus":503}')).status).toBe(200);
    expect((await openRefused(`/v1/listen?${NOVA}`)).status).toBe(503);
    const wrong = await post('{"refuseStatus":7}');
    expect(wrong.status).toBe(400);
    expect(((await wrong.json()) as { error: string }).error).toContain("refuseStatus");
    expect((await post('{"colour":1}')).status).toBe(400);
    expect((await post("nonsense")).status).toBe(400);
    expect(vendor.settings).toMatchObject({ refuseStatus: 503, interimEveryMs: 250 });
  });

  test("cut after a while, mute, slow, garbage", async () => {
    vendor.setFaults({ closeAfterMs: 50, closeCode: 1011, mute: true });
    const muted = await openStream(`/v2/listen?${FLUX}`);
    muted.play(await speech("Hello"));
    expect((await muted.closed).code).toBe(1011);
    expect(muted.messages).toEqual([]);
    expect(vendor.sessions[0]?.words).toEqual(["Hello"]);

    vendor.setFaults({ closeAfterMs: 10, closeCode: 1006 });
    expect((await (await openStream(`/v2/listen?${FLUX}`)).closed).code).toBe(1006);
    expect(() => vendor.setFaults({ closeCode: 1005 })).toThrow("closeCode");

    vendor.setFaults({ closeAfterMs: null, mute: false, processingDelayMs: 120 });
    const slow = await openStream(`/v2/listen?${FLUX}`);
    const before = performance.now();
    await slow.until((message) => message.type === "Connected");
    expect(performance.now() - before).toBeGreaterThan(80);

    vendor.setFaults({ processingDelayMs: 0, garbage: true });
    const socket = new WebSocket(`${vendor.wsUrl}/v2/listen?${FLUX}`, { headers: { authorization: "Token good" } });
    const [text] = await once(socket, "message");
    expect(() => JSON.parse((text as Buffer).toString("utf8"))).toThrow();
    socket.terminate();
  });
});

import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import type { AudioFormat } from "../../audio/frame.ts";
import { bytesForDuration, phoneFormat } from "../../audio/frame.ts";
import type { SpeechEvent } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { audioOf, describeTextToSpeech, eventually, type StartTts, speak } from "../conformance.ts";
import { createProviderIo } from "../provider-io.ts";
import { elevenlabs } from "./index.ts";
import { elevenLabsTtsOptions } from "./options.ts";
import { SegmentLedger } from "./segments.ts";

const charMs = 60;
const pcm16k: AudioFormat = { encoding: "pcm16", sampleRateHz: 16_000 };

/** What the scripted voice says for a text: 60 ms a character, each byte the character's code. */
function soundOf(text: string, format: AudioFormat): Buffer {
  return Buffer.concat(
    Array.from(text, (character) => Buffer.alloc(bytesForDuration(format, charMs), character.codePointAt(0)! & 0xff)),
  );
}

interface VendorScript {
  /** Characters of audio per message; they run across segments. */
  chunkChars?: number;
  aligned?: boolean;
  spelling?: "char" | "chars";
  refuseSocket?: boolean;
  refuseHttp?: boolean;
  /** Takes text and says nothing. */
  isDeaf?: boolean;
  /** Cuts the socket after this many audio messages. */
  cutAfter?: number;
}

interface Context {
  pending: string;
  isClosing: boolean;
}

async function startVendor(script: VendorScript = {}) {
  const { chunkChars = 7, aligned = true, spelling = "char" } = script;
  const sockets: { url: URL; messages: Record<string, unknown>[]; socket: WebSocket; maxOpen: number }[] = [];
  const requests: { text: string; url: string }[] = [];
  let audioMessages = 0;

  const formatOf = (url: URL): AudioFormat =>
    url.searchParams.get("output_format") === "pcm_16000" ? pcm16k : phoneFormat;
  const speakHttp = (response: ServerResponse, text: string, url: URL) => {
    const sound = soundOf(text, formatOf(url));
    for (let at = 0; at < sound.length; at += 777) response.write(sound.subarray(at, at + 777));
    response.end();
  };
  const http = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      if (script.refuseHttp || request.headers["xi-api-key"] !== "good") {
        response.writeHead(401).end('{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}');
        return;
      }
      const { text } = JSON.parse(body) as { text: string };
      requests.push({ text, url: request.url ?? "" });
      speakHttp(response, text, new URL(request.url ?? "", "http://vendor"));
    });
  });
  const server = new WebSocketServer({ noServer: true });

  function serve(socket: WebSocket, url: URL) {
    const contexts = new Map<string, Context>();
    const connection = { url, messages: [] as Record<string, unknown>[], socket, maxOpen: 0 };
    sockets.push(connection);
    const timer = setInterval(() => {
      for (const [contextId, context] of contexts) {
        if (script.isDeaf) continue;
        const text = context.pending.slice(0, chunkChars);
        context.pending = context.pending.slice(chunkChars);
        if (text !== "") {
          const chars = Array.from(text);
          const times = chars.map((_, index) => index * charMs);
          const alignment = aligned
            ? { chars, [`${spelling}StartTimesMs`]: times, [`${spelling}DurationsMs`]: times.map(() => charMs) }
            : null;
          socket.send(
            JSON.stringify({
              audio: soundOf(text, formatOf(url)).toString("base64"),
              contextId,
              isFinal: null,
              alignment,
            }),
          );
          if (++audioMessages === script.cutAfter) socket.terminate();
        } else if (context.isClosing) {
          contexts.delete(contextId);
          socket.send(JSON.stringify({ contextId, isFinal: true, audio: null }));
        }
      }
    }, 3);
    socket.on("close", () => clearInterval(timer));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Record<string, unknown>;
      connection.messages.push(message);
      const id = message["context_id"] as string | undefined;
      if (id === undefined) return;
      if (!contexts.has(id) && message["text"] !== " ") return;
      const context = contexts.get(id) ?? { pending: "", isClosing: false };
      contexts.set(id, context);
      connection.maxOpen = Math.max(connection.maxOpen, contexts.size);
      if (contexts.size > 5) {
        socket.send(
          JSON.stringify({
            message: "Maximum simultaneous contexts exceeded (5).",
            error: "max_active_conversations",
            code: 1008,
          }),
        );
        socket.close(1008);
      }
      if (typeof message["text"] === "string" && message["text"].trim() !== "") context.pending += message["text"];
      if (message["close_context"] === true) context.isClosing = true;
    });
  }
  http.on("upgrade", (request, raw, head) => {
    if (script.refuseSocket || request.headers["xi-api-key"] !== "good") {
      const status = script.refuseSocket ? 403 : 401;
      const body = '{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}';
      raw.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    server.handleUpgrade(request, raw, head, (socket) => serve(socket, new URL(request.url ?? "", "ws://vendor")));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    sockets,
    requests,
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close() {
      for (const client of server.clients) client.terminate();
      http.closeAllConnections();
      http.close();
    },
  };
}

function createTts(baseUrl: string, apiKey = "good") {
  return elevenlabs.tts!.create({
    credentials: { apiKey, baseUrl },
    options: elevenLabsTtsOptions.parse({ voiceId: "voice-1" }),
    io: createProviderIo(systemClock),
  });
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function start(script: VendorScript = {}) {
  const vendor = await startVendor(script);
  const tts = createTts(vendor.baseUrl);
  cleanups.push(
    () => tts.close?.(),
    () => vendor.close(),
  );
  return { ...vendor, tts };
}

for (const [name, script] of [
  ["aligned", {}],
  ["aligned, the other spelling", { spelling: "chars" }],
  ["without alignment", { aligned: false }],
  ["by HTTP alone", { refuseSocket: true }],
] as const) {
  const start: StartTts = async (behaviour) => {
    const vendor = await startVendor(script);
    const tts = createTts(vendor.baseUrl, behaviour === "refuses" ? "bad" : "good");
    return {
      tts,
      formats: [phoneFormat, pcm16k],
      close: () => {
        tts.close?.();
        vendor.close();
      },
    };
  };
  describeTextToSpeech(`ElevenLabs ${name}`, start, "Invalid API key");
}

const sentences = ["Good morning.", "How can I help?", "أهلا بيك، تحب تحجز؟", "Bye."];

function say(tts: ReturnType<typeof createTts>, format: AudioFormat = phoneFormat) {
  const reply = speak(tts, format);
  for (const sentence of sentences) reply.stream.push(sentence);
  reply.stream.end();
  return reply;
}

describe("attribution", () => {
  test.each([
    [1, phoneFormat],
    [7, phoneFormat],
    [1000, pcm16k],
  ] as const)("each segment gets exactly its sound, %i characters a message", async (chunkChars, format) => {
    const { tts } = await start({ chunkChars });
    const { events, over } = say(tts, format);
    await over();
    sentences.forEach((sentence, segment) => {
      expect(audioOf(events, segment).equals(soundOf(`${sentence} `, format))).toBe(true);
      const progress = events.flatMap((event) =>
        event.type === "audio" && event.segment === segment ? [event.chars ?? 0] : [],
      );
      expect(progress.at(-1)).toBe(sentence.length);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
    });
  });

  test("without alignment every byte still comes, in order", async () => {
    const { tts } = await start({ aligned: false });
    const { events, over } = say(tts);
    await over();
    const all = Buffer.concat(sentences.map((_, segment) => audioOf(events, segment)));
    expect(all.equals(soundOf(sentences.map((sentence) => `${sentence} `).join(""), phoneFormat))).toBe(true);
  });

  test("audio that comes after the last segment's end opens the next one", () => {
    const events: SpeechEvent[] = [];
    const ledger = new SegmentLedger(phoneFormat, (event) => events.push(event));
    ledger.push("A");
    ledger.take(Buffer.alloc(480, 1), { chars: ["A"], startTimesMs: [0] });
    ledger.finish();
    ledger.take(Buffer.alloc(80, 2), undefined);
    ledger.push("B");
    expect(audioOf(events, 1)).toEqual(Buffer.alloc(80, 2));
  });
});

describe("the shared socket", () => {
  test("asks for what a call needs, one socket and a context per reply", async () => {
    const { tts, sockets } = await start();
    tts.prewarm?.({ language: "en-US", format: phoneFormat });
    const replies = [say(tts), say(tts)];
    for (const reply of replies) await reply.over();
    expect(sockets).toHaveLength(1);
    const { url, messages } = sockets[0]!;
    expect(url.pathname).toBe("/v1/text-to-speech/voice-1/multi-stream-input");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      model_id: "eleven_flash_v2_5",
      output_format: "ulaw_8000",
      auto_mode: "true",
      sync_alignment: "true",
      inactivity_timeout: "180",
      language_code: "en",
    });
    const first = messages.filter((message) => message["context_id"] === "reply-0");
    expect(first[0]).toMatchObject({ text: " ", voice_settings: { stability: 0.5 } });
    expect(first.slice(1).every((message) => !("voice_settings" in message))).toBe(true);
    expect(first.at(-1)).toEqual({ context_id: "reply-0", close_context: true });
  });

  test("twelve replies at once share sockets with five contexts at most", async () => {
    const { tts, sockets } = await start();
    const replies = Array.from({ length: 12 }, () => say(tts));
    for (const { events, over } of replies) {
      await over();
      expect(audioOf(events, 1).equals(soundOf(`${sentences[1]} `, phoneFormat))).toBe(true);
    }
    expect(sockets).toHaveLength(3);
    expect(Math.max(...sockets.map(({ maxOpen }) => maxOpen))).toBe(5);
  });

  test("an abort closes the context, also of a reply that has not ended", async () => {
    const { tts, sockets } = await start();
    const reply = speak(tts, phoneFormat);
    reply.stream.push(sentences[1]!);
    await eventually(() => reply.events.length > 0, "audio");
    reply.abort.abort();
    await eventually(() => sockets[0]!.messages.some((message) => message["close_context"] === true), "close_context");
  });
});

describe("when the socket dies", () => {
  test("what it had not said comes by HTTP, and nothing twice", async () => {
    const { tts, requests } = await start({ cutAfter: 3, chunkChars: 7 });
    const { events, over } = say(tts);
    await over();
    expect(events.at(-1)).toEqual({ type: "done" });
    // 21 characters had come: the first sentence, and "How can" of the second.
    expect(audioOf(events, 0).equals(soundOf("Good morning. ", phoneFormat))).toBe(true);
    expect(requests.map(({ text }) => text)).toEqual(["I help?", sentences[2], sentences[3]]);
    expect(audioOf(events, 1).equals(soundOf("How canI help?", phoneFormat))).toBe(true);
    expect(audioOf(events, 3).equals(soundOf("Bye.", phoneFormat))).toBe(true);
  });

  test("a socket that takes text and says nothing is left for HTTP", async () => {
    const { tts, sockets } = await start({ isDeaf: true });
    const { events, over } = say(tts);
    await over();
    expect(events.at(-1)).toEqual({ type: "done" });
    expect(audioOf(events, 3).equals(soundOf("Bye.", phoneFormat))).toBe(true);
    expect(sockets[0]!.messages.at(-1)).toMatchObject({ close_context: true });
  });

  test("text pushed afterwards is spoken too, and a second failure is told", async () => {
    const { tts } = await start({ cutAfter: 1, refuseHttp: true });
    const reply = speak(tts, phoneFormat);
    reply.stream.push(sentences[0]!);
    await eventually(() => reply.events.some((event) => event.type === "segment-end"), "the cut segment's end");
    reply.stream.push(sentences[1]!);
    reply.stream.end();
    await reply.over();
    expect(reply.events.at(-1)).toMatchObject({
      type: "failed",
      error: { category: "auth", vendorMessage: "Invalid API key" },
    });
    expect(reply.events.filter((event) => event.type === "failed")).toHaveLength(1);
  });
});

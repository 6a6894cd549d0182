import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { createLogger } from "../boot/logger.ts";
import { readConfig } from "../config.ts";
import type { ProviderChoice } from "../entry/process-messages.ts";
import { systemClock } from "../kernel/clock.ts";
import { waitUntil } from "../testing/running-platform.ts";
import { createProviderBench } from "./provider-bench.ts";

/** Notes the key of each request and refuses it. */
async function startVendor() {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.writeHead(401, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { keys, baseUrl, close: () => void server.close() };
}

async function readAll(parts: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _part of parts) count++;
  return count;
}

test("an organisation's own key is used instead of the installation's, and only for its own calls", async () => {
  const vendor = await startVendor();
  const config = readConfig({ OPENAI_API_KEY: "installation", OPENAI_BASE_URL: vendor.baseUrl });
  const bench = await createProviderBench({ config, clock: systemClock, log: createLogger("fatal", "test") });
  const answer = async (choice: Partial<ProviderChoice>) => {
    const llm = [{ provider: "openai", options: {}, ...choice }];
    const plan = { language: "en-US" } as never;
    const expiresAtMs = Number.POSITIVE_INFINITY;
    const assignment = { plan, providers: { llm, tts: [] }, channel: "text" as const, token: "", expiresAtMs };
    const { languageModel } = bench.choose(assignment);
    const request = { instructions: "", context: "", messages: [{ role: "caller", text: "Hi" }] as const, tools: [] };
    const signal = new AbortController().signal;
    const parts = languageModel.generate({ ...request, language: "en-US", maxOutputTokens: 10, signal });
    await expect(readAll(parts)).rejects.toThrow();
  };
  try {
    await answer({ credentials: { apiKey: "of-org-1" } });
    expect(new Set(vendor.keys)).toEqual(new Set(["Bearer of-org-1"]));
    vendor.keys.length = 0;
    await answer({});
    expect(new Set(vendor.keys)).toEqual(new Set(["Bearer installation"]));
  } finally {
    bench.close();
    vendor.close();
  }
}, 30_000);

/** Takes a voice's sockets and says whose are open. */
async function startVoiceVendor() {
  const open = new Set<string>();
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, request) => {
    const key = String(request.headers["xi-api-key"]);
    open.add(key);
    socket.on("close", () => open.delete(key));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  return { open, baseUrl, close };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test("five hundred organisations with keys of their own: few are kept, what a call uses stays, the rest is closed", async () => {
  const vendor = await startVoiceVendor();
  const config = readConfig({
    DEEPGRAM_API_KEY: "x",
    ELEVENLABS_BASE_URL: vendor.baseUrl,
    OPENAI_BASE_URL: `${vendor.baseUrl}/v1`,
  });
  const bench = await createProviderBench({ config, clock: systemClock, log: createLogger("fatal", "test") });
  const choose = (organization: number) => {
    const credentials = { apiKey: `key-of-org-${organization}`, baseUrl: vendor.baseUrl };
    const own = (provider: string): ProviderChoice => ({ provider, options: {}, credentials });
    const plan = { language: "en-US" } as never;
    const providers = {
      stt: own("deepgram"),
      llm: [own("openai")],
      tts: [own("elevenlabs"), { provider: "builtin", options: {} }],
    };
    return bench.choose({ plan, providers, channel: "phone", token: "", expiresAtMs: Number.POSITIVE_INFINITY });
  };
  try {
    const busy = choose(0);
    busy.recogniserFor?.("ar-EG");
    for (let organization = 1; organization <= 100; organization++) choose(organization).release();
    const beforeBytes = heapBytes();
    for (let organization = 101; organization <= 500; organization++) choose(organization).release();
    expect(bench.kept()).toEqual({ recognisers: 64, models: 64, voices: 64 });
    await waitUntil(() => vendor.open.size === 64);
    await waitUntil(() => heapBytes() - beforeBytes < 8 * 1024 * 1024);
    expect(vendor.open.has("key-of-org-0")).toBe(true);
    expect(choose(0).textToSpeech).toBe(busy.textToSpeech);
    expect(choose(0).speechToText).toBe(busy.speechToText);
  } finally {
    bench.close();
    await waitUntil(() => vendor.open.size === 0);
    vendor.close();
  }
}, 60_000);

test("an agent of another language who takes over is heard by the same vendor in that language", async () => {
  const config = readConfig({ DEEPGRAM_API_KEY: "installation" });
  const bench = await createProviderBench({ config, clock: systemClock, log: createLogger("fatal", "test") });
  const stt: ProviderChoice = { provider: "deepgram", options: { model: "flux-general-en" } };
  const providers = { stt, llm: [{ provider: "builtin", options: {} }], tts: [{ provider: "builtin", options: {} }] };
  const plan = { language: "en-US" } as never;
  const chosen = bench.choose({ plan, providers, channel: "phone", token: "", expiresAtMs: 0 });
  expect(chosen.speechToText?.decidesTurns).toBe(true);
  const arabic = chosen.recogniserFor?.("ar-EG");
  expect(arabic).not.toBe(chosen.speechToText);
  expect(arabic).toMatchObject({ provider: "deepgram", model: "nova-3", decidesTurns: false });
  expect(chosen.recogniserFor?.("ar-EG")).toBe(arabic);
  expect(bench.kept().recognisers).toBe(2);
  chosen.release();
  bench.close();
}, 30_000);

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createLogger } from "../boot/logger.ts";
import { readConfig } from "../config.ts";
import type { ProviderChoice } from "../entry/process-messages.ts";
import { systemClock } from "../kernel/clock.ts";
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

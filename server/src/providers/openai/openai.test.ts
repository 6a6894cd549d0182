import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { testLanguageModel } from "../conformance-llm.ts";
import { chatWire } from "../conformance-llm-chat-wire.ts";
import { collectParts, modelRequest } from "../conformance-llm-wire.ts";
import type { ProviderIo } from "../provider.ts";
import { beginEvents, startScriptedServer } from "../scripted-server.ts";
import { openai } from "./index.ts";

const io: ProviderIo = {
  fetch: globalThis.fetch,
  clock: systemClock,
  connect: () => {
    throw new Error("no socket here");
  },
};

const create = (origin: string, apiKey: string, model?: string) =>
  openai.llm.create({
    credentials: { apiKey, baseUrl: `${origin}/v1` },
    options: openai.llm.options.parse(model === undefined ? {} : { model }),
    io,
  });

testLanguageModel({ name: "OpenAI", wire: chatWire({ usageAlone: true, wholeToolCalls: false }), create });

describe("OpenAI's own ways", () => {
  test("asks for usage and the key, and keeps reasoning models from thinking aloud", async () => {
    const server = await startScriptedServer();
    const wire = chatWire({ usageAlone: true, wholeToolCalls: false });
    server.answer((response) => {
      beginEvents(response);
      response.end(wire.text("Yes.") + wire.finish("stop"));
    });
    await collectParts(create(server.url, "k1"), modelRequest());
    await collectParts(create(server.url, "k1", "gpt-5-mini"), modelRequest());
    expect(server.requests[0]?.headers["authorization"]).toBe("Bearer k1");
    expect(server.requests[0]?.body).toMatchObject({
      model: "gpt-4.1-mini",
      max_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(server.requests[1]?.body).toMatchObject({ max_completion_tokens: 100, reasoning_effort: "minimal" });
    await server.close();
  });

  test("verify asks for the models and repeats the vendor's words", async () => {
    const server = await startScriptedServer();
    const credentials = { apiKey: "k1", baseUrl: `${server.url}/v1` };
    const signal = new AbortController().signal;
    server.answer((response) => response.end('{"data":[]}'));
    await openai.verify({ credentials, io, signal });
    expect(server.requests[0]).toMatchObject({ method: "GET", path: "/v1/models" });
    const body = {
      error: { message: "You exceeded your current quota.", type: "insufficient_quota", code: "insufficient_quota" },
    };
    server.answer((response) => response.writeHead(429).end(JSON.stringify(body)));
    await expect(openai.verify({ credentials, io, signal })).rejects.toMatchObject({
      category: "auth",
      vendorMessage: "You exceeded your current quota.",
    });
    await server.close();
  });
});

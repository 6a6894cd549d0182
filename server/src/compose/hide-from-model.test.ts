/** Through the real adapter, over HTTP: what leaves this process is looked at, and what comes back to the call. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { createLogger } from "../boot/logger.ts";
import type { ConversationMessage, LanguageModel, ModelPart } from "../call/ports.ts";
import { readConfig } from "../config.ts";
import { systemClock } from "../kernel/clock.ts";
import { hideFromModel } from "./hide-from-model.ts";
import { createProviderBench } from "./provider-bench.ts";

const delta = (content: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: content, finish_reason: finish }] })}\n\n`;

const bookingCall = {
  index: 0,
  id: "t1",
  type: "function",
  function: { name: "book", arguments: '{"phone":"[phone-1]"}' },
};
const reply = [
  ...["I call you on [pho", "ne-1", "] or write to ", "[email-1]."].map((content) => delta({ content })),
  delta({ tool_calls: [bookingCall] }),
  delta({}, "tool-calls".replace("-", "_")),
  "data: [DONE]\n\n",
];

async function startVendor() {
  const bodies: string[] = [];
  const state = { isDown: false };
  const server = createServer((request, response) => {
    void (async () => {
      let body = "";
      for await (const piece of request) body += String(piece);
      // A connection opened ahead asks for nothing.
      if (body !== "") bodies.push(body);
      if (state.isDown) return void response.writeHead(401, { "content-type": "application/json" }).end("{}");
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const part of reply) response.write(part);
      response.end();
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const config = readConfig({ MISTRAL_API_KEY: "key", MISTRAL_BASE_URL: baseUrl });
  const bench = await createProviderBench({ config, clock: systemClock, log: createLogger("fatal", "test") });
  const plan = { language: "en-US" } as never;
  const llm = ["mistral", "builtin"].map((provider) => ({ provider, options: {} }));
  const chosen = bench.choose({ plan, providers: { llm, tts: [] }, channel: "text", token: "", expiresAtMs: Infinity });
  const close = () => {
    chosen.release();
    bench.close();
    server.close();
  };
  return { bodies, state, model: chosen.languageModel, close };
}

const messages: readonly ConversationMessage[] = [
  { role: "caller", text: "I am on +44 7911 123456, write to sara@mail.example" },
  {
    role: "agent",
    text: "One moment.",
    toolCalls: [{ id: "t0", name: "look_up", input: { phone: "+44 7911 123456" } }],
  },
  {
    role: "tool",
    ...{ toolCallId: "t0", name: "look_up", failed: false },
    output: { card: "4111111111111111", nationalId: "AB 12 34 56 C", phones: ["+447911123456"] },
  },
  { role: "caller", text: "Yes please" },
];

async function ask(model: LanguageModel, instructions = "You know: +44 7911 123456."): Promise<ModelPart[]> {
  const parts: ModelPart[] = [];
  const tools = [{ name: "book", description: "Books.", inputSchema: { type: "object" }, effect: "write" as const }];
  const request = { instructions, context: "Their other number is +44 7911 123457.", messages, tools };
  const more = { language: "en-US", maxOutputTokens: 50, signal: new AbortController().signal };
  for await (const part of model.generate({ ...request, ...more })) parts.push(part);
  return parts;
}

const textOf = (parts: readonly ModelPart[]) => parts.map((part) => (part.type === "text" ? part.text : "")).join("");

describe("a call whose plan hides personal data from models", () => {
  const everything = { kinds: ["card", "national-id", "iban", "email", "phone"] as const, country: "GB" };

  test("no vendor is sent a number, an address or a card; the caller hears them and the tool gets them", async () => {
    const vendor = await startVendor();
    try {
      const parts = await ask(hideFromModel(vendor.model, everything));
      expect(vendor.bodies).toHaveLength(1);
      expect(vendor.bodies[0]).not.toMatch(/7911|12345[67]|sara|4111|AB 12|34 56/);
      for (const name of ["[phone-1]", "[phone-2]", "[email-1]", "[card number]", "[national id]"]) {
        expect(vendor.bodies[0]).toContain(name);
      }
      expect(textOf(parts)).toBe("I call you on +44 7911 123456 or write to sara@mail.example.");
      const call = parts.find((part) => part.type === "tool-call");
      expect(call).toMatchObject({ call: { id: "t1", name: "book", input: { phone: "+44 7911 123456" } } });
      expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
    } finally {
      vendor.close();
    }
  }, 20_000);

  test("without it the model reads what was said; another call of the same chain is not touched", async () => {
    const vendor = await startVendor();
    try {
      await ask(hideFromModel(vendor.model, everything));
      expect(textOf(await ask(vendor.model))).toContain("[phone-1]");
      expect(vendor.bodies[1]).toContain("+44 7911 123456");
    } finally {
      vendor.close();
    }
  }, 20_000);

  test("when the vendor fails, the built-in model reads what was really said: it stays in this process", async () => {
    const vendor = await startVendor();
    try {
      vendor.state.isDown = true;
      const parts = await ask(hideFromModel(vendor.model, everything));
      expect(vendor.bodies.join("")).not.toMatch(/7911|sara/);
      expect(textOf(parts)).not.toMatch(/\[phone|\[email/);
      expect(textOf(parts).length).toBeGreaterThan(0);
    } finally {
      vendor.close();
    }
  }, 20_000);
});

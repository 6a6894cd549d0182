import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { testLanguageModel } from "../conformance-llm.ts";
import { chatWire } from "../conformance-llm-chat-wire.ts";
import { collectParts, modelRequest, textOf } from "../conformance-llm-wire.ts";
import { beginEvents, startScriptedServer } from "../scripted-server.ts";
import { openaiCompatible } from "./index.ts";

const wire = chatWire({ usageAlone: true, wholeToolCalls: false });

const createWith = (toolCalling: "native" | "text" | "auto") => (origin: string, apiKey: string) =>
  openaiCompatible.llm.create({
    credentials: { apiKey, baseUrl: `${origin}/v1` },
    options: { model: "llama3.1:8b", toolCalling },
    io: {
      fetch: globalThis.fetch,
      clock: systemClock,
      connect: () => {
        throw new Error("no socket here");
      },
    },
  });

testLanguageModel({ name: "OpenAI-compatible", wire, create: createWith("auto") });

describe("local servers", () => {
  const book = { name: "book", description: "Books.", inputSchema: { type: "object" }, effect: "write" as const };

  test("no key, no authorization header; system text only at the start", async () => {
    const server = await startScriptedServer();
    server.answer((response) => {
      beginEvents(response);
      response.end(wire.text("Yes.") + wire.finish("stop"));
    });
    await collectParts(
      createWith("auto")(server.url, ""),
      modelRequest({ messages: [{ role: "agent", text: "Hello." }] }),
    );
    expect(server.requests[0]?.headers["authorization"]).toBeUndefined();
    const roles = wire.promptOf(server.requests[0]?.body).map((message) => (message as { role: string }).role);
    expect(roles).toEqual(["system", "user", "assistant", "user"]);
    await server.close();
  });

  test("a server without tools is given them as text, and its calls are heard as calls", async () => {
    const server = await startScriptedServer();
    server.answer((response, request) => {
      if ((request.body as { tools?: unknown }).tools !== undefined) {
        const message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
        return void response
          .writeHead(400)
          .end(JSON.stringify({ object: "error", message, type: "BadRequestError", code: 400 }));
      }
      beginEvents(response);
      response.end(wire.text("Yes.\n[TOO") + wire.text('L book {"t":1}') + wire.text("]") + wire.finish("stop"));
    });
    const parts = await collectParts(createWith("auto")(server.url, "k"), modelRequest({ tools: [book] }));
    expect(textOf(parts).trim()).toBe("Yes.");
    expect(parts.find((part) => part.type === "tool-call")).toMatchObject({ call: { name: "book", input: { t: 1 } } });
    await server.close();
  });

  test("several whole calls under one index, arguments as an object, and no id", async () => {
    const server = await startScriptedServer();
    const delta = (calls: object[]) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: calls } }] })}\n\n`;
    server.answer((response) => {
      beginEvents(response);
      const one = delta([{ index: 0, id: "call_a", function: { name: "book", arguments: '{"t":1}' } }]);
      const two = delta([{ index: 0, id: "call_b", function: { name: "book", arguments: { t: 2 } } }]);
      response.end(one + two + delta([{ index: 1, function: { name: "book", arguments: "" } }]) + wire.finish("stop"));
    });
    const parts = await collectParts(createWith("native")(server.url, "k"), modelRequest({ tools: [book] }));
    const calls = parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []));
    expect(calls.map((call) => call.input)).toEqual([{ t: 1 }, { t: 2 }, {}]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(3);
    expect(parts.at(-1)).toEqual({ type: "finish", reason: "tool-calls" });
    await server.close();
  });

  test("thinking and tool calls that slip into the text are not spoken, and the call is made", async () => {
    const server = await startScriptedServer();
    server.answer((response) => {
      beginEvents(response);
      const leak = [
        "<thi",
        "nk>The caller",
        " wants one.</think>",
        "One moment.",
        "<tool_",
        'call>{"name":"book","argu',
        'ments":{"t":1}}</tool_call>',
      ];
      response.end(leak.map((piece) => wire.text(piece)).join("") + wire.finish("stop"));
    });
    const parts = await collectParts(createWith("native")(server.url, "k"), modelRequest({ tools: [book] }));
    expect(textOf(parts)).toBe("One moment.");
    expect(parts.slice(1).map((part) => part.type)).toEqual(["tool-call", "usage", "finish"]);
    await server.close();
  });
});

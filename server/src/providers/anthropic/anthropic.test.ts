import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { testLanguageModel } from "../conformance-llm.ts";
import { collectParts, type LlmWire, modelRequest } from "../conformance-llm-wire.ts";
import { beginEvents, startScriptedServer } from "../scripted-server.ts";
import { anthropic } from "./index.ts";

const event = (type: string, body: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
const block = (index: number, start: object, deltas: readonly object[]) =>
  event("content_block_start", { index, content_block: start }) +
  deltas.map((delta) => event("content_block_delta", { index, delta })).join("") +
  event("content_block_stop", { index });

const reasons = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use" };
const startUsage = { input_tokens: 5, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

const wire: LlmWire = {
  path: "/v1/messages",
  start:
    event("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: startUsage,
      },
    }) + event("ping", {}),
  text: (text) => block(0, { type: "text", text: "" }, [{ type: "text_delta", text }]),
  toolCalls: (calls) =>
    calls
      .map((call, index) =>
        block(
          index + 1,
          { type: "tool_use", id: call.id, name: call.name, input: {} },
          call.pieces.map((piece) => ({ type: "input_json_delta", partial_json: piece })),
        ),
      )
      .join(""),
  finish: (reason) =>
    event("message_delta", {
      delta: { stop_reason: reasons[reason], stop_sequence: null },
      usage: { output_tokens: 3 },
    }) + event("message_stop", {}),
  midStreamError: (message) => event("error", { error: { type: "overloaded_error", message } }),
  errorBody: (kind, message) => ({
    type: "error",
    error: { type: kind === "auth" ? "authentication_error" : "rate_limit_error", message },
    request_id: "req_9",
  }),
  promptOf(body) {
    const { system, messages, tools } = body as { system: unknown[]; messages: unknown[]; tools?: unknown[] };
    return [...(tools ?? []), ...system, ...messages];
  },
};

const create = (origin: string, apiKey: string) =>
  anthropic.llm.create({
    credentials: { apiKey, baseUrl: origin },
    options: anthropic.llm.options.parse({}),
    io: {
      fetch: globalThis.fetch,
      clock: systemClock,
      connect: () => {
        throw new Error("no socket here");
      },
    },
  });

testLanguageModel({ name: "Anthropic", wire, create });

test("marks the instructions for the vendor's cache and sends the key in its own header", async () => {
  const server = await startScriptedServer();
  server.answer((response) => {
    beginEvents(response);
    response.end(wire.start + wire.text("Yes.") + wire.finish("stop"));
  });
  await collectParts(create(server.url, "k1"), modelRequest());
  expect(server.requests[0]?.headers).toMatchObject({ "x-api-key": "k1", "anthropic-version": "2023-06-01" });
  expect(server.requests[0]?.body).toMatchObject({
    max_tokens: 100,
    system: [{ type: "text", text: "You answer the phone.", cache_control: { type: "ephemeral" } }],
  });
  await server.close();
});

import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../control/until.ts";
import type { ModelOptions, ModelStandIn } from "../language-model/start-model.ts";
import { startAnthropic } from "./start-anthropic.ts";

const running: ModelStandIn[] = [];

async function open(options: ModelOptions = {}, apiKey = "key") {
  const vendor = await startAnthropic(options);
  running.push(vendor);
  return { vendor, client: new Anthropic({ apiKey, baseURL: vendor.url, maxRetries: 0 }) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((vendor) => vendor.close()));
});

const model = "claude-haiku-4-5";
const say = (content: string) => ({ role: "user" as const, content });
const tools = [
  {
    name: "book_appointment",
    input_schema: {
      type: "object" as const,
      properties: { starts_at: { type: "string", format: "date-time" } },
      required: ["starts_at"],
    },
  },
];

test("text is streamed with usage", async () => {
  const { client, vendor } = await open();
  const message = await client.messages
    .stream({ model, max_tokens: 200, messages: [say("My crown fell out yesterday")] })
    .finalMessage();
  expect(message.content[0]).toMatchObject({
    type: "text",
    text: expect.stringMatching(/crown and fell and out and yesterday|crown/),
  });
  expect(message.stop_reason).toBe("end_turn");
  expect(message.usage.output_tokens).toBeGreaterThan(20);
  await until(() => vendor.requests[0]?.finished === true);
});

test("a tool is called and its result spoken about, in Arabic", async () => {
  const { client } = await open();
  const asked = say("عايز أحجز ميعاد يوم التلات الساعة 3:00");
  const first = await client.messages
    .stream({ model, max_tokens: 300, system: "Today is 2026-11-20.", messages: [asked], tools })
    .finalMessage();
  expect(first.stop_reason).toBe("tool_use");
  const use = first.content.find((block) => block.type === "tool_use")!;
  expect(use.input).toEqual({ starts_at: "2026-11-24T15:00:00" });
  const result = { type: "tool_result" as const, tool_use_id: use.id, content: '{"ok":true}' };
  const second = await client.messages.create({
    model,
    max_tokens: 300,
    messages: [asked, { role: "assistant", content: first.content }, { role: "user", content: [result] }],
    tools,
  });
  expect(second.content[0]).toMatchObject({ type: "text", text: expect.stringMatching(/تم الحجز/) });
});

test("no more than max_tokens", async () => {
  const { client } = await open();
  const message = await client.messages.create({ model, max_tokens: 5, messages: [say("hello there")] });
  expect(message).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 5 } });
});

describe("refused", () => {
  const use = { type: "tool_use", id: "toolu_1", name: "book_appointment", input: {} };
  const result = { type: "tool_result", tool_use_id: "toolu_1", content: "{}" };
  const rows: [string, object, [number, RegExp]][] = [
    ["no max_tokens", { max_tokens: undefined, messages: [say("hi")] }, [400, /max_tokens: Field required/]],
    [
      "a system role",
      { messages: [{ role: "system", content: "x" }, say("hi")] },
      [400, /messages\.0\.role: Unexpected role/],
    ],
    ["an assistant first", { messages: [{ role: "assistant", content: "hi" }] }, [400, /first message must use/]],
    [
      "a result without a call",
      { messages: [say("hi"), { role: "user", content: [result] }] },
      [400, /unexpected `tool_use_id`/],
    ],
    [
      "a call without a result",
      { messages: [say("hi"), { role: "assistant", content: [use] }, say("so?")] },
      [400, /were found without `tool_result`/],
    ],
    [
      "a schema that is no object",
      { messages: [say("hi")], tools: [{ name: "x", input_schema: { type: "string" } }] },
      [400, /input_schema/],
    ],
    ["empty text", { messages: [say("hi"), { role: "assistant", content: " " }, say("x")] }, [400, /non-whitespace/]],
    ["an unknown model", { model: "unknown-model", messages: [say("hi")] }, [404, /unknown-model/]],
  ];
  test.each(rows)("%s", async (_name, change, [status, words]) => {
    const { client } = await open();
    const asked = client.post("/v1/messages", { body: { model, max_tokens: 50, ...change } });
    await expect(asked).rejects.toMatchObject({ status, message: expect.stringMatching(words) });
  });

  test("a wrong key, and an overload, in the vendor's words", async () => {
    const { client } = await open({ apiKey: "right" }, "wrong");
    await expect(client.models.list()).rejects.toMatchObject({
      status: 401,
      error: { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } },
    });
    const busy = await open({ settings: { refuseStatus: 529 } });
    const asked = busy.client.messages.create({ model, max_tokens: 9, messages: [say("hi")] });
    await expect(asked).rejects.toMatchObject({ status: 529, error: { error: { type: "overloaded_error" } } });
  });

  test("a request without the version header", async () => {
    const { vendor } = await open();
    const answer = await fetch(`${vendor.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "key" },
      body: "{}",
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("request-id")).toMatch(/^req_/);
    expect(await answer.text()).toMatch(/anthropic-version/);
  });
});

test("an error in the stream, and an abort that is seen", async () => {
  const { client, vendor } = await open({ settings: { errorAfterTokens: 3 } });
  const ask = () => client.messages.stream({ model, max_tokens: 200, messages: [say("hello there")] });
  await expect(ask().finalMessage()).rejects.toThrow(/overloaded/i);
  vendor.setFaults({ errorAfterTokens: null, tokensPerSecond: 200 });
  const stream = ask();
  let seen = 0;
  stream.on("text", () => {
    if (++seen === 10) stream.abort();
  });
  await expect(stream.finalMessage()).rejects.toThrow(/abort/i);
  await until(() => vendor.requests[1]?.disconnected === true);
  expect(vendor.requests[1]!.tokensSent).toBeLessThan(vendor.requests[1]!.tokensPlanned);
});

test("models are listed", async () => {
  const { client } = await open();
  expect((await client.models.list()).data.map((each) => each.id)).toContain(model);
});

import { Mistral } from "@mistralai/mistralai";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../control/until.ts";
import type { ModelOptions, ModelStandIn } from "../language-model/start-model.ts";
import { startMistral } from "./start-mistral.ts";

const running: ModelStandIn[] = [];

async function open(options: ModelOptions = {}, apiKey = "key") {
  const vendor = await startMistral(options);
  running.push(vendor);
  return { vendor, client: new Mistral({ apiKey, serverURL: vendor.url, retryConfig: { strategy: "none" } }) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((vendor) => vendor.close()));
});

const model = "mistral-small-latest";
const say = (content: string) => ({ role: "user" as const, content });
const tools = [
  {
    type: "function" as const,
    function: {
      name: "book_appointment",
      parameters: {
        type: "object",
        properties: { date: { type: "string" }, time: { type: "string" } },
        required: ["date", "time"],
      },
    },
  },
];

test("text is streamed, with usage in the last chunk", async () => {
  const { client, vendor } = await open();
  const stream = await client.chat.stream({ model, messages: [say("How much is a root canal?")] });
  let text = "";
  let last: unknown;
  for await (const { data } of stream) {
    expect(data.choices.length).toBe(1);
    const { content } = data.choices[0]!.delta;
    text += typeof content === "string" ? content : "";
    last = data;
  }
  expect(text).toMatch(/root and canal/);
  expect(last).toMatchObject({ choices: [{ finishReason: "stop" }], usage: { completionTokens: expect.any(Number) } });
  await until(() => vendor.requests[0]?.finished === true);
});

test("a tool call comes whole and its result is spoken about", async () => {
  const { client } = await open();
  const messages = [
    { role: "system" as const, content: "Today is 2026-11-20." },
    say("Can I come in for a check up on Monday at 9:30?"),
  ];
  const stream = await client.chat.stream({ model, messages, tools });
  const calls = [];
  for await (const { data } of stream) calls.push(...(data.choices[0]!.delta.toolCalls ?? []));
  expect(calls.length).toBe(1);
  const call = calls[0]!;
  expect(call.id).toMatch(/^[a-zA-Z0-9]{9}$/);
  expect(JSON.parse(call.function.arguments as string)).toEqual({ date: "2026-11-23", time: "09:30" });
  const second = await client.chat.complete({
    model,
    tools,
    messages: [
      ...messages,
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", name: "book_appointment", toolCallId: call.id!, content: '{"ok":true}' },
    ],
  });
  expect(second.choices[0]!.message!.content).toMatch(/is booked/);
});

describe("refused", () => {
  const call = (id: string) => ({
    role: "assistant",
    content: "",
    tool_calls: [{ id, function: { name: "x", arguments: "{}" } }],
  });
  const rows: [string, object, RegExp][] = [
    ["an unknown role", { messages: [{ role: "caller", content: "x" }] }, /messages\.0\.role/],
    [
      "an assistant at the end",
      { messages: [say("x"), { role: "assistant", content: "y" }] },
      /Expected last role User or Tool/,
    ],
    [
      "a result without a call",
      { messages: [say("x"), { role: "tool", tool_call_id: "abcdefghi", content: "{}" }] },
      /Unexpected tool call id/,
    ],
    ["a call without a result", { messages: [say("x"), call("abcdefghi"), say("y")] }, /same number of function calls/],
    [
      "an id that is not nine characters",
      { messages: [say("x"), call("call_1"), { role: "tool", tool_call_id: "call_1", content: "" }] },
      /length of 9/,
    ],
    [
      "a schema that is no object",
      { messages: [say("x")], tools: [{ type: "function", function: { name: "x", parameters: { type: "array" } } }] },
      /parameters/,
    ],
  ];
  test.each(rows)("%s", async (_name, change, words) => {
    const { vendor } = await open();
    const answer = await fetch(`${vendor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer key" },
      body: JSON.stringify({ model, ...change }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(words);
  });

  test("a wrong key", async () => {
    const { client } = await open({ apiKey: "right" }, "wrong");
    await expect(client.chat.complete({ model, messages: [say("x")] })).rejects.toMatchObject({ statusCode: 401 });
  });
});

test("an abort is seen, and models are listed", async () => {
  const { client, vendor } = await open({ settings: { tokensPerSecond: 200 } });
  const control = new AbortController();
  const stream = await client.chat.stream({ model, messages: [say("hello there")] }, { signal: control.signal });
  let seen = 0;
  const read = async () => {
    for await (const _event of stream) if (++seen === 8) control.abort();
  };
  await read().catch(() => undefined);
  await until(() => vendor.requests[0]?.disconnected === true);
  expect(vendor.requests[0]!.tokensSent).toBeLessThan(vendor.requests[0]!.tokensPlanned);
  expect(JSON.stringify((await client.models.list()).data)).toContain(`"id":"${model}"`);
});

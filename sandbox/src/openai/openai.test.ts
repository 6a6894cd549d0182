import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../control/until.ts";
import type { ModelOptions, ModelStandIn } from "../language-model/start-model.ts";
import { startOpenAi } from "./start-openai.ts";

const running: ModelStandIn[] = [];

async function open(options: ModelOptions = {}, apiKey = "key") {
  const vendor = await startOpenAi(options);
  running.push(vendor);
  return { vendor, client: new OpenAI({ apiKey, baseURL: `${vendor.url}/v1`, maxRetries: 0 }) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((vendor) => vendor.close()));
});

const model = "gpt-4.1-mini";
const say = (content: string) => ({ role: "user" as const, content });
const bookTool = {
  type: "function" as const,
  function: {
    name: "book_appointment",
    description: "Book",
    parameters: {
      type: "object",
      properties: { date: { type: "string" }, time: { type: "string" }, name: { type: "string" } },
      required: ["date", "time"],
    },
  },
};

describe("chat completions", () => {
  test("stream text with the caller's words, usage and an end", async () => {
    const { client, vendor } = await open();
    const stream = await client.chat.completions.create({
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "system", content: "You answer a clinic's phone." }, say("I need a whitening for my wedding")],
    });
    let text = "";
    let finish: string | null = null;
    let outputTokens = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
      outputTokens = chunk.usage?.completion_tokens ?? outputTokens;
    }
    expect(text).toMatch(/whitening and wedding/);
    expect(finish).toBe("stop");
    expect(outputTokens).toBeGreaterThan(25);
    expect(outputTokens).toBeLessThan(60);
    await until(() => vendor.requests[0]?.finished === true);
    expect(vendor.requests[0]).toMatchObject({ text, tokensSent: outputTokens, disconnected: false, status: 200 });
  });

  test("call a tool and speak about its result", async () => {
    const { client } = await open();
    const system = { role: "system" as const, content: "Today is 2026-11-20, a Friday." };
    const asked = say("Please book an appointment on Tuesday at 3 pm, my name is Omar");
    const stream = client.chat.completions.stream({ model, messages: [system, asked], tools: [bookTool] });
    const first = await stream.finalChatCompletion();
    const message = first.choices[0]!.message;
    expect(first.choices[0]!.finish_reason).toBe("tool_calls");
    const call = message.tool_calls![0]!;
    expect(call.type === "function" && JSON.parse(call.function.arguments)).toEqual({
      date: "2026-11-24",
      time: "15:00",
      name: "Omar",
    });
    const second = await client.chat.completions.create({
      model,
      messages: [system, asked, message, { role: "tool", tool_call_id: call.id, content: '{"ok":true}' }],
      tools: [bookTool],
    });
    expect(second.choices[0]!.message.content).toMatch(/is booked/);
    expect(second.usage!.prompt_tokens).toBeGreaterThan(10);
  });

  test("end the call when the caller says goodbye", async () => {
    const { client } = await open();
    const answer = await client.chat.completions.create({
      model,
      messages: [say("That's all, goodbye")],
      tools: [{ type: "function", function: { name: "end_call", parameters: { type: "object", properties: {} } } }],
    });
    expect(answer.choices[0]!.message.content).toMatch(/goodbye/i);
    expect(
      answer.choices[0]!.message.tool_calls?.map((call) => call.type === "function" && call.function.name),
    ).toEqual(["end_call"]);
  });

  const refused: [string, object, [number, RegExp]][] = [
    ["an unknown role", { messages: [{ role: "caller", content: "hi" }] }, [400, /messages\[0\]\.role/]],
    ["no messages", { messages: [] }, [400, /messages/]],
    ["no model", { model: undefined, messages: [say("hi")] }, [400, /Missing required parameter: 'model'/]],
    [
      "a result without a call",
      { messages: [say("hi"), { role: "tool", tool_call_id: "call_1", content: "{}" }] },
      [400, /must be a response to a prece/],
    ],
    [
      "a call without a result",
      {
        messages: [
          say("hi"),
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "c1", type: "function", function: { name: "x", arguments: "{}" } }],
          },
          say("so?"),
        ],
      },
      [400, /did not have response messages: c1/],
    ],
    [
      "a schema that is no object",
      { messages: [say("hi")], tools: [{ type: "function", function: { name: "x", parameters: { type: "string" } } }] },
      [400, /parameters\.type/],
    ],
    [
      "a tool's name with a space",
      { messages: [say("hi")], tools: [{ type: "function", function: { name: "a b" } }] },
      [400, /tools\[0\]\.function\.name/],
    ],
    ["an unknown model", { model: "no-such-model", messages: [say("hi")] }, [404, /does not exist/]],
    [
      "stream options without a stream",
      { messages: [say("hi")], stream_options: { include_usage: true } },
      [400, /stream_options/],
    ],
  ];
  test.each(refused)("refuse %s", async (_name, change, [status, words]) => {
    const { client } = await open();
    const asked = client.post("/chat/completions", { body: { model, ...change } });
    await expect(asked).rejects.toMatchObject({ status, message: expect.stringMatching(words) });
  });

  test("refuse a wrong key in the vendor's words", async () => {
    const { client } = await open({ apiKey: "right" }, "wrong");
    await expect(client.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  test("list models", async () => {
    const { client } = await open();
    expect((await client.models.list()).data.map((each) => each.id)).toContain(model);
  });
});

describe("faults", () => {
  const ask = (client: OpenAI) =>
    client.chat.completions.create({ model, stream: true, messages: [say("hello there")] });
  async function read(client: OpenAI): Promise<string> {
    let text = "";
    for await (const chunk of await ask(client)) text += chunk.choices[0]?.delta.content ?? "";
    return text;
  }

  test("a refusal with a time to retry, for one request", async () => {
    const { client, vendor } = await open({ settings: { refuseStatus: 429, retryAfterMs: 700, faultyRequests: 1 } });
    const error = await ask(client).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers?.get("retry-after-ms")).toBe("700");
    expect(await read(client)).toMatch(/Of course/);
    expect(vendor.requests.map((each) => each.status)).toEqual([429, 200]);
  });

  test("a cut connection", async () => {
    const { client, vendor } = await open({ settings: { cutAfterTokens: 5 } });
    await expect(read(client)).rejects.toThrow();
    expect(vendor.requests[0]).toMatchObject({ tokensSent: 5, finished: false });
  });

  test("an error in the stream", async () => {
    const { client } = await open({ settings: { errorAfterTokens: 3 } });
    await expect(read(client)).rejects.toThrow(/server had an error/);
  });

  test("an event that is no JSON", async () => {
    const { client } = await open({ settings: { malformedAfterTokens: 3 } });
    await expect(read(client)).rejects.toThrow(/JSON/);
  });

  test("a stall that the client gives up", async () => {
    const { client, vendor } = await open({ settings: { stallAfterTokens: 4 } });
    const stream = await ask(client);
    let seen = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content && ++seen === 4) break;
    }
    await until(() => vendor.requests[0]?.disconnected === true);
    expect(vendor.requests[0]).toMatchObject({ tokensSent: 4, finished: false });
  });

  test("over HTTP, with a wrong one refused by name", async () => {
    const { client, vendor } = await open();
    const set = (body: unknown) =>
      fetch(`${vendor.url}/_sandbox/settings`, { method: "POST", body: JSON.stringify(body) });
    expect((await set({ refuseStatus: 500 })).status).toBe(200);
    await expect(read(client)).rejects.toMatchObject({ status: 500 });
    const wrong = await set({ tokensPerSecond: -1 });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toMatch(/tokensPerSecond/);
    const summary = await (await fetch(`${vendor.url}/_sandbox/summary`)).json();
    expect(summary).toMatchObject({ requests: 1, refused: 1 });
  });
});

test("tokens come when they are due, and an abort is seen with what was sent", async () => {
  const { client, vendor } = await open({ settings: { firstTokenDelayMs: 80, tokensPerSecond: 100 } });
  const startedAt = performance.now();
  const stream = await client.chat.completions.create({ model, stream: true, messages: [say("hello there")] });
  const atMs: number[] = [];
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) atMs.push(performance.now() - startedAt);
    if (atMs.length === 20) stream.controller.abort();
  }
  expect(atMs[0]!).toBeGreaterThanOrEqual(79);
  expect(atMs[19]!).toBeGreaterThanOrEqual(269);
  await until(() => vendor.requests[0]?.disconnected === true);
  expect(vendor.requests[0]!.tokensSent).toBeGreaterThanOrEqual(20);
  expect(vendor.requests[0]!.tokensSent).toBeLessThan(vendor.requests[0]!.tokensPlanned);
});

describe("responses", () => {
  const tool = {
    type: "function" as const,
    name: "check_availability",
    strict: false,
    parameters: bookTool.function.parameters,
  };

  test("stream text, a tool call, and go on from items by reference", async () => {
    const { client } = await open();
    const input = [{ role: "user" as const, content: "Do you have anything available tomorrow at 10:30?" }];
    const stream = client.responses.stream({ model, input, tools: [tool], instructions: "Today is 2026-11-20." });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    const first = await stream.finalResponse();
    expect(types[0]).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
    expect(types).toContain("response.function_call_arguments.delta");
    expect(first.output_text).toMatch(/let me look/);
    const call = first.output.find((item) => item.type === "function_call")!;
    expect(JSON.parse(call.type === "function_call" ? call.arguments : "")).toMatchObject({
      date: "2026-11-21",
      time: "10:30",
    });
    const output = {
      type: "function_call_output" as const,
      call_id: call.type === "function_call" ? call.call_id : "",
      output: '{"free":true}',
    };
    const references = first.output.map((item) => ({ type: "item_reference" as const, id: item.id! }));
    const second = await client.responses.create({ model, input: [...input, ...references, output], tools: [tool] });
    expect(second.output_text).toMatch(/still open/);
    expect(second.usage!.output_tokens).toBeGreaterThan(5);
    const third = await client.responses.create({ model, previous_response_id: first.id, input: [output] });
    expect(third.output_text).toMatch(/still open/);
  });

  test("refuse what does not fit together", async () => {
    const { client } = await open();
    const output = { type: "function_call_output" as const, call_id: "call_1", output: "{}" };
    await expect(client.responses.create({ model, input: [output] })).rejects.toThrow(/No tool call found/);
    const reference = { type: "item_reference" as const, id: "msg_none" };
    await expect(client.responses.create({ model, input: [reference] })).rejects.toMatchObject({ status: 404 });
  });

  test("an error in the stream", async () => {
    const { client } = await open({ settings: { errorAfterTokens: 2 } });
    const stream = await client.responses.create({ model, stream: true, input: "hello there" });
    const read = async () => {
      for await (const event of stream) if (event.type === "error") throw new Error(event.message);
    };
    await expect(read()).rejects.toThrow(/server had an error/);
  });
});

test("the answers can be set", async () => {
  const { client, vendor } = await open({ replies: () => [{ text: "One. " }, { text: "Two." }] });
  const ask = async () =>
    (await client.chat.completions.create({ model, messages: [say("x")] })).choices[0]!.message.content;
  expect(await ask()).toBe("One. Two.");
  vendor.setReplies((request) => [{ text: `${request.turns.length} turn` }]);
  expect(await ask()).toBe("1 turn");
});

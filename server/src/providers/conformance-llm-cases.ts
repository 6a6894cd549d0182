/** The cases of `testLanguageModel`, grouped by what they are about. */
import { expect, test } from "vitest";
import type { ConversationMessage, LanguageModel, ModelPart, ToolSpec } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { collectParts, type LlmCase, longHistory, modelRequest, textOf } from "./conformance-llm-wire.ts";
import { beginEvents, startScriptedServer } from "./scripted-server.ts";

const bookTool: ToolSpec = {
  name: "book",
  description: "Books a time.",
  inputSchema: {
    type: "object",
    properties: { time: { type: "string" } },
    required: ["time"],
    additionalProperties: false,
  },
  effect: "write",
};

const findTool: ToolSpec = {
  name: "find",
  description: "Finds free times.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  effect: "read",
};

async function failureOf(model: LanguageModel, request = modelRequest()): Promise<ProviderError> {
  try {
    await collectParts(model, request);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw new Error("The adapter threw something that is not a ProviderError.", { cause: error });
  }
  throw new Error("The adapter did not throw.");
}

function answerWhole({ server, wire }: LlmCase, ...pieces: string[]): void {
  server().answer((response) => {
    beginEvents(response);
    response.end([wire.start, ...pieces].join(""));
  });
}

export function testReplies(subject: LlmCase): void {
  const { server, model, wire } = subject;

  test("yields each piece of text before the next one is made", async () => {
    let sendNext: (() => void) | undefined;
    server().answer((response) => {
      beginEvents(response);
      response.write(wire.start + wire.text("Good "));
      sendNext = () => response.end(wire.text("morning.") + wire.finish("stop"));
    });
    const parts: ModelPart[] = [];
    for await (const part of model().generate(modelRequest())) {
      parts.push(part);
      if (parts.length === 1) {
        expect(part).toEqual({ type: "text", text: "Good " });
        sendNext?.();
      }
    }
    expect(textOf(parts)).toBe("Good morning.");
    expect(parts.slice(-2)).toMatchObject([
      { type: "usage", inputTokens: 5, outputTokens: 3 },
      { type: "finish", reason: "stop" },
    ]);
    expect(server().requests.at(-1)?.path).toBe(wire.path);
  });

  test("puts together a tool call whose arguments arrive in pieces, behind the text", async () => {
    const call = { id: "toolcall1", name: "book", pieces: ['{"ti', 'me":"1', '0:00"}'] };
    answerWhole(subject, wire.text("One moment."), wire.toolCalls([call]), wire.finish("tool-calls"));
    const parts = await collectParts(model(), modelRequest({ tools: [bookTool] }));
    expect(parts.map((part) => part.type)).toEqual(["text", "tool-call", "usage", "finish"]);
    expect(parts[1]).toEqual({
      type: "tool-call",
      call: { id: "toolcall1", name: "book", input: { time: "10:00" } },
    });
    expect(parts.at(-1)).toEqual({ type: "finish", reason: "tool-calls" });
  });
}

export function testCompleteness(subject: LlmCase): void {
  const { server, model, wire } = subject;

  test("takes several whole tool calls without any text", async () => {
    const calls = [
      { id: "toolcall1", name: "find", pieces: ["{}"] },
      { id: "toolcall2", name: "book", pieces: ['{"time":"11:00"}'] },
    ];
    answerWhole(subject, wire.toolCalls(calls), wire.finish("tool-calls"));
    const parts = await collectParts(model(), modelRequest({ tools: [bookTool, findTool] }));
    const made = parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []));
    expect(made).toEqual([
      { id: "toolcall1", name: "find", input: {} },
      { id: "toolcall2", name: "book", input: { time: "11:00" } },
    ]);
  });

  test("hands on tool arguments that are not JSON as they are", async () => {
    answerWhole(
      subject,
      wire.toolCalls([{ id: "toolcall1", name: "book", pieces: ['{"time": ten'] }]),
      wire.finish("tool-calls"),
    );
    const parts = await collectParts(model(), modelRequest({ tools: [bookTool] }));
    expect(parts[0]).toMatchObject({ type: "tool-call", call: { name: "book", input: '{"time": ten' } });
  });

  test("tells when the reply was cut at its length", async () => {
    answerWhole(subject, wire.text("And then"), wire.finish("length"));
    expect((await collectParts(model(), modelRequest())).at(-1)).toEqual({ type: "finish", reason: "length" });
  });

  test("keeps characters whole when the network splits their bytes", async () => {
    const bytes = Buffer.from(wire.start + wire.text("مرحبا 👋 é") + wire.finish("stop"));
    server().answer((response) => {
      beginEvents(response);
      let at = 0;
      const sendByte = () => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, at + 3));
        at += 3;
        setImmediate(sendByte);
      };
      sendByte();
    });
    expect(textOf(await collectParts(model(), modelRequest()))).toBe("مرحبا 👋 é");
  });
}

export function testRefusals(subject: LlmCase): void {
  const { server, model, wire } = subject;

  test("says in the vendor's words why the key was refused, without the key", async () => {
    server().answer((response) => {
      response.writeHead(401, { "content-type": "application/json", "x-request-id": "req_9", "request-id": "req_9" });
      response.end(JSON.stringify(wire.errorBody("auth", "The key key-under-test is not known here.")));
    });
    const error = await failureOf(model());
    expect(error).toMatchObject({ category: "auth", status: 401, permanent: true, requestId: "req_9" });
    expect(error.vendorMessage).toBe("The key [key] is not known here.");
    expect(`${error.message}`).not.toContain("key-under-test");
  });

  test("reports a rate limit once, without trying again by itself", async () => {
    const before = server().requests.length;
    server().answer((response) => {
      response.writeHead(429, { "content-type": "application/json", "retry-after": "1" });
      response.end(JSON.stringify(wire.errorBody("rate-limit", "Slow down.")));
    });
    expect(await failureOf(model())).toMatchObject({
      category: "rate-limit",
      status: 429,
      permanent: false,
      vendorMessage: "Slow down.",
    });
    expect(server().requests.length).toBe(before + 1);
  });

  test("reports a gateway's error page as overload, without quoting the page", async () => {
    server().answer((response) => response.writeHead(503, { "content-type": "text/html" }).end("<html>no</html>"));
    const error = await failureOf(model());
    expect(error).toMatchObject({ category: "overloaded", status: 503, permanent: false });
    expect(error.message).not.toContain("<html>");
  });
}

export function testBrokenStreams(subject: LlmCase): void {
  const { server, model, wire, create } = subject;

  test("throws an error that arrives inside the stream, after the text before it", async () => {
    answerWhole(subject, wire.text("Well"), wire.midStreamError("The engine is overloaded."));
    const heard: ModelPart[] = [];
    const run = async () => {
      for await (const part of model().generate(modelRequest())) heard.push(part);
    };
    await expect(run()).rejects.toMatchObject({ category: "overloaded", vendorMessage: "The engine is overloaded." });
    expect(textOf(heard)).toBe("Well");
  });

  test("throws a network failure when the connection is cut", async () => {
    server().answer((response) => {
      beginEvents(response);
      response.write(wire.start + wire.text("Well"), () => response.destroy());
    });
    expect(await failureOf(model())).toMatchObject({ category: "network", permanent: false });
  });

  test("throws when the stream ends tidily but unfinished", async () => {
    answerWhole(subject, wire.text("Well"));
    expect(await failureOf(model())).toMatchObject({ category: "network", permanent: false });
  });

  test("throws a network failure when nobody listens", async () => {
    const gone = await startScriptedServer();
    await gone.close();
    expect(await failureOf(create(gone.url, "key"))).toMatchObject({ category: "network" });
  });
}

export function testAborts(subject: LlmCase): void {
  const { server, model, wire } = subject;

  test("closes the vendor's socket within 50 ms of an abort, and ends quietly", async () => {
    const abort = new AbortController();
    let abortedAt = 0;
    const closed = new Promise<number>((resolve) => {
      server().answer((response) => {
        response.on("close", () => resolve(performance.now() - abortedAt));
        beginEvents(response);
        response.write(wire.start + wire.text("Well"));
      });
    });
    const parts: ModelPart[] = [];
    for await (const part of model().generate(modelRequest({ signal: abort.signal }))) {
      parts.push(part);
      abortedAt = performance.now();
      abort.abort();
    }
    expect(parts).toEqual([{ type: "text", text: "Well" }]);
    expect(await closed).toBeLessThan(50);
  });

  test("ends quietly when aborted before the first token, or before it began", async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => {
      server().answer((response) => {
        response.on("close", () => resolve());
        abort.abort();
      });
    });
    expect(await collectParts(model(), modelRequest({ signal: abort.signal }))).toEqual([]);
    await closed;
    expect(await collectParts(model(), modelRequest({ signal: abort.signal }))).toEqual([]);
  });

  test("closes the vendor's socket when the reader walks away", async () => {
    const closed = new Promise<void>((resolve) => {
      server().answer((response) => {
        response.on("close", () => resolve());
        beginEvents(response);
        response.write(wire.start + wire.text("Well"));
      });
    });
    for await (const part of model().generate(modelRequest())) if (part.type === "text") break;
    await closed;
  });

  test("uses one connection for one turn after the other", async () => {
    answerWhole(subject, wire.text("Yes."), wire.finish("stop"));
    await collectParts(model(), modelRequest());
    const before = server().connections();
    for (let turn = 0; turn < 3; turn += 1) await collectParts(model(), modelRequest());
    expect(server().connections() - before).toBeLessThanOrEqual(1);
  });
}

export function testPrompts(subject: LlmCase): void {
  const { server, model, wire, create } = subject;

  test("sends each prompt as the earlier one plus what is new", async () => {
    answerWhole(subject, wire.text("Yes."), wire.finish("stop"));
    const promptFor = async (messages: ConversationMessage[], tools: ToolSpec[]) => {
      await collectParts(model(), modelRequest({ context: "", messages, tools }));
      return wire.promptOf(server().requests.at(-1)?.body).map((entry) => JSON.stringify(entry));
    };
    const short = await promptFor(longHistory.slice(0, 3), [bookTool, findTool]);
    const long = await promptFor(longHistory, [findTool, bookTool]);
    expect(long.slice(0, short.length)).toEqual(short);
    expect(long.length).toBeGreaterThan(short.length);
  });

  test("sends tool results behind their calls, marks the missing one, merges the caller, drops silence", async () => {
    answerWhole(subject, wire.text("Yes."), wire.finish("stop"));
    await collectParts(
      model(),
      modelRequest({ context: "It is ten.", messages: longHistory, tools: [bookTool, findTool] }),
    );
    const prompt = wire.promptOf(server().requests.at(-1)?.body);
    expect(prompt).toMatchSnapshot();
    const sent = JSON.stringify(prompt);
    expect(sent).toContain("interrupted");
    expect(sent).toContain("Ten, please.\\nOr eleven.");
    expect(sent.indexOf("It is ten.")).toBeGreaterThan(sent.indexOf("Thank you."));
  });

  test("warms the connection without speaking of failure", async () => {
    server().answer((response) => response.writeHead(404).end());
    const before = server().requests.length;
    const fresh = create(server().url, "key");
    fresh.prewarm?.();
    await expect.poll(() => server().requests.length).toBe(before + 1);
  });
}

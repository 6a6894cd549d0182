import { describe, expect, test } from "vitest";
import type { LanguageModel, ModelPart } from "../call/ports.ts";
import { ProviderError, type ProviderErrorCategory } from "../kernel/app-error.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { collectParts, modelRequest, textOf } from "./conformance-llm-wire.ts";
import { withFallback } from "./with-fallback.ts";
import { withRetry } from "./with-retry.ts";

const failure = (category: ProviderErrorCategory) =>
  new ProviderError(`failed: ${category}`, { provider: "x", category, permanent: false });
const finish: ModelPart = { type: "finish", reason: "stop" };
const say = (text: string): ModelPart => ({ type: "text", text });

type Step = ModelPart | ProviderError | "hang";

/** Plays one list of steps for each request; the last list again and again. */
function scripted(provider: string, ...turns: Step[][]): LanguageModel & { asked: number; aborted: number } {
  const model = {
    provider,
    model: `${provider}-model`,
    asked: 0,
    aborted: 0,
    async *generate(request: Parameters<LanguageModel["generate"]>[0]): AsyncGenerator<ModelPart> {
      const turn = turns[Math.min(model.asked, turns.length - 1)] ?? [];
      model.asked += 1;
      request.signal.addEventListener("abort", () => (model.aborted += 1), { once: true });
      for (const step of turn) {
        if (step === "hang") {
          await new Promise<void>((resolve) =>
            request.signal.addEventListener("abort", () => resolve(), { once: true }),
          );
          return;
        }
        if (step instanceof ProviderError) throw step;
        yield step;
      }
    },
  };
  return model;
}

describe("several models as one", () => {
  test("one that fails before its first text is replaced at once", async () => {
    const switches: string[] = [];
    const a = scripted("a", [failure("overloaded")]);
    const b = scripted("b", [say("Hello."), finish]);
    const model = withFallback([a, b], {
      clock: createManualClock(),
      onSwitch: ({ from, to, error }) => switches.push(`${from}>${to} ${error.category}`),
    });
    expect(textOf(await collectParts(model, modelRequest()))).toBe("Hello.");
    expect(switches).toEqual(["a>b overloaded"]);
  });

  test.each<[string, ModelPart]>([
    ["text", say("Well,")],
    ["a tool call", { type: "tool-call", call: { id: "1", name: "book", input: {} } }],
  ])("after %s its failure is thrown, and nobody says it again", async (_, part) => {
    const b = scripted("b", [say("Hello."), finish]);
    const model = withFallback([scripted("a", [part, failure("network")]), b], { clock: createManualClock() });
    await expect(collectParts(model, modelRequest())).rejects.toMatchObject({ category: "network" });
    expect(b.asked).toBe(0);
  });

  test("a reply of tool calls alone, or of nothing, is no failure", async () => {
    const call: ModelPart = { type: "tool-call", call: { id: "1", name: "book", input: {} } };
    const b = scripted("b", [say("No."), finish]);
    const model = withFallback([scripted("a", [call, finish], [finish]), b], { clock: createManualClock() });
    expect(await collectParts(model, modelRequest())).toEqual([call, finish]);
    expect(await collectParts(model, modelRequest())).toEqual([finish]);
    expect(b.asked).toBe(0);
  });

  test("a model that failed is skipped for 30 s, then one request probes it", async () => {
    const clock = createManualClock();
    const a = scripted("a", [failure("auth")], [say("A."), finish]);
    const model = withFallback([a, scripted("b", [say("B."), finish])], { clock });
    const turn = async () => textOf(await collectParts(model, modelRequest()));
    expect(await turn()).toBe("B.");
    await clock.advance(29_000);
    expect(await turn()).toBe("B.");
    expect(a.asked).toBe(1);
    await clock.advance(1_001);
    const probing = model.generate(modelRequest())[Symbol.asyncIterator]();
    const probe = probing.next();
    expect(await turn()).toBe("B.");
    expect((await probe).value).toEqual(say("A."));
    expect(await turn()).toBe("A.");
  });

  test("a request the vendor refused does not count against the next request", async () => {
    const a = scripted("a", [failure("bad-request")], [say("A."), finish]);
    const model = withFallback([a, scripted("b", [say("B."), finish])], { clock: createManualClock() });
    expect(textOf(await collectParts(model, modelRequest()))).toBe("B.");
    expect(textOf(await collectParts(model, modelRequest()))).toBe("A.");
  });

  test("when all have failed, all are tried again, and the last failure is thrown", async () => {
    const a = scripted("a", [failure("overloaded")]);
    const b = scripted("b", [failure("network")]);
    const model = withFallback([a, b], { clock: createManualClock() });
    await expect(collectParts(model, modelRequest())).rejects.toMatchObject({ category: "network" });
    await expect(collectParts(model, modelRequest())).rejects.toMatchObject({ category: "network" });
    expect([a.asked, b.asked]).toEqual([2, 2]);
  });

  test("one that says nothing until the deadline is closed and replaced; a slow second sentence is not", async () => {
    const clock = createManualClock();
    const a = scripted("a", ["hang"]);
    const b = scripted("b", [say("Hello."), "hang"]);
    const model = withFallback([a, b], { clock, firstTokenTimeoutMs: 1500 });
    const abort = new AbortController();
    const reply = collectParts(model, modelRequest({ signal: abort.signal }));
    await clock.advance(1499);
    expect(a.aborted).toBe(0);
    await clock.advance(1);
    expect(a.aborted).toBe(1);
    await clock.advance(60_000);
    expect(b.aborted).toBe(0);
    abort.abort();
    expect(textOf(await reply)).toBe("Hello.");
  });

  test("an abort ends quietly and asks nobody else", async () => {
    const abort = new AbortController();
    const a = scripted("a", ["hang"]);
    const b = scripted("b", [say("B."), finish]);
    const reply = collectParts(
      withFallback([a, b], { clock: createManualClock() }),
      modelRequest({ signal: abort.signal }),
    );
    abort.abort();
    expect(await reply).toEqual([]);
    expect(b.asked).toBe(0);
  });
});

describe("one more attempt", () => {
  test("a broken connection before the first token is tried again, once", async () => {
    const model = scripted("a", [failure("network")], [say("Hello."), finish]);
    expect(textOf(await collectParts(withRetry(model, { clock: createManualClock() }), modelRequest()))).toBe("Hello.");
    const dead = scripted("b", [failure("network")]);
    await expect(collectParts(withRetry(dead, { clock: createManualClock() }), modelRequest())).rejects.toThrow(
      "network",
    );
    expect(dead.asked).toBe(2);
  });

  test("not after the first token, and not what cannot get better", async () => {
    const cut = scripted("a", [say("Well"), failure("network")]);
    await expect(collectParts(withRetry(cut, { clock: createManualClock() }), modelRequest())).rejects.toThrow(
      "network",
    );
    const refused = scripted("b", [failure("auth")]);
    await expect(collectParts(withRetry(refused, { clock: createManualClock() }), modelRequest())).rejects.toThrow(
      "auth",
    );
    expect([cut.asked, refused.asked]).toEqual([1, 1]);
  });
});

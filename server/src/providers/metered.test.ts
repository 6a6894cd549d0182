import { once } from "node:events";
import { expect, test } from "vitest";
import { phoneFormat } from "../audio/frame.ts";
import type { LanguageModel, ModelPart, ModelRequest, SpeechToText, TextToSpeech, VendorUse } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { meteredModel, meteredRecogniser, meteredVoice } from "./metered.ts";
import { withFallback } from "./with-fallback.ts";
import { withRecogniserFallback } from "./with-recogniser-fallback.ts";
import { withVoiceFallback } from "./with-voice-fallback.ts";

const failure = (provider: string) => new ProviderError("down", { provider, category: "network", permanent: false });
const usage: ModelPart = { type: "usage", inputTokens: 120, outputTokens: 7, cachedInputTokens: 100 };

function modelOf(provider: string, parts: readonly (ModelPart | "fails" | "hangs")[]): LanguageModel {
  return {
    ...{ provider, model: `${provider}-1` },
    async *generate(request) {
      for (const part of parts) {
        if (part === "fails") throw failure(provider);
        if (part === "hangs") {
          if (!request.signal.aborted) await once(request.signal, "abort");
          return;
        }
        yield part;
      }
    },
  };
}

function ask(model: LanguageModel) {
  const uses: VendorUse[] = [];
  const stop = new AbortController();
  const request: ModelRequest = {
    ...{ instructions: "Be brief and kind.", context: "", messages: [{ role: "caller", text: "Hello?" }], tools: [] },
    ...{ language: "en-US", maxOutputTokens: 50, signal: stop.signal, onUsage: (use) => void uses.push(use) },
  };
  return { uses, stop, parts: model.generate(request)[Symbol.asyncIterator]() };
}

test("a reply costs what the vendor says, once, and the vendor that said it is named behind a fallback", async () => {
  const chain = withFallback(
    [
      meteredModel(modelOf("first", ["fails"]), {}),
      meteredModel(modelOf("second", [{ type: "text", text: "Hi." }, usage, { type: "finish", reason: "stop" }]), {
        ownKey: true,
      }),
    ],
    { clock: createManualClock() },
  );
  const { uses, parts } = ask(chain);
  while ((await parts.next()).done !== true);
  expect(uses).toEqual([
    {
      ...{ provider: "second", model: "second-1", ownKey: true },
      ...{ inputTokens: 120, outputTokens: 7, cachedInputTokens: 100 },
    },
  ]);
});

test("a reply that is cut costs its estimate, told at once with the cut; the vendor's own figure is not told besides", async () => {
  const { uses, stop, parts } = ask(
    meteredModel(modelOf("vendor", [{ type: "text", text: "One two three" }, "hangs"]), {}),
  );
  await parts.next();
  expect(uses).toEqual([]);
  stop.abort();
  expect(uses).toEqual([
    { provider: "vendor", model: "vendor-1", inputTokens: expect.any(Number), outputTokens: 4, estimated: true },
  ]);
  expect(uses[0]?.inputTokens).toBeGreaterThan(10);
  await parts.next();
  expect(uses).toHaveLength(1);
});

test("a vendor that broke off after its first words is paid for them", async () => {
  const { uses, parts } = ask(meteredModel(modelOf("vendor", [{ type: "text", text: "Well," }, "fails"]), {}));
  await parts.next();
  await expect(parts.next()).rejects.toThrow("down");
  expect(uses).toMatchObject([{ provider: "vendor", outputTokens: 2, estimated: true }]);
});

function recogniserOf(provider: string, failsAfter: number): SpeechToText {
  return {
    ...{ provider, model: `${provider}-1`, decidesTurns: false, inputFormats: [phoneFormat] },
    open({ onEvent }) {
      let frames = 0;
      return {
        sendAudio() {
          if (++frames === failsAfter) onEvent({ type: "failed", error: failure(provider) });
        },
        finalize() {},
        close() {},
      };
    },
  };
}

test("each recogniser is paid for the sound it was sent, the one that failed and the one that heard again", () => {
  const uses: VendorUse[] = [];
  const chain = withRecogniserFallback(
    [meteredRecogniser(recogniserOf("first", 50), {}), meteredRecogniser(recogniserOf("second", -1), {})],
    { clock: createManualClock(), replayMs: 200 },
  );
  const stop = new AbortController();
  const stream = chain.open({
    ...{ format: phoneFormat, language: "en-US", keyterms: [], onEvent: () => {}, signal: stop.signal },
    onUsage: (use) => void uses.push(use),
  });
  for (let frame = 0; frame < 150; frame++) stream.sendAudio(new Uint8Array(160));
  // The frame on which it failed was not taken.
  expect(uses).toEqual([{ provider: "first", model: "first-1", audioMs: 980 }]);
  stream.close();
  stream.close();
  stop.abort();
  // 100 frames, and 200 ms again.
  expect(uses.slice(1)).toEqual([{ provider: "second", model: "second-1", audioMs: 2200 }]);
});

test("a recogniser tells every minute, so that a process that dies loses no more", () => {
  const uses: VendorUse[] = [];
  const stream = meteredRecogniser(recogniserOf("vendor", -1), {}).open({
    ...{ format: phoneFormat, language: "en-US", keyterms: [], onEvent: () => {} },
    ...{ signal: new AbortController().signal, onUsage: (use: VendorUse) => void uses.push(use) },
  });
  for (let frame = 0; frame < 7000; frame++) stream.sendAudio(new Uint8Array(160));
  expect(uses.map((use) => use.audioMs)).toEqual([60_000, 60_000]);
});

function voiceOf(provider: string, fails: boolean): TextToSpeech {
  return {
    ...{ provider, model: `${provider}-1`, outputFormats: [phoneFormat] },
    open({ onEvent }) {
      return {
        push() {
          if (fails) onEvent({ type: "failed", error: failure(provider) });
        },
        end: () => onEvent({ type: "done" }),
      };
    },
  };
}

test("a voice is paid for the text it was given, once, and a reply that is cut for what was given till then", () => {
  const uses: VendorUse[] = [];
  const speak = (voice: TextToSpeech, signal = new AbortController().signal) =>
    voice.open({
      ...{ language: "en-US", format: phoneFormat, onEvent: () => {}, signal },
      onUsage: (use) => void uses.push(use),
    });
  const whole = speak(meteredVoice(voiceOf("vendor", false), {}));
  whole.push("Hello.");
  whole.push("How are you?");
  whole.end();
  expect(uses.splice(0)).toEqual([{ provider: "vendor", model: "vendor-1", characters: 18 }]);

  const stop = new AbortController();
  const cut = speak(meteredVoice(voiceOf("vendor", false), {}), stop.signal);
  cut.push("Hello.");
  stop.abort();
  cut.push("Not any more.");
  expect(uses.splice(0)).toMatchObject([{ characters: 6 }]);

  const chain = withVoiceFallback(
    [meteredVoice(voiceOf("first", true), {}), meteredVoice(voiceOf("second", false), {})],
    {
      clock: createManualClock(),
    },
  );
  const handed = speak(chain);
  handed.push("Hello.");
  handed.end();
  expect(uses.map((use) => [use.provider, use.characters])).toEqual([
    ["first", 6],
    ["second", 6],
  ]);
});

import { beforeAll, describe, expect, test } from "vitest";
import { createConverter } from "../../audio/convert.ts";
import { phoneFormat } from "../../audio/frame.ts";
import { decodeMulaw, encodeMulaw } from "../../audio/mulaw.ts";
import type { VoiceActivityDetector } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { audioOf, eventually, speak } from "../conformance.ts";
import { createEnergyVad } from "./energy-vad.ts";
import { loadSileroModel, stateSize } from "./silero-model.ts";
import { createSileroVad, createVoiceActivity } from "./silero-vad.ts";
import { createBuiltinVoice } from "./voice.ts";

const pauseMs = 1500;
const windowMs = 32;
const windowSamples = 256;

/** Real speech of the offline voice with pauses between, and which of its windows hold speech. */
let speech: Int16Array;
let spoken: boolean[];

beforeAll(async () => {
  const voice = createBuiltinVoice();
  const pieces: number[] = [];
  for (const text of [
    "Hello, I would like to book an appointment.",
    "Tomorrow at three, please.",
    "Yes, that is fine.",
  ]) {
    const reply = speak(voice, phoneFormat);
    reply.stream.push(text);
    reply.stream.end();
    await reply.over();
    pieces.push(...new Int16Array(pauseMs * 8), ...decodeMulaw(audioOf(reply.events, 0)));
  }
  voice.close();
  speech = Int16Array.from([...pieces, ...new Int16Array(pauseMs * 8)], (sample) => sample * 0.6);
  const isLoud = Array.from({ length: Math.floor(speech.length / windowSamples) }, (_, i) =>
    speech.subarray(i * windowSamples, (i + 1) * windowSamples).some((sample) => Math.abs(sample) > 900),
  );
  // Stops and pauses between words are part of speech.
  spoken = isLoud.map(
    (loud, i) => loud || (isLoud.slice(Math.max(0, i - 8), i).includes(true) && isLoud.slice(i, i + 8).includes(true)),
  );
});

/** The same noise every time. */
function withNoise(samples: Int16Array, amplitude: number): Int16Array {
  let seed = 7;
  return samples.map((sample) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return Math.max(-32_768, Math.min(32_767, sample + (seed / 0x3fffffff - 1) * amplitude));
  });
}

/** Feeds 20 ms frames, no faster than the detector answers. */
async function detect(
  detector: VoiceActivityDetector,
  audio: Uint8Array,
  format = phoneFormat as Parameters<VoiceActivityDetector["open"]>[0]["format"],
) {
  const told: { probability: number; audioEndMs: number }[] = [];
  const stream = detector.open({
    format,
    onProbability: (probability, audioEndMs) => told.push({ probability, audioEndMs }),
  });
  const frameBytes = (format.encoding === "mulaw" ? 1 : 2) * (format.sampleRateHz / 50);
  for (let at = 0; at < audio.length; at += frameBytes) {
    stream.push(audio.subarray(at, at + frameBytes));
    const dueMs = (at / frameBytes) * 20 - 160;
    if (dueMs > 0) await eventually(() => (told.at(-1)?.audioEndMs ?? 0) >= dueMs, `an answer for ${dueMs} ms`);
  }
  return told;
}

/** Of the windows that hold speech, and of those that do not: the share called speech. */
function shares(told: readonly { probability: number; audioEndMs: number }[]) {
  const counts = { speech: 0, hits: 0, quiet: 0, alarms: 0 };
  for (const { probability, audioEndMs } of told) {
    const window = Math.ceil(audioEndMs / windowMs) - 1;
    // A detector may be a few windows late to let go.
    const isSpoken = spoken[window] === true;
    const wasSpoken = spoken.slice(Math.max(0, window - 4), window).includes(true);
    if (isSpoken) counts.speech++;
    else if (!wasSpoken) counts.quiet++;
    if (isSpoken && probability >= 0.5) counts.hits++;
    if (!isSpoken && !wasSpoken && probability >= 0.5) counts.alarms++;
  }
  return { found: counts.hits / counts.speech, alarms: counts.alarms / counts.quiet };
}

describe("Silero", () => {
  test.each([0, 150, 600])(
    "finds real speech among pauses, noise of amplitude %i, and spares the network the rest",
    async (amplitude) => {
      const detector = await createSileroVad({ clock: systemClock });
      const told = await detect(detector, encodeMulaw(withNoise(speech, amplitude)));
      const { found, alarms } = shares(told);
      expect(found).toBeGreaterThan(0.8);
      expect(alarms).toBeLessThan(0.05);
      const { frames, modelFrames } = detector.stats();
      expect(modelFrames / frames).toBeLessThan(0.75);
      expect(modelFrames / frames).toBeGreaterThan(0.3);
    },
  );

  test("answers every window once, in order", async () => {
    const told = await detect(await createSileroVad({ clock: systemClock }), encodeMulaw(speech));
    expect(told.map(({ audioEndMs }) => audioEndMs)).toEqual(told.map((_, i) => (i + 1) * windowMs));
  });

  test("hears the same at 16 kHz, where browsers are", async () => {
    const wide = createConverter(phoneFormat, { encoding: "pcm16", sampleRateHz: 16_000 })(encodeMulaw(speech));
    const told = await detect(await createSileroVad({ clock: systemClock }), wide, {
      encoding: "pcm16",
      sampleRateHz: 16_000,
    });
    const { found, alarms } = shares(told);
    expect(found).toBeGreaterThan(0.8);
    expect(alarms).toBeLessThan(0.05);
  });

  test("many calls at once are judged as each would be alone", async () => {
    const noisy = encodeMulaw(withNoise(speech, 150));
    const length = 8000 * 3.2;
    const lines = [
      noisy.subarray(0, length),
      noisy.subarray(8000 * 1.7, 8000 * 1.7 + length),
      new Uint8Array(length).fill(0xff),
    ] as const;
    // The last windows of a line may still be under way.
    const settled = 90;
    const judge = async (detector: VoiceActivityDetector, line: Uint8Array) =>
      (await detect(detector, line)).slice(0, settled).map(({ probability }) => probability);
    const alone: number[][] = [];
    for (const line of lines) alone.push(await judge(await createSileroVad({ clock: systemClock }), line));
    const detector = await createSileroVad({ clock: systemClock });
    const many = await Promise.all(Array.from({ length: 9 }, (_, i) => judge(detector, lines[i % 3]!)));
    for (const [i, told] of many.entries()) {
      expect(told).toHaveLength(settled);
      told.forEach((probability, window) => expect(probability).toBeCloseTo(alone[i % 3]![window]!, 3));
    }
    expect(Math.max(...alone[1]!)).toBeGreaterThan(0.9);
    expect(Math.max(...alone[2]!)).toBe(0);
  });

  test("each window is judged with the end of the one before it", async () => {
    const noisy = encodeMulaw(withNoise(speech, 150)).subarray(0, 8000 * 4);
    const told = await detect(await createSileroVad({ clock: systemClock }), noisy);
    const samples = decodeMulaw(noisy);
    const model = await loadSileroModel();
    const [inputs, state, probabilities] = [new Float32Array(288), new Float32Array(stateSize), new Float32Array(1)];
    let judged = 0;
    for (const [window, { probability }] of told.entries()) {
      inputs.copyWithin(0, windowSamples);
      for (let i = 0; i < windowSamples; i++) inputs[32 + i] = samples[window * windowSamples + i]! / 32_768;
      if (probability === 0) continue; // held back by the gate
      await model.run({ sampleRateHz: 8000, count: 1, windowSize: 288, inputs, states: [state], probabilities });
      expect(probability).toBeCloseTo(probabilities[0]!, 3);
      judged++;
    }
    expect(judged).toBeGreaterThan(40);
  });

  test("a batch gives each stream its own state", async () => {
    const model = await loadSileroModel();
    const inputs = Float32Array.from({ length: 2 * 288 }, (_, i) => Math.sin(i * 0.3) * (i < 288 ? 0.3 : 0.001));
    const states = [new Float32Array(stateSize), new Float32Array(stateSize)];
    const probabilities = new Float32Array(2);
    await model.run({ sampleRateHz: 8000, count: 2, windowSize: 288, inputs, states, probabilities });
    const single = [0, 1].map(() => new Float32Array(stateSize));
    for (const i of [0, 1]) {
      const one = new Float32Array(1);
      await model.run({
        sampleRateHz: 8000,
        count: 1,
        windowSize: 288,
        inputs: inputs.slice(i * 288),
        states: [single[i]!],
        probabilities: one,
      });
      expect(one[0]).toBeCloseTo(probabilities[i]!, 4);
      for (let k = 0; k < stateSize; k++) expect(single[i]![k]).toBeCloseTo(states[i]![k]!, 3);
    }
    expect(states[0]).not.toEqual(states[1]);
  });

  test("after closing nothing is told; a flood is answered without the network rather than lost", async () => {
    const detector = await createSileroVad({ clock: systemClock });
    const told: number[] = [];
    const stream = detector.open({ format: phoneFormat, onProbability: (_, audioEndMs) => told.push(audioEndMs) });
    stream.push(encodeMulaw(withNoise(speech, 300)));
    await eventually(() => told.length === Math.floor(speech.length / windowSamples), "all answers");
    expect(told).toEqual(told.map((_, i) => (i + 1) * windowMs));
    stream.push(encodeMulaw(speech.subarray(pauseMs * 8, pauseMs * 8 + 2000)));
    stream.close();
    const before = told.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.length).toBe(before);
  });
});

describe("energy", () => {
  test.each([0, 150])("finds real speech among pauses, noise of amplitude %i", async (amplitude) => {
    const { found, alarms } = shares(await detect(createEnergyVad(), encodeMulaw(withNoise(speech, amplitude))));
    expect(found).toBeGreaterThan(0.75);
    expect(alarms).toBeLessThan(0.05);
  });

  test("one click is no speech", async () => {
    const clicked = new Int16Array(16_000).fill(3);
    clicked.fill(20_000, 8000, 8100);
    const told = await detect(createEnergyVad(), encodeMulaw(clicked));
    expect(Math.max(...told.map(({ probability }) => probability))).toBeLessThan(0.5);
  });

  test("the choice says what it is", async () => {
    expect((await createVoiceActivity({ clock: systemClock })).model).toBe("silero-v5");
  });
});

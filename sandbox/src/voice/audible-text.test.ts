import { describe, expect, test } from "vitest";
import {
  createWordDetector,
  decodeMulaw,
  decodePcm16,
  encodeMulaw,
  encodePcm16,
  resample,
  synthesize,
} from "./index.ts";

const ENGLISH =
  "Hello, I would like to book a table for 4 people on Friday at seven thirty, please. My name is Alexander Hamilton. Is that okay?";
const ARABIC = "مرحبا، أريد حجز موعد يوم الخميس من فضلك. هل الاستشارات الطبية متاحة اليوم؟";
const VOICES = ["synthetic", "espeak"] as const;

function hear(samples: Int16Array, sampleRateHz: number) {
  const words: { text: string; startMs: number; endMs: number }[] = [];
  const speech: { active: boolean; atMs: number }[] = [];
  const detector = createWordDetector({
    sampleRateHz,
    onWord: (word) => words.push(word),
    onSpeech: (active, atMs) => speech.push({ active, atMs }),
  });
  const frame = sampleRateHz / 50;
  for (let i = 0; i < samples.length; i += frame) detector.push(samples.subarray(i, i + frame));
  detector.push(new Int16Array(sampleRateHz / 2));
  return { text: words.map((word) => word.text).join(" "), words, speech };
}

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function addNoise(samples: Int16Array, snrDb: number): Int16Array {
  const random = createRandom(5);
  const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  const sigma = rms / 10 ** (snrDb / 20);
  const gauss = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  return samples.map((x) => Math.max(-32_768, Math.min(32_767, x + sigma * gauss())));
}

const scale = (samples: Int16Array, gainDb: number): Int16Array =>
  samples.map((x) => Math.max(-32_768, Math.min(32_767, x * 10 ** (gainDb / 20))));

function convert(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  const cutoffHz = Math.min(fromHz, toHz) / 2 - 400;
  return Int16Array.from(resample(Float32Array.from(samples), { fromHz, toHz, cutoffHz }));
}

async function say(text: string, sampleRateHz: number, voice: "synthetic" | "espeak" = "synthetic") {
  return synthesize({ text, language: text === ARABIC ? "ar-AE" : "en", sampleRateHz, voice });
}

describe.each(VOICES)("the %s voice is heard", (voice) => {
  test.each([ENGLISH, ARABIC])("as mu-law at 8 kHz and as pcm at 16 kHz: %s", async (text) => {
    const narrow = await say(text, 8_000, voice);
    expect(hear(decodeMulaw(encodeMulaw(narrow.samples)), 8_000).text).toBe(text);
    const wide = await say(text, 16_000, voice);
    expect(hear(decodePcm16(encodePcm16(wide.samples)), 16_000).text).toBe(text);
    expect(wide.words.map((word) => word.text).join(" ")).toBe(text);
  });

  test("through a conversion from 8 to 16 to 8 kHz, and from 24 and 44.1 down to 8", async () => {
    const { samples } = await say(ENGLISH, 8_000, voice);
    const there = convert(decodeMulaw(encodeMulaw(samples)), 8_000, 16_000);
    expect(hear(there, 16_000).text).toBe(ENGLISH);
    expect(hear(decodeMulaw(encodeMulaw(convert(there, 16_000, 8_000))), 8_000).text).toBe(ENGLISH);
    for (const rate of [24_000, 44_100]) {
      const high = await say(ENGLISH, rate, voice);
      expect(hear(convert(high.samples, rate, 8_000), 8_000).text).toBe(ENGLISH);
    }
  });

  test("in white noise 15 dB below it", async () => {
    const { samples } = await say(ENGLISH, 8_000, voice);
    expect(hear(decodeMulaw(encodeMulaw(addNoise(samples, 15))), 8_000).text).toBe(ENGLISH);
  });

  test("12 dB louder with clipping, and 12 dB softer", async () => {
    const { samples } = await say(ENGLISH, 8_000, voice);
    for (const gainDb of [12, -12]) {
      expect(hear(decodeMulaw(encodeMulaw(scale(samples, gainDb))), 8_000).text, `${gainDb} dB`).toBe(ENGLISH);
    }
  });

  test("with few words lost when 2 % of the packets are silence", async () => {
    const random = createRandom(11);
    let [said, lost] = [0, 0];
    for (let round = 0; round < 8; round++) {
      const { samples, words } = await say(ENGLISH, 8_000, voice);
      const holed = samples.slice();
      for (let i = 0; i < holed.length; i += 160) if (random() < 0.02) holed.fill(0, i, i + 160);
      said += words.length;
      lost += words.length - hear(holed, 8_000).words.length;
    }
    expect(lost / said).toBeLessThan(0.09);
  });

  test("at the time it was said", async () => {
    const { samples, words } = await say(ENGLISH, 8_000, voice);
    const silence = new Int16Array(4_000);
    const heard = hear(Int16Array.from([...silence, ...samples]), 8_000);
    expect(heard.words).toHaveLength(words.length);
    words.forEach((word, i) => expect(Math.abs(heard.words[i]!.endMs - 500 - word.endMs)).toBeLessThanOrEqual(5));
    const [first, last] = [heard.speech[0]!, heard.speech.at(-1)!];
    expect(first.active).toBe(true);
    expect(Math.abs(first.atMs - 500 - words[0]!.startMs)).toBeLessThanOrEqual(60);
    expect(last.active).toBe(false);
    expect(Math.abs(last.atMs - 500 - words.at(-1)!.endMs)).toBeLessThanOrEqual(30);
  });
});

describe("sound that was mishandled says nothing", () => {
  test("mu-law read as pcm, and pcm read as mu-law", async () => {
    const { samples } = await say(ENGLISH, 8_000);
    expect(hear(decodePcm16(encodeMulaw(samples)), 8_000).words).toEqual([]);
    expect(hear(decodeMulaw(encodePcm16(samples)), 8_000).words).toEqual([]);
  });

  test("the wrong rate", async () => {
    const { samples } = await say(ENGLISH, 16_000);
    expect(hear(samples, 8_000).words).toEqual([]);
    expect(hear(samples, 24_000).words).toEqual([]);
    const narrow = await say(ENGLISH, 8_000);
    expect(hear(narrow.samples, 16_000).words).toEqual([]);
  });

  test("swapped bytes", async () => {
    const { samples } = await say(ENGLISH, 16_000);
    expect(hear(decodePcm16(Buffer.from(encodePcm16(samples)).swap16()), 16_000).words).toEqual([]);
  });

  test("frames out of order, or said twice", async () => {
    const { samples } = await say(ENGLISH, 8_000);
    const frames = Array.from({ length: Math.floor(samples.length / 160) }, (_, i) =>
      samples.slice(i * 160, i * 160 + 160),
    );
    const swapped = frames.map((_, i) => frames[i ^ 1] ?? frames[i]!);
    const doubled = frames.flatMap((frame) => [frame, frame]);
    for (const order of [swapped, doubled]) {
      expect(hear(Int16Array.from(order.flatMap((frame) => [...frame])), 8_000).words).toEqual([]);
    }
  });

  test("a minute of noise", () => {
    const noise = addNoise(new Int16Array(8_000 * 60).fill(1_000), 0).map((x) => x - 1_000);
    expect(hear(noise, 8_000).words).toEqual([]);
  });
});

test("text without a word makes no sound, and a very long word is cut", async () => {
  expect((await say(" \n ", 8_000)).samples).toHaveLength(0);
  const long = "x".repeat(250);
  const { samples } = await say(long, 8_000);
  expect(hear(samples, 8_000).text.replaceAll(" ", "")).toBe(long);
});

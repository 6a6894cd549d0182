import { describe, expect, test } from "vitest";
import { bytesOfSamples, createConverter, samplesOfPcm } from "./convert.ts";
import { createNoiseFloor, energyOfDbfs, mulawEnergy, pcmEnergy } from "./energy.ts";
import { phoneFormat } from "./frame.ts";
import { decodeMulaw, encodeMulaw } from "./mulaw.ts";
import { createResampler } from "./resample.ts";
import { makeWavHeader, parseWavHeader } from "./wav.ts";

function tone(
  frequencyHz: number,
  sampleRateHz: number,
  options: { durationMs?: number; amplitude?: number } = {},
): Int16Array {
  const { durationMs = 500, amplitude = 10_000 } = options;
  return Int16Array.from({ length: (sampleRateHz * durationMs) / 1000 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz)),
  );
}

/** Amplitude of one frequency, by Goertzel with a Hann window. */
function levelAt(samples: Int16Array, frequencyHz: number, sampleRateHz: number): number {
  const w = (2 * Math.PI * frequencyHz) / sampleRateHz;
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < samples.length; i++) {
    const hann = 1 - Math.cos((2 * Math.PI * i) / samples.length);
    const s0 = samples[i]! * hann + 2 * Math.cos(w) * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - 2 * Math.cos(w) * s1 * s2;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

const decibels = (ratio: number) => 20 * Math.log10(Math.max(ratio, 1e-9));

describe("mu-law", () => {
  test("has the standard's corner values", () => {
    expect([...decodeMulaw(Uint8Array.of(0x00, 0x7f, 0x80, 0xff, 0xce))]).toEqual([-32_124, 0, 32_124, 0, 988]);
    expect([...encodeMulaw(Int16Array.of(0, 32_767, -32_768, 988, -1))]).toEqual([0xff, 0x80, 0x00, 0xce, 0x7f]);
  });

  test("every byte but negative zero survives a round trip", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 0x7f);
    expect([...encodeMulaw(decodeMulaw(bytes))]).toEqual([...bytes]);
  });

  test("no sample is further off than its step", () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const back = decodeMulaw(encodeMulaw(samples));
    for (let i = 0; i < samples.length; i++) {
      const clipped = Math.max(-32_635, Math.min(32_635, samples[i]!));
      expect(Math.abs(back[i]! - clipped)).toBeLessThanOrEqual(4 + Math.abs(clipped) / 30);
    }
  });
});

describe("resampling", () => {
  const ratesHz = [8000, 16_000, 22_050, 24_000, 48_000];
  const pairs = ratesHz.flatMap((from) => ratesHz.filter((to) => to !== from).map((to) => [from, to] as const));

  test.each(pairs)("%i → %i Hz keeps speech tones and makes no images", (from, to) => {
    const nyquistHz = Math.min(from, to) / 2;
    for (const frequencyHz of [300, 1000, 0.75 * nyquistHz]) {
      const out = createResampler(from, to)
        .process(tone(frequencyHz, from))
        .subarray(Math.round(to * 0.05));
      expect(Math.abs(decibels(levelAt(out, frequencyHz, to) / 10_000))).toBeLessThan(0.3);
      for (const image of [from - frequencyHz, from + frequencyHz]) {
        if (image < to / 2) expect(decibels(levelAt(out, image, to) / 10_000)).toBeLessThan(-60);
      }
    }
  });

  test.each(pairs.filter(([from, to]) => from > to))("%i → %i Hz stops what would alias", (from, to) => {
    const frequencyHz = Math.min(to / 2 + 0.2 * (to / 2), from / 2 - 100);
    const out = createResampler(from, to)
      .process(tone(frequencyHz, from))
      .subarray(Math.round(to * 0.05));
    expect(decibels(levelAt(out, to - frequencyHz, to) / 10_000)).toBeLessThan(-55);
  });

  test.each(pairs)("%i → %i Hz is the same in chunks of any size, and exactly as long", (from, to) => {
    const input = tone(700, from, { durationMs: 400 });
    const whole = createResampler(from, to).process(input);
    const resampler = createResampler(from, to);
    const pieces: number[] = [];
    let offset = 0;
    for (let size = 1; offset < input.length; size = (size * 7 + 3) % 331) {
      pieces.push(...resampler.process(input.subarray(offset, offset + size)));
      offset += size;
    }
    expect(pieces).toEqual([...whole]);
    expect(Math.abs(whole.length - (input.length * to) / from)).toBeLessThanOrEqual(1);
  });

  test("20 ms frames come out as 20 ms frames", () => {
    const resampler = createResampler(24_000, 8000);
    for (let i = 0; i < 10; i++) expect(resampler.process(new Int16Array(480)).length).toBe(160);
  });
});

describe("conversion", () => {
  const pcm16k = { encoding: "pcm16", sampleRateHz: 16_000 } as const;

  test("equal formats pass the same bytes", () => {
    const chunk = Uint8Array.of(1, 2, 3);
    expect(createConverter(phoneFormat, phoneFormat)(chunk)).toBe(chunk);
  });

  test("a tone survives phone → browser → phone", () => {
    const up = createConverter(phoneFormat, pcm16k);
    const down = createConverter(pcm16k, phoneFormat);
    const input = encodeMulaw(tone(1000, 8000));
    const output: number[] = [];
    for (let i = 0; i < input.length; i += 160) output.push(...down(up(input.subarray(i, i + 160))));
    const samples = decodeMulaw(Uint8Array.from(output)).subarray(400);
    expect(Math.abs(decibels(levelAt(samples, 1000, 8000) / 10_000))).toBeLessThan(0.5);
    expect(output.length).toBe(input.length);
  });

  test("samples cut in two by the network stay whole", () => {
    const samples = tone(500, 16_000, { durationMs: 100 });
    const bytes = bytesOfSamples(samples);
    const converter = createConverter(pcm16k, pcm16k);
    const pieces: number[] = [];
    for (let i = 0; i < bytes.length; i += 333) pieces.push(...converter(bytes.subarray(i, i + 333)));
    expect([...samplesOfPcm(Uint8Array.from(pieces))]).toEqual([...samples]);
  });

  test("PCM at an odd address is read right", () => {
    const bytes = new Uint8Array([0, ...bytesOfSamples(Int16Array.of(-2, 300))]).subarray(1);
    expect([...samplesOfPcm(bytes)]).toEqual([-2, 300]);
    expect(pcmEnergy(bytes)).toBe((4 + 90_000) / 2);
  });
});

describe("energy", () => {
  test("a tone has half its amplitude squared, in both encodings", () => {
    const samples = tone(1000, 8000, { amplitude: 8000 });
    expect(pcmEnergy(bytesOfSamples(samples)) / 32e6).toBeCloseTo(1, 2);
    expect(mulawEnergy(encodeMulaw(samples)) / 32e6).toBeCloseTo(1, 1);
    expect(mulawEnergy(new Uint8Array(0))).toBe(0);
  });

  test("the noise floor follows a fan within seconds and is not lifted by words between pauses", () => {
    const fan = createNoiseFloor();
    for (let i = 0; i < 400; i++) fan.update(energyOfDbfs(-40), 20);
    expect(fan.energy / energyOfDbfs(-40)).toBeGreaterThan(0.7);
    const speech = createNoiseFloor();
    for (let i = 0; i < 1000; i++) speech.update(energyOfDbfs(i % 50 < 35 ? -25 : -60), 20);
    expect(speech.energy).toBeLessThan(energyOfDbfs(-50));
  });
});

describe("WAV headers", () => {
  test.each([phoneFormat, { encoding: "pcm16", sampleRateHz: 22_050 } as const])(
    "written and read back: %o",
    (format) => {
      expect(parseWavHeader(makeWavHeader(format, 1000))).toEqual({ format, dataOffset: 44, dataLength: 1000 });
    },
  );

  test("incomplete asks for more, foreign is refused with the reason", () => {
    const header = makeWavHeader(phoneFormat, 10);
    expect(parseWavHeader(header.subarray(0, 30))).toBeUndefined();
    expect(() => parseWavHeader(new Uint8Array(44))).toThrow(/RIFF/);
    header[22] = 2;
    expect(() => parseWavHeader(header)).toThrow(/mono/);
  });
});

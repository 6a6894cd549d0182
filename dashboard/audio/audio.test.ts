import { describe, expect, test } from "vitest";
import { JitterBuffer } from "./jitter-buffer.ts";
import { fromPcm16, toPcm16 } from "./pcm16.ts";
import { Resampler } from "./resampler.ts";

function sine(frequencyHz: number, rateHz: number, samples: number): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * frequencyHz * index) / rateHz),
  );
}

/** Amplitude of one frequency, and of everything else, by projection. */
function analyse(samples: Float32Array, frequencyHz: number, rateHz: number): { tone: number; rest: number } {
  let real = 0;
  let imaginary = 0;
  let power = 0;
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * frequencyHz * index) / rateHz;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
    power += sample * sample;
  });
  const tone = (2 * Math.hypot(real, imaginary)) / samples.length;
  return { tone, rest: Math.sqrt(Math.max(0, power / samples.length - (tone * tone) / 2)) };
}

/** In pieces of 128, as Web Audio gives them. */
function resample(input: Float32Array, from: number, to: number): Float32Array {
  const resampler = new Resampler(from, to);
  const parts: number[] = [];
  for (let at = 0; at < input.length; at += 128) parts.push(...resampler.push(input.subarray(at, at + 128)));
  return Float32Array.from(parts);
}

describe("resampler", () => {
  test.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
    [16_000, 44_100],
  ])("%i → %i Hz keeps a tone, its length and its purity across block borders", (from, to) => {
    const output = resample(sine(1000, from, from), from, to);
    expect(Math.abs(output.length - to)).toBeLessThan(to / 100);
    const { tone, rest } = analyse(output.slice(500, 500 + to / 2), 1000, to);
    expect(tone).toBeCloseTo(0.5, 2);
    expect(rest).toBeLessThan(0.002);
  });

  test("what lies above the new band does not fold back into speech", () => {
    const output = resample(sine(11_000, 48_000, 48_000), 48_000, 16_000);
    const peak = output.slice(200, -200).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeLessThan(0.005);
  });
});

describe("pcm16", () => {
  test("there and back, clipped at full scale", () => {
    const back = fromPcm16(toPcm16(Float32Array.of(0, 0.5, -0.5, 3, -3)));
    expect([...back].map((sample) => Math.round(sample * 1000) / 1000)).toEqual([0, 0.5, -0.5, 1, -1]);
  });
});

const rateHz = 1000; // one sample a millisecond

function pullAll(buffer: JitterBuffer, blocks: number, size = 10): { sound: number[]; marks: string[] } {
  const sound: number[] = [];
  const marks: string[] = [];
  for (let block = 0; block < blocks; block++) {
    const output = new Float32Array(size);
    marks.push(...buffer.pull(output));
    sound.push(...output);
  }
  return { sound, marks };
}
const ones = (count: number) => new Float32Array(count).fill(1);
const played = (sound: number[]) => sound.filter((sample) => sample !== 0).length;

describe("jitter buffer", () => {
  test("waits for its target, then plays everything once and in order", () => {
    const buffer = new JitterBuffer({ rateHz });
    buffer.push(Float32Array.from({ length: 40 }, (_, index) => index + 1));
    expect(played(pullAll(buffer, 2).sound)).toBe(0);
    buffer.push(Float32Array.from({ length: 40 }, (_, index) => index + 41));
    const { sound } = pullAll(buffer, 10);
    expect(sound.filter((sample) => sample !== 0)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
  });

  test("an utterance shorter than the target is played all the same", () => {
    const buffer = new JitterBuffer({ rateHz });
    buffer.push(ones(30));
    expect(played(pullAll(buffer, 20).sound)).toBe(30);
  });

  test("a mark is reached when the last sample before it was played, not earlier", () => {
    const buffer = new JitterBuffer({ rateHz });
    buffer.push(ones(100));
    buffer.mark("a");
    buffer.push(ones(100));
    buffer.mark("b");
    expect(pullAll(buffer, 9).marks).toEqual([]);
    expect(pullAll(buffer, 1).marks).toEqual(["a"]);
    expect(pullAll(buffer, 9).marks).toEqual([]);
    expect(pullAll(buffer, 1).marks).toEqual(["b"]);
  });

  test("a mark with nothing before it is reached at once", () => {
    const buffer = new JitterBuffer({ rateHz });
    buffer.mark("a");
    expect(pullAll(buffer, 1).marks).toEqual(["a"]);
  });

  test("running dry in the middle of speech grows the target, up to its limit; a pause between sentences does not", () => {
    const buffer = new JitterBuffer({ rateHz });
    for (let round = 0; round < 12; round++) {
      buffer.push(ones(80));
      pullAll(buffer, 40); // 80 ms of sound, then dry
      if (round === 5) expect(buffer.stats().targetMs).toBe(70);
    }
    expect(buffer.stats().underruns).toBe(0);
    for (let round = 0; round < 12; round++) {
      buffer.push(ones(250));
      pullAll(buffer, 27); // 20 ms late each time
    }
    expect(buffer.stats().underruns).toBeGreaterThan(4);
    expect(buffer.stats().targetMs).toBe(200);
  });

  test("clear leaves five milliseconds of fade, and drops the marks of what was cut", () => {
    const buffer = new JitterBuffer({ rateHz });
    buffer.push(ones(300));
    buffer.mark("cut");
    pullAll(buffer, 5);
    buffer.clear();
    const { sound, marks } = pullAll(buffer, 10);
    expect(sound.slice(0, 5).map((sample) => Math.round(sample * 10) / 10)).toEqual([0.8, 0.6, 0.4, 0.2, 0]);
    expect(played(sound.slice(5))).toBe(0);
    expect(marks).toEqual([]);
    buffer.push(ones(100));
    buffer.mark("after");
    expect(pullAll(buffer, 20).marks).toEqual(["after"]);
    expect(buffer.stats().underruns).toBe(0);
  });
});

import { expect, test } from "vitest";
import { encodeMulaw, synthesize } from "../voice/index.ts";
import { Ear } from "./ear.ts";

const voiced = encodeMulaw(Int16Array.from({ length: 160 }, (_, at) => (at % 2 === 0 ? 8000 : -8000)));
const silent = new Uint8Array(160).fill(0xff);

function play(ear: Ear, frames: readonly ("voice" | "silence" | "dry")[], fromMs = 1000) {
  frames.forEach((kind, index) => {
    const atMs = fromMs + index * 20;
    const bytes = kind === "voice" ? voiced : silent;
    ear.hear({ atMs, bytes, playedBytes: kind === "dry" ? 0 : 160, arrivedAtMs: atMs - 15 });
  });
}
const many = <T>(count: number, kind: T) => Array.from({ length: count }, () => kind);

test("dry in the middle of a word is a hole; silence and pauses between sentences are not", () => {
  const ear = new Ear("sound");
  play(ear, [...many(5, "voice" as const), "dry", "dry", ...many(5, "voice" as const)]);
  expect(ear.underruns).toEqual([{ atMs: 1100, gapMs: 40 }]);
  const calm = new Ear("sound");
  play(calm, [...many(5, "voice" as const), "silence", "dry", "voice", ...many(25, "dry" as const), "voice"]);
  expect(calm.underruns).toEqual([]);
});

test("an utterance ends after 700 ms without voice, or when it is cleared", () => {
  const ear = new Ear("sound");
  play(ear, ["dry", "silence", "voice", ...many(34, "silence" as const)]);
  expect(ear.current).toMatchObject({ startedAtMs: 1040, arrivedAtMs: 1005, lastVoiceAtMs: 1060 });
  play(ear, ["silence"], 1740);
  expect(ear.current).toBeUndefined();
  play(ear, ["voice"], 1760);
  expect(ear.utterances).toHaveLength(2);
  ear.cleared(4000, 1780);
  expect(ear.utterances[1]).toMatchObject({ cleared: true, over: true });
});

test("words are heard when they sound, and not after a clear", async () => {
  const { samples, words } = await synthesize({ text: "one two three", sampleRateHz: 8000, voice: "synthetic" });
  const bytes = encodeMulaw(samples);
  const ear = new Ear("words");
  const cut = words[2]?.startMs ?? 0;
  for (let at = 0; at + 160 <= bytes.length && at / 8 < cut; at += 160) {
    ear.hear({ atMs: 5000 + at / 8, bytes: bytes.subarray(at, at + 160), playedBytes: 160, arrivedAtMs: 5000 });
  }
  ear.cleared(800, 5000 + cut);
  expect(ear.words.map(({ text }) => text)).toEqual(["one", "two"]);
  expect(ear.words[0]?.atMs).toBeCloseTo(5000 + (words[0]?.endMs ?? 0), -2);
});

import { describe, expect, test } from "vitest";
import { decodeMulaw, encodeMulaw, readWav, writeWav } from "./index.ts";

describe("mu-law", () => {
  test("matches the values of G.711", () => {
    const known: [number, number][] = [
      [0, 0xff],
      [8, 0xfe],
      [-8, 0x7e],
      [1_000, 0xce],
      [-1_000, 0x4e],
      [32_124, 0x80],
      [-32_124, 0x00],
    ];
    for (const [sample, byte] of known) {
      expect(encodeMulaw(Int16Array.of(sample))[0], String(sample)).toBe(byte);
    }
    expect(Array.from(decodeMulaw(Uint8Array.of(0xff, 0x80, 0x00)))).toEqual([0, 32_124, -32_124]);
  });

  test("every byte but negative zero survives decoding and encoding", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 0x7f);
    expect(encodeMulaw(decodeMulaw(bytes))).toEqual(bytes);
  });
});

describe("wav", () => {
  test("is read as it was written", () => {
    const samples = Int16Array.of(0, 1, -1, 32_767, -32_768, 256);
    expect(readWav(writeWav({ samples, sampleRateHz: 8_000, channels: 2 }))).toEqual({
      samples,
      sampleRateHz: 8_000,
      channels: 2,
    });
  });

  test("says why another file cannot be read", () => {
    expect(() => readWav(new Uint8Array(60))).toThrow("RIFF");
    const floats = writeWav({ samples: new Int16Array(2), sampleRateHz: 8_000 });
    floats[20] = 3;
    expect(() => readWav(floats)).toThrow("format 3");
  });
});

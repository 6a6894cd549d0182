import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { decodeSound, type Sound } from "./decode-sound.ts";
import { wavOf } from "./wav-of.ts";

const { signal } = new AbortController();

/** A sine as a WAV file of 16-bit mono. */
function tone(options: { hz: number; durationMs: number; sampleRateHz: number }): Buffer {
  const count = Math.round((options.durationMs * options.sampleRateHz) / 1000);
  const samples = Int16Array.from({ length: count }, (_, index) =>
    Math.round(20_000 * Math.sin((2 * Math.PI * options.hz * index) / options.sampleRateHz)),
  );
  return Buffer.concat([wavOf(options.sampleRateHz, samples.byteLength), Buffer.from(samples.buffer)]);
}

/** Of the middle half, by crossings of zero. */
function pitchOf({ samples, sampleRateHz }: Sound): number {
  const values = new Int16Array(samples.buffer, samples.byteOffset, samples.length / 2);
  const middle = values.subarray(values.length / 4, (values.length * 3) / 4);
  let crossings = 0;
  for (let index = 1; index < middle.length; index++) {
    if ((middle[index - 1] ?? 0) < 0 && (middle[index] ?? 0) >= 0) crossings++;
  }
  return (crossings * sampleRateHz) / middle.length;
}

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

it.each([
  ["wav", tone({ hz: 440, durationMs: 2000, sampleRateHz: 22_050 }), 2000],
  ["mp3", fixture("tone.mp3"), 2050],
  ["Ogg with Opus", fixture("tone.opus"), 2000],
  ["Ogg with Vorbis", fixture("tone.ogg"), 2000],
  ["WebM with Opus", fixture("tone.webm"), 1450],
] as const)("%s becomes samples of the same pitch and length", async (_name, file, durationMs) => {
  const sound = await decodeSound(file, signal);
  expect(Math.abs(sound.durationMs - durationMs)).toBeLessThan(60);
  expect(Math.abs(pitchOf(sound) - 440)).toBeLessThan(5);
});

it.each([
  ["no sound at all", Buffer.from("MZ this is a program"), "unsupported_media_type"],
  ["nothing", Buffer.alloc(0), "unsupported_media_type"],
  ["a header and noise", Buffer.concat([fixture("tone.opus").subarray(0, 60), randomBytes(20_000)]), "bad_request"],
  ["a WAV of more channels than there are", oddWav(), "bad_request"],
  ["more than a minute", tone({ hz: 440, durationMs: 61_000, sampleRateHz: 8000 }), "bad_request"],
] as const)("%s is refused, and the process that read it is all that is lost", async (_name, file, code) => {
  await expect(decodeSound(file, signal)).rejects.toMatchObject({ code });
  expect((await decodeSound(tone({ hz: 440, durationMs: 100, sampleRateHz: 8000 }), signal)).durationMs).toBe(100);
});

function oddWav(): Buffer {
  const file = tone({ hz: 440, durationMs: 100, sampleRateHz: 8000 });
  file.writeUInt16LE(0xffff, 22);
  return file;
}

it("every fixture with bytes changed at random is sound or refused, within its time", {
  timeout: 120_000,
}, async () => {
  for (const name of ["tone.mp3", "tone.opus", "tone.ogg", "tone.webm"]) {
    for (let round = 0; round < 4; round++) {
      const file = Buffer.from(fixture(name));
      for (let change = 0; change < 40; change++)
        file[100 + ((change * 7919 + round * 104_729) % (file.length - 100))] = change;
      const outcome = await decodeSound(file, signal).then(
        ({ durationMs }) => durationMs <= 60_000,
        ({ code }: { code: string }) => code === "bad_request" || code === "unsupported_media_type",
      );
      expect(outcome, `${name}, round ${round}`).toBe(true);
    }
  }
});

it("no more than ten wait at a time, and those that wait get their turn", { timeout: 60_000 }, async () => {
  const file = tone({ hz: 440, durationMs: 100, sampleRateHz: 8000 });
  const all = await Promise.allSettled(Array.from({ length: 14 }, () => decodeSound(file, signal)));
  const refused = all.filter((each) => each.status === "rejected");
  expect(refused).toHaveLength(4);
  expect(refused[0]).toMatchObject({ reason: { code: "too_many_requests" } });
});

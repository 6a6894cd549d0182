import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { samplesOfPcm } from "../../audio/convert.ts";
import { samplesEnergy } from "../../audio/energy.ts";
import type { AudioFormat } from "../../audio/frame.ts";
import { durationOfBytes, phoneFormat } from "../../audio/frame.ts";
import { decodeMulaw } from "../../audio/mulaw.ts";
import { makeWavHeader } from "../../audio/wav.ts";
import type { SpeechEvent } from "../../call/ports.ts";
import { audioOf, describeTextToSpeech, eventually, speak } from "../conformance.ts";
import { EspeakProcess } from "./espeak-process.ts";
import { createBuiltinVoice } from "./voice.ts";

const pcm16k: AudioFormat = { encoding: "pcm16", sampleRateHz: 16_000 };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function createVoice() {
  const voice = createBuiltinVoice();
  cleanups.push(() => voice.close());
  return voice;
}

describeTextToSpeech("The built-in voice", async () => {
  const tts = createBuiltinVoice();
  return { tts, formats: [phoneFormat, pcm16k, { encoding: "pcm16", sampleRateHz: 22_050 }], close: () => tts.close() };
});

/** Energies of 20 ms frames. */
function envelope(samples: Int16Array, sampleRateHz: number): number[] {
  const size = sampleRateHz / 50;
  return Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    samplesEnergy(samples.subarray(i * size, (i + 1) * size)),
  );
}

async function say(
  voice: ReturnType<typeof createVoice>,
  text: string,
  options: { format: AudioFormat; language?: string },
) {
  const reply = speak(voice, options.format, options.language);
  reply.stream.push(text);
  reply.stream.end();
  await reply.over();
  return { audio: audioOf(reply.events, 0), events: reply.events };
}

describe("the built-in voice", () => {
  test.each([
    ["en-US", "Good morning, how can I help you today?"],
    ["en-GB", "Good morning, how can I help you today?"],
    ["ar-EG", "أهلا وسهلا، كيف أساعدك اليوم؟"],
  ])("%s is audible, unclipped and at a pleasant speed", async (language, text) => {
    const { audio } = await say(createVoice(), text, { format: pcm16k, language });
    const samples = samplesOfPcm(audio);
    const seconds = durationOfBytes(pcm16k, audio.length) / 1000;
    expect(text.length / seconds).toBeGreaterThan(9);
    expect(text.length / seconds).toBeLessThan(19);
    expect(10 * Math.log10(samplesEnergy(samples) / 32_768 ** 2)).toBeGreaterThan(-28);
    expect(samples.filter((sample) => Math.abs(sample) >= 32_767).length).toBeLessThan(10);
  });

  test("the telephone hears the same as the browser", async () => {
    const voice = createVoice();
    const text = "Your appointment is on Monday.";
    const phone = decodeMulaw((await say(voice, text, { format: phoneFormat })).audio);
    const wide = samplesOfPcm((await say(voice, text, { format: pcm16k })).audio);
    const a = envelope(phone, 8000);
    const b = envelope(wide, 16_000);
    expect(Math.abs(a.length - b.length)).toBeLessThanOrEqual(1);
    const loud = a.flatMap((energy, i) => (energy > 1e6 && b[i] ? [10 * Math.log10(energy / b[i])] : []));
    expect(loud.length).toBeGreaterThan(20);
    loud.sort((x, y) => x - y);
    expect(Math.abs(loud[loud.length >> 1]!)).toBeLessThan(2);
  });

  test("tells how far it has come", async () => {
    const { events } = await say(createVoice(), "One two three four five six seven.", { format: phoneFormat });
    const progress = events.flatMap((event) => (event.type === "audio" ? [event.chars ?? 0] : []));
    expect(progress).toEqual([...progress].sort((x, y) => x - y));
    expect(progress.at(-1)).toBe(34);
    expect(progress[Math.floor(progress.length / 2)]).toBeGreaterThan(9);
    expect(progress[Math.floor(progress.length / 2)]).toBeLessThan(28);
  });

  test("markup and phoneme brackets are read as nothing", async () => {
    const { audio } = await say(createVoice(), "<break time='5s'/>[[h@]] hello & <goodbye", { format: phoneFormat });
    expect(durationOfBytes(phoneFormat, audio.length)).toBeLessThan(8000);
  });

  /** Kills the child with each of its first `deaths` pieces of audio, the moment they arrive. */
  async function sayToMortals(voice: ReturnType<typeof createVoice>, text: string, deaths: number) {
    const events: SpeechEvent[] = [];
    const killed = new Set<number>();
    const onEvent = (event: SpeechEvent) => {
      const pid = voice.pid();
      if (event.type === "audio" && killed.size < deaths && pid !== undefined && !killed.has(pid)) {
        killed.add(pid);
        process.kill(pid, "SIGKILL");
      }
      events.push(event);
    };
    const stream = voice.open({
      language: "en-US",
      format: phoneFormat,
      onEvent,
      signal: new AbortController().signal,
    });
    stream.push(text);
    stream.end();
    await eventually(() => events.some(({ type }) => type === "done" || type === "failed"), "the end", 15_000);
    expect(killed.size).toBe(deaths);
    return events;
  }
  const longText =
    "This is quite a long sentence, which will be cut in the middle, and nobody is going to notice it. ".repeat(6);

  test("a killed child is replaced; the sentence goes on where it was cut", async () => {
    const voice = createVoice();
    const whole = (await say(voice, longText, { format: phoneFormat })).audio;
    const events = await sayToMortals(voice, longText, 1);
    expect(events.at(-1)).toEqual({ type: "done" });
    // Its noise differs from run to run, its timing does not; both children spoke this as their first sentence at the end.
    const spoken = audioOf(events, 0);
    expect(spoken.length).toBe(whole.length);
    expect(spoken.subarray(-whole.length / 2).equals(whole.subarray(-whole.length / 2))).toBe(true);
  });

  test("a child that dies twice is a failure, not a loop", async () => {
    const events = await sayToMortals(createVoice(), longText, 2);
    expect(events.at(-1)).toMatchObject({ type: "failed", error: { provider: "builtin", category: "overloaded" } });
  });
});

describe("when the npm build cannot be loaded", () => {
  /** A folder that has our files but not the package, so that only the machine's program is left. */
  function startElsewhere(program: string) {
    const folder = mkdtempSync(join(tmpdir(), "espeak-"));
    const here = new URL(".", import.meta.url).pathname;
    const script = join(folder, "child.mjs");
    writeFileSync(
      script,
      `import { registerHooks } from "node:module";
       registerHooks({ resolve(name, context, next) { if (name.includes("espeak-ng-emscripten")) throw new Error("no such package"); return next(name, context); } });
       await import(${JSON.stringify(`${here}espeak-child.ts`)});`,
    );
    const espeak = new EspeakProcess({ binary: program, script });
    cleanups.push(
      () => espeak.stop(),
      () => rmSync(folder, { recursive: true }),
    );
    const heard: Buffer[] = [];
    const outcome = new Promise<string>((resolve) => {
      espeak.speak({
        text: "hello",
        language: "en-US",
        voice: undefined,
        format: { encoding: "pcm16", sampleRateHz: 22_050 },
        onAudio: (audio) => heard.push(Buffer.from(audio)),
        onEnd: () => resolve("end"),
        onError: (error) => resolve(error.vendorMessage ?? ""),
      });
    });
    return { folder, heard, outcome };
  }

  test("the machine's program speaks", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espeak-bin-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const wav = Buffer.concat([makeWavHeader({ encoding: "pcm16", sampleRateHz: 22_050 }, 0), Buffer.alloc(4000, 7)]);
    writeFileSync(join(folder, "out.wav"), wav);
    const program = join(folder, "espeak-ng");
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1" = --version ] && exit 0\ncat > /dev/null\ncat ${join(folder, "out.wav")}\n`,
      { mode: 0o755 },
    );
    const { heard, outcome } = startElsewhere(program);
    expect(await outcome).toBe("end");
    expect(Buffer.concat(heard).subarray(0, 4000)).toEqual(Buffer.alloc(4000, 7));
  });

  test("with neither, the failure says so", async () => {
    expect(await startElsewhere("/nonexistent/espeak-ng").outcome).toMatch(/espeak-ng cannot be loaded.*no program/);
  });
});

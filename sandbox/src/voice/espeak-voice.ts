import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type EspeakSpeech, speakInProcess } from "./espeak-process.ts";
import { decodePcm16, encodePcm16 } from "./pcm.ts";
import { resample } from "./resample.ts";
import { pauseAfterMs, SPEECH_CUTOFF_HZ, type VoiceSegment } from "./voice-segment.ts";

const FRAME_MS = 10;
const cacheFolder = join(tmpdir(), "parley-sandbox-voice-1");
const headerSchema = z.object({
  sampleRateHz: z.number(),
  words: z.array(z.object({ position: z.number(), startMs: z.number() })),
});

async function readCached(path: string): Promise<EspeakSpeech | undefined> {
  try {
    const file = await readFile(path);
    const headerLength = file.readUInt32LE(0);
    const header = headerSchema.parse(JSON.parse(file.toString("utf8", 4, 4 + headerLength)));
    return { ...header, samples: decodePcm16(file.subarray(4 + headerLength)) };
  } catch {
    return undefined;
  }
}

async function writeCached(path: string, speech: EspeakSpeech): Promise<void> {
  const header = Buffer.from(JSON.stringify({ sampleRateHz: speech.sampleRateHz, words: speech.words }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const draft = `${path}.${process.pid}`;
  await mkdir(cacheFolder, { recursive: true });
  await writeFile(draft, Buffer.concat([length, header, encodePcm16(speech.samples)]));
  await rename(draft, path);
}

function nameVoice(language: string): string {
  const base = language.toLowerCase().split(/[-_]/u)[0] ?? "en";
  return base === "en" || base === "multi" ? "en-us" : base;
}

async function speak(text: string, language: string): Promise<EspeakSpeech> {
  const voice = nameVoice(language);
  const path = join(cacheFolder, createHash("sha256").update(`${voice}\n${text}`).digest("hex"));
  const cached = await readCached(path);
  if (cached) return cached;
  const speech = await speakInProcess(text, voice);
  // A full or read-only disk costs the cache, not the voice.
  await writeCached(path, speech).catch(() => undefined);
  return speech;
}

/** Where each word starts, in ms: espeak reports some words in several pieces and some not at all. */
function placeWords(words: readonly string[], speech: EspeakSpeech): (number | undefined)[] {
  let position = 0;
  return words.map((word) => {
    const end = position + Array.from(word).length;
    const event = speech.words.find((heard) => heard.position >= position && heard.position < end);
    position = end + 1;
    return event?.startMs;
  });
}

/** Length of the piece without the silence at its end. */
function measureSpoken(piece: Float32Array, frameLength: number, silence: number): number {
  let end = piece.length;
  while (end > 0) {
    const frame = piece.subarray(Math.max(0, end - frameLength), end);
    if (frame.some((sample) => Math.abs(sample) > silence)) break;
    end = Math.max(0, end - frameLength);
  }
  return end;
}

/** The words spoken by espeak-ng, each with the pause that it was given. `words` are joined by single spaces. */
export async function speakEspeak(
  words: readonly string[],
  options: { language: string; sampleRateHz: number },
): Promise<VoiceSegment[]> {
  const { sampleRateHz } = options;
  const speech = await speak(words.join(" "), options.language);
  const sound = resample(
    Float32Array.from(speech.samples, (sample) => sample / 32_768),
    {
      fromHz: speech.sampleRateHz,
      toHz: sampleRateHz,
      cutoffHz: SPEECH_CUTOFF_HZ,
    },
  );
  const starts = placeWords(words, speech);
  const silence = sound.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0) * 0.01;
  const frameLength = Math.round((sampleRateHz * FRAME_MS) / 1_000);
  const toSample = (ms: number | undefined): number =>
    Math.min(sound.length, Math.round(((ms ?? 0) * sampleRateHz) / 1_000));
  return words.map((text, index) => {
    const start = starts[index];
    const next = starts.slice(index + 1).find((ms) => ms !== undefined);
    if (start === undefined) return { text, speech: new Float32Array(0), pauseMs: pauseAfterMs(text) };
    const piece = sound.slice(toSample(start), next === undefined ? sound.length : toSample(next));
    const spoken = measureSpoken(piece, frameLength, silence);
    const pauseMs = ((piece.length - spoken) * 1_000) / sampleRateHz;
    return { text, speech: piece.slice(0, spoken), pauseMs };
  });
}

import { speakEspeak } from "./espeak-voice.ts";
import { addBurst, BITS_PER_SECOND, burstDurationMs } from "./modem.ts";
import { stretch } from "./stretch.ts";
import { speakSynthetic } from "./synthetic-voice.ts";
import { splitWords, type VoiceSegment } from "./voice-segment.ts";
import { encodeWord, splitLongWord } from "./word-code.ts";

export type SpokenWord = { text: string; startMs: number; endMs: number };
export type AudibleText = { samples: Int16Array; words: SpokenWord[] };
export type VoiceName = "espeak" | "synthetic";

/** −10.5 dBFS: 12 dB more than this clips but little. */
const SPEECH_PEAK = 0.3;
/** −11 dB below the speech's peak. */
const BURST_AMPLITUDE = 0.085;
const LEAD_MS = 10;
const TAIL_MS = 40;
/** Under the usual end-of-turn silence: one text is one turn. */
const MAX_PAUSE_MS = 240;
const MEMORY_SAMPLES = 40_000_000;

const memory = new Map<string, Promise<AudibleText>>();
let remembered = 0;
let warned = false;

function layWord(segment: VoiceSegment, sampleRateHz: number): Float32Array<ArrayBuffer> {
  const bits = encodeWord(segment.text);
  const burstLength = Math.ceil((bits.length * sampleRateHz) / BITS_PER_SECOND) + 1;
  const short = segment.speech.length < burstLength;
  const sound = short ? stretch(segment.speech, burstLength, sampleRateHz) : segment.speech.slice();
  addBurst(sound, { bits, start: sound.length - burstLength, amplitude: BURST_AMPLITUDE, sampleRateHz });
  return sound;
}

function setPeak(segments: readonly VoiceSegment[]): void {
  const peak = Math.max(1e-6, ...segments.map(({ speech }) => speech.reduce((a, b) => Math.max(a, Math.abs(b)), 0)));
  for (const { speech } of segments) {
    for (let i = 0; i < speech.length; i++) speech[i] = ((speech[i] ?? 0) * SPEECH_PEAK) / peak;
  }
}

function assemble(segments: readonly VoiceSegment[], sampleRateHz: number): AudibleText {
  const toSamples = (ms: number): number => Math.round((ms * sampleRateHz) / 1_000);
  setPeak(segments);
  const sounds = segments.map((segment) => layWord(segment, sampleRateHz));
  const pauses = segments.map(({ pauseMs }, i) =>
    i === segments.length - 1 ? TAIL_MS : Math.min(pauseMs, MAX_PAUSE_MS),
  );
  const total = sounds.reduce((sum, sound, i) => sum + sound.length + toSamples(pauses[i] ?? 0), toSamples(LEAD_MS));
  const samples = new Int16Array(total);
  const words: SpokenWord[] = [];
  let at = toSamples(LEAD_MS);
  sounds.forEach((sound, i) => {
    const start = at;
    for (const value of sound) samples[at++] = Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
    const toMs = (position: number): number => Math.round((position * 1_000) / sampleRateHz);
    words.push({ text: segments[i]?.text ?? "", startMs: toMs(start), endMs: toMs(at) });
    at += toSamples(pauses[i] ?? 0);
  });
  return { samples, words };
}

async function speak(request: {
  words: string[];
  language: string;
  sampleRateHz: number;
  voice: VoiceName;
}): Promise<AudibleText> {
  const { words, sampleRateHz } = request;
  if (request.voice === "espeak") {
    try {
      return assemble(await speakEspeak(words, request), sampleRateHz);
    } catch (error) {
      if (!warned) console.warn(`espeak is not available, the synthetic voice speaks instead: ${String(error)}`);
      warned = true;
    }
  }
  return assemble(speakSynthetic(words, sampleRateHz), sampleRateHz);
}

function forgetOldest(): void {
  const oldest = memory.keys().next().value;
  if (oldest === undefined) return;
  void memory.get(oldest)?.then(({ samples }) => {
    remembered -= samples.length;
  });
  memory.delete(oldest);
}

/**
 * Speech that carries its words in-band, for `createWordDetector`. Results are remembered: do not write into `samples`.
 * The times are of each word's sound within `samples`. Text without a word gives no samples.
 */
export function synthesize(request: {
  text: string;
  /** BCP-47; only the espeak voice minds. */
  language?: string;
  sampleRateHz: number;
  voice?: VoiceName;
}): Promise<AudibleText> {
  const { sampleRateHz, voice = "espeak", language = "en" } = request;
  const words = splitWords(request.text, splitLongWord);
  if (words.length === 0) return Promise.resolve({ samples: new Int16Array(0), words: [] });
  const key = [voice, voice === "espeak" ? language : "", sampleRateHz, ...words].join(" ");
  const known = memory.get(key);
  if (known) return known;
  const made = speak({ words, language, sampleRateHz, voice });
  memory.set(key, made);
  made.then(
    ({ samples }) => {
      remembered += samples.length;
      while (remembered > MEMORY_SAMPLES && memory.size > 1) forgetOldest();
    },
    () => memory.delete(key),
  );
  return made;
}

/** How long the burst of one word sounds: no word is spoken faster. */
export function wordBurstMs(word: string): number {
  return burstDurationMs(encodeWord(word));
}

import { speakEspeak } from "./espeak-voice.ts";
import { type LaidWord, laySyntheticWords, layWords } from "./laid-word.ts";
import { splitWords } from "./voice-segment.ts";
import { splitLongWord } from "./word-code.ts";

export type SpokenWord = { text: string; startMs: number; endMs: number };
export type AudibleText = { samples: Int16Array; words: SpokenWord[] };
export type VoiceName = "espeak" | "synthetic";

const LEAD_MS = 10;
const TAIL_MS = 40;
/** Under the usual end-of-turn silence: one text is one turn. */
const MAX_PAUSE_MS = 240;
const MEMORY_SAMPLES = 40_000_000;

const memory = new Map<string, Promise<AudibleText>>();
let remembered = 0;
let warned = false;

function assemble(laid: readonly LaidWord[], sampleRateHz: number): AudibleText {
  const toSamples = (ms: number): number => Math.round((ms * sampleRateHz) / 1_000);
  const toMs = (position: number): number => Math.round((position * 1_000) / sampleRateHz);
  const pauses = laid.map(({ pauseMs }, i) => (i === laid.length - 1 ? TAIL_MS : Math.min(pauseMs, MAX_PAUSE_MS)));
  const total = laid.reduce((sum, { sound }, i) => sum + sound.length + toSamples(pauses[i] ?? 0), toSamples(LEAD_MS));
  const samples = new Int16Array(total);
  let at = toSamples(LEAD_MS);
  const words = laid.map(({ text, sound }, i) => {
    const startMs = toMs(at);
    samples.set(sound, at);
    at += sound.length;
    const endMs = toMs(at);
    at += toSamples(pauses[i] ?? 0);
    return { text, startMs, endMs };
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
      return assemble(layWords(await speakEspeak(words, request), sampleRateHz), sampleRateHz);
    } catch (error) {
      if (!warned) console.warn(`espeak is not available, the synthetic voice speaks instead: ${String(error)}`);
      warned = true;
    }
  }
  return assemble(laySyntheticWords(words, sampleRateHz), sampleRateHz);
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

import { addBurst, BITS_PER_SECOND } from "./modem.ts";
import { stretch } from "./stretch.ts";
import { SYNTHETIC_PITCHES, speakSyntheticWord } from "./synthetic-voice.ts";
import type { VoiceSegment } from "./voice-segment.ts";
import { encodeWord } from "./word-code.ts";

/** A word's speech with its burst laid over the end, and the pause after it. */
export type LaidWord = { text: string; sound: Int16Array; pauseMs: number };

/** −10.5 dBFS: 12 dB more than this clips but little. */
const SPEECH_PEAK = 0.3;
/** −11 dB below the speech's peak. */
const BURST_AMPLITUDE = 0.085;
/** Every synthetic word reaches its peak: it is kept under what 12 dB more would clip. */
const SYNTHETIC_PEAK = 0.22;
const KEPT_WORDS = 4_000;

function findPeak(speech: Float32Array): number {
  let peak = 1e-6;
  for (const sample of speech) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

function layWord(segment: VoiceSegment, gain: number, sampleRateHz: number): LaidWord {
  const bits = encodeWord(segment.text);
  const burstLength = Math.ceil((bits.length * sampleRateHz) / BITS_PER_SECOND) + 1;
  const speech = segment.speech.map((sample) => sample * gain);
  const sound = speech.length < burstLength ? stretch(speech, burstLength, sampleRateHz) : speech;
  addBurst(sound, { bits, start: sound.length - burstLength, amplitude: BURST_AMPLITUDE, sampleRateHz });
  const samples = Int16Array.from(sound, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32_767));
  return { text: segment.text, sound: samples, pauseMs: segment.pauseMs };
}

/** Lays all words of an utterance, as loud as its loudest place allows. */
export function layWords(segments: readonly VoiceSegment[], sampleRateHz: number): LaidWord[] {
  const gain = SPEECH_PEAK / Math.max(1e-6, ...segments.map(({ speech }) => findPeak(speech)));
  return segments.map((segment) => layWord(segment, gain, sampleRateHz));
}

const laid = new Map<string, LaidWord>();

/** Words of the synthetic voice. They repeat from text to text and are remembered. */
export function laySyntheticWords(words: readonly string[], sampleRateHz: number): LaidWord[] {
  return words.map((text, index) => {
    const pitch = index % SYNTHETIC_PITCHES;
    const key = `${sampleRateHz} ${pitch} ${text}`;
    const known = laid.get(key);
    if (known) return known;
    const segment = speakSyntheticWord(text, pitch, sampleRateHz);
    const made = layWord(segment, SYNTHETIC_PEAK / findPeak(segment.speech), sampleRateHz);
    laid.set(key, made);
    const oldest = laid.keys().next().value;
    if (laid.size > KEPT_WORDS && oldest !== undefined) laid.delete(oldest);
    return made;
  });
}

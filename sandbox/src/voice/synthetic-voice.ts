import { resample } from "./resample.ts";
import { pauseAfterMs, SPEECH_CUTOFF_HZ, type VoiceSegment } from "./voice-segment.ts";

const RATE_HZ = 8_000;
const SYLLABLE_MS = 155;
const EDGE_MS = 25;

/** First and second formant of five vowels, in Hz. */
const FORMANTS: readonly (readonly [number, number])[] = [
  [730, 1_190],
  [460, 1_750],
  [320, 1_950],
  [500, 920],
  [340, 820],
];

type Resonator = { a: number; b: number; gain: number };

function tuneResonator(centerHz: number, bandwidthHz: number): Resonator {
  const radius = Math.exp((-Math.PI * bandwidthHz) / RATE_HZ);
  const a = 2 * radius * Math.cos((2 * Math.PI * centerHz) / RATE_HZ);
  return { a, b: -radius * radius, gain: 1 - a + radius * radius };
}

function countSyllables(word: string): number {
  const groups = word.normalize("NFD").match(/[aeiouyаеиоуыэюяاويى]+|[\d]/giu);
  return Math.min(24, Math.max(1, groups?.length ?? Math.round(word.length / 3)));
}

function hashWord(word: string): number {
  let hash = 7;
  for (let i = 0; i < word.length; i++) hash = (hash * 31 + word.charCodeAt(i)) >>> 0;
  return hash;
}

/** One word: a pulse train through two resonators per syllable, each syllable swelling and fading. */
function speakWord(word: string, startHz: number): Float32Array {
  const syllables = countSyllables(word);
  const syllableLength = Math.round((SYLLABLE_MS * RATE_HZ) / 1_000);
  const output = new Float32Array(syllables * syllableLength);
  const hash = hashWord(word);
  let [pulse, y1, y2, z1, z2] = [0, 0, 0, 0, 0];
  for (let syllable = 0; syllable < syllables; syllable++) {
    const [first, second] = FORMANTS[(hash + syllable * 3) % FORMANTS.length] ?? [500, 1_500];
    const [lower, upper] = [tuneResonator(first, 70), tuneResonator(second, 110)];
    for (let i = 0; i < syllableLength; i++) {
      const position = syllable * syllableLength + i;
      pulse += (startHz - (12 * position) / output.length) / RATE_HZ;
      const source = pulse >= 1 ? 1 : -0.012;
      if (pulse >= 1) pulse -= 1;
      const y = source + lower.a * y1 + lower.b * y2;
      [y2, y1] = [y1, y];
      const z = y * lower.gain * 6 + upper.a * z1 + upper.b * z2;
      [z2, z1] = [z1, z];
      const swell = 0.35 + 0.65 * Math.sin((Math.PI * (i + 0.5)) / syllableLength);
      const edge = Math.min(1, position / 80, (output.length - position) / ((EDGE_MS * RATE_HZ) / 1_000));
      output[position] = (y * lower.gain * 4 + z * upper.gain) * swell * edge;
    }
  }
  return output;
}

/** Words of one utterance fall in pitch, and begin again at the top after so many. */
export const SYNTHETIC_PITCHES = 4;

/** A cheap voice that needs no other program: it sounds and measures like speech, and says nothing an ear could follow. */
export function speakSyntheticWord(text: string, pitch: number, sampleRateHz: number): VoiceSegment {
  const spoken = speakWord(text, 128 - pitch * 5);
  const speech = resample(spoken, { fromHz: RATE_HZ, toHz: sampleRateHz, cutoffHz: SPEECH_CUTOFF_HZ });
  return { text, speech, pauseMs: pauseAfterMs(text) };
}

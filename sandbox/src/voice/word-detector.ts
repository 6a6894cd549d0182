import { createBurstReader } from "./burst-reader.ts";
import { createSpeechActivity } from "./speech-activity.ts";
import { createToneDiscriminator } from "./tone-discriminator.ts";

export type HeardWord = { text: string; startMs: number; endMs: number };

export type WordDetector = {
  push(samples: Int16Array): void;
  /** Audio time received, in whole 10 ms frames. */
  readonly nowMs: number;
  /** End of the last frame that held speech; -Infinity before the first. */
  readonly lastSpeechMs: number;
  readonly speaking: boolean;
};

/** Below this every sample of a stretch is silence, and the tone filters rest. */
const SILENT = 24;
const READINGS_PER_SECOND = 8_000;
/** A word that ends the speech is over before its last 10 ms frame is. */
const REST_AFTER_MS = 60;

/**
 * Hears the words that `synthesize` put into sound, from samples alone.
 * `onWord` fires in the push that holds the word's end; `onSpeech(false)` comes `hangoverMs` (80) late and names the true end.
 * All times are audio time since the first sample.
 */
export function createWordDetector(options: {
  sampleRateHz: number;
  hangoverMs?: number;
  onWord: (word: HeardWord) => void;
  onSpeech?: (active: boolean, atMs: number) => void;
}): WordDetector {
  const { sampleRateHz } = options;
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 8_000 || sampleRateHz > 96_000) {
    throw new RangeError(`sampleRateHz must be a whole number from 8000 to 96000, not ${sampleRateHz}`);
  }
  const every = Math.max(1, Math.floor(sampleRateHz / READINGS_PER_SECOND));
  const restAfter = Math.round((sampleRateHz * REST_AFTER_MS) / 1_000);
  let [heard, quiet, lastWordEndMs] = [0, restAfter, 0];
  const activity = createSpeechActivity({
    sampleRateHz,
    hangoverMs: options.hangoverMs ?? 80,
    onChange: (active, atMs) => options.onSpeech?.(active, atMs),
  });
  const discriminator = createToneDiscriminator(sampleRateHz);
  const reader = createBurstReader({
    readingsPerSecond: sampleRateHz / every,
    onWord(text) {
      const endMs = Math.round((heard * 1_000) / sampleRateHz);
      const startMs = Math.min(endMs, Math.max(lastWordEndMs, activity.speechStartMs));
      lastWordEndMs = endMs;
      options.onWord({ text, startMs, endMs });
    },
  });

  function push(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      activity.push(sample);
      heard += 1;
      quiet = sample < SILENT && sample > -SILENT ? quiet + 1 : 0;
      if (quiet > restAfter) {
        if (quiet === restAfter + 1) discriminator.clear();
        continue;
      }
      discriminator.push(sample);
      if (heard % every === 0) {
        const reading = discriminator.read();
        reader.push(reading, discriminator.strength());
      }
    }
  }

  return {
    push,
    get nowMs() {
      return activity.nowMs;
    },
    get lastSpeechMs() {
      return activity.lastSpeechMs;
    },
    get speaking() {
      return activity.active;
    },
  };
}

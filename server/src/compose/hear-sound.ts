/** A whole sound through a live recogniser: faster than it was spoken, and no faster than vendors take it. */

import { createConverter } from "../audio/convert.ts";
import { type AudioFormat, bytesForDuration, phoneFormat } from "../audio/frame.ts";
import type { SpeechToText, TranscriptEvent, VendorUse } from "../call/ports.ts";
import type { HeardSound, Sound } from "../features/utterances/index.ts";
import type { ProviderError } from "../kernel/app-error.ts";
import { type Clock, sleep } from "../kernel/clock.ts";

/** Times as fast as speech. */
const pace = 4;
const stepMs = 100;
/** Behind the last word, so that every recogniser knows that it was the last. */
const trailingSilenceMs = 1500;
/** After everything was sent: so long without news, and it was all. */
const quietMs = 700;
const lastWordsWithinMs = 5000;

export interface Hearing {
  readonly sound: Sound;
  /** BCP-47. */
  readonly language: string;
  readonly keyterms: readonly string[];
  readonly signal: AbortSignal;
  readonly onUsage: (use: VendorUse) => void;
}

/** What has been heard so far. */
class Words {
  readonly segments: { text: string; startMs: number; endMs: number }[] = [];
  interim = "";
  failure: ProviderError | undefined;
  /** Whether anything was told since it was last asked. */
  news = false;

  take(event: TranscriptEvent, sentMs: number): void {
    this.news = true;
    if (event.type === "failed") this.failure = event.error;
    else if (event.type === "interim" || event.type === "turn-started" || event.type === "turn-update")
      this.interim = event.text;
    else if (event.type === "final") this.close(event.text, event.audioEndMs ?? sentMs);
    else if (event.type === "turn-ended") this.close(event.text, sentMs);
  }

  close(text: string, endMs: number): void {
    this.interim = "";
    if (text.trim() === "") return;
    const startMs = this.segments.at(-1)?.endMs ?? 0;
    this.segments.push({ text: text.trim(), startMs, endMs: Math.max(startMs, Math.round(endMs)) });
  }
}

const formatFor = ({ inputFormats }: SpeechToText): AudioFormat =>
  inputFormats.find(({ encoding, sampleRateHz }) => encoding === "pcm16" && sampleRateHz === 16_000) ??
  inputFormats[0] ??
  phoneFormat;

/** Throws ProviderError, or the signal's reason. */
export async function hearSound(recogniser: SpeechToText, hearing: Hearing, clock: Clock): Promise<HeardSound> {
  const { sound, language, keyterms, onUsage, signal } = hearing;
  const format = formatFor(recogniser);
  const source: AudioFormat = { encoding: "pcm16", sampleRateHz: sound.sampleRateHz };
  const convert = createConverter(source, format);
  const over = new AbortController();
  const words = new Words();
  let sentMs = 0;
  const stream = recogniser.open({
    ...{ format, language, keyterms, onUsage, signal: AbortSignal.any([signal, over.signal]) },
    onEvent: (event) => words.take(event, Math.min(sentMs, sound.durationMs)),
  });
  const send = async (samples: Uint8Array) => {
    for (let at = 0; at < samples.length; at += bytesForDuration(source, stepMs)) {
      signal.throwIfAborted();
      if (words.failure !== undefined) throw words.failure;
      stream.sendAudio(convert(samples.subarray(at, at + bytesForDuration(source, stepMs))));
      sentMs += stepMs;
      await sleep(clock, stepMs / pace, signal);
    }
  };
  try {
    await send(sound.samples);
    await send(new Uint8Array(bytesForDuration(source, trailingSilenceMs)));
    stream.finalize();
    await settle(words, { clock, signal });
    if (words.failure !== undefined && words.segments.length === 0) throw words.failure;
    words.close(words.interim, sound.durationMs);
    const { provider, model } = recogniser;
    return { text: words.segments.map(({ text }) => text).join(" "), segments: words.segments, provider, model };
  } finally {
    stream.close();
    over.abort();
  }
}

/** A turn that is still open, or the first words of a slow vendor, are waited for longer. */
async function settle(words: Words, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const endAtMs = clock.now() + lastWordsWithinMs;
  do {
    words.news = false;
    await sleep(clock, quietMs, signal);
    signal.throwIfAborted();
    if (words.failure !== undefined) return;
  } while ((words.news || words.interim !== "") && clock.now() < endAtMs);
}

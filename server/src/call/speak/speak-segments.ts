/** Text → sound, segment by segment: splits a stream of text, puts it into spoken form, gives it to the voice. */
import type { ProviderSwitch, SpeechEvent, SpeechStream, TextToSpeech, VendorUse } from "../ports.ts";
import type { PhraseCache, PhraseVoice } from "./phrase-cache.ts";
import { phraseKey } from "./phrase-cache.ts";
import { createSentenceSplitter } from "./split-sentences.ts";
import { toSpokenText } from "./spoken-text.ts";

export interface SpokenSegment {
  readonly number: number;
  /** As generated. */
  readonly text: string;
  /** As the voice reads it. */
  readonly spoken: string;
}

export interface SegmentSpeakerOptions {
  readonly voice: PhraseVoice;
  readonly textToSpeech: TextToSpeech | undefined;
  readonly cache: PhraseCache;
  readonly timeZone: string;
  readonly wallNow: () => number;
  readonly signal: AbortSignal;
  readonly onSegment: (segment: SpokenSegment) => void;
  readonly onEvent: (event: SpeechEvent) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
  readonly onUsage?: (use: VendorUse) => void;
}

const splitting = { firstMinChars: 24, minChars: 40, maxChars: 260 };

export class SegmentSpeaker {
  readonly #options: SegmentSpeakerOptions;
  readonly #splitter = createSentenceSplitter(splitting);
  #count = 0;
  #stream: SpeechStream | undefined;
  /** The stream's own numbers start at 0 where its first segment stands. */
  #firstOfStream = 0;
  /** Phrases on their way into the cache, by segment. */
  readonly #captures = new Map<number, { key: string; chunks: Uint8Array[] }>();

  constructor(options: SegmentSpeakerOptions) {
    this.#options = options;
  }

  /** Text as it is generated. */
  push(delta: string): void {
    for (const segment of this.#splitter.push(delta)) this.#speak(segment);
  }

  /** What was pushed so far is a whole: it need not wait for more. */
  flush(): void {
    for (const segment of this.#splitter.flush()) this.#speak(segment);
  }

  /** A whole sentence of the platform's own: from the cache if it is there, into it if not. */
  pushPhrase(text: string): void {
    const { cache, voice, onSegment, onEvent } = this.#options;
    const key = phraseKey(voice, text);
    // Sound of a stream that is still coming must not be overtaken by sound that is there already.
    const cached = this.#stream === undefined ? cache.get(key) : undefined;
    if (cached === undefined) return this.#speak(text, key);
    const number = this.#count++;
    onSegment({ number, text, spoken: text });
    onEvent({ type: "audio", segment: number, audio: cached });
    onEvent({ type: "segment-end", segment: number });
  }

  /** No more text follows. */
  end(): void {
    if (this.#stream === undefined) this.#options.onEvent({ type: "done" });
    else this.#stream.end();
  }

  #speak(text: string, cacheKey?: string): void {
    const { voice, timeZone, wallNow, onSegment } = this.#options;
    const trimmed = text.trim();
    if (trimmed === "") return;
    const spoken = toSpokenText(trimmed, { language: voice.language, timeZone, now: new Date(wallNow()) });
    if (spoken === "") return;
    const stream = this.#open();
    if (cacheKey !== undefined) this.#captures.set(this.#count, { key: cacheKey, chunks: [] });
    onSegment({ number: this.#count++, text: trimmed, spoken });
    stream?.push(spoken);
  }

  #open(): SpeechStream | undefined {
    const { textToSpeech, voice, signal, onSwitch, onUsage } = this.#options;
    if (this.#stream !== undefined || textToSpeech === undefined) return this.#stream;
    this.#firstOfStream = this.#count;
    this.#stream = textToSpeech.open({
      language: voice.language,
      format: voice.format,
      signal,
      ...(voice.voice === undefined ? {} : { voice: voice.voice }),
      onEvent: (event) => this.#takeEvent(event),
      ...(onSwitch === undefined ? {} : { onSwitch }),
      ...(onUsage === undefined ? {} : { onUsage }),
    });
    return this.#stream;
  }

  #takeEvent(event: SpeechEvent): void {
    const { cache, onEvent } = this.#options;
    if (!("segment" in event)) return onEvent(event);
    const segment = event.segment + this.#firstOfStream;
    const capture = this.#captures.get(segment);
    if (event.type === "audio") capture?.chunks.push(event.audio);
    if (event.type === "segment-end" && capture !== undefined) {
      cache.put(capture.key, Buffer.concat(capture.chunks));
      this.#captures.delete(segment);
    }
    onEvent({ ...event, segment });
  }
}

/** Makes a sentence ready ahead of use. Resolves when it is in the cache or cannot be had. */
export function preparePhrase(options: {
  readonly text: string;
  readonly voice: PhraseVoice;
  readonly textToSpeech: TextToSpeech;
  readonly cache: PhraseCache;
  readonly timeZone: string;
  readonly wallNow: () => number;
  readonly signal: AbortSignal;
  readonly onUsage?: (use: VendorUse) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
}): Promise<void> {
  const key = phraseKey(options.voice, options.text);
  if (!options.cache.claim(key)) return Promise.resolve();
  return new Promise<void>((resolve) => {
    options.signal.addEventListener("abort", () => resolve(), { once: true });
    const speaker = new SegmentSpeaker({
      ...options,
      onSegment: () => undefined,
      onEvent: (event) => {
        if (event.type === "done" || event.type === "failed") resolve();
      },
    });
    speaker.pushPhrase(options.text);
    speaker.end();
  }).finally(() => options.cache.release(key));
}

/** Text → sound, segment by segment: splits a stream of text, puts it into spoken form, gives it to the voice. */
import type { SpeechEvent, SpeechStream, TextToSpeech } from "../ports.ts";
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

export interface SegmentSpeaker {
  /** Text as it is generated. */
  push(delta: string): void;
  /** What was pushed so far is a whole: it need not wait for more. */
  flush(): void;
  /** A whole sentence of the platform's own: from the cache if it is there, into it if not. */
  pushPhrase(text: string): void;
  /** No more text follows. */
  end(): void;
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
}

const splitting = { firstMinChars: 24, minChars: 40, maxChars: 260 };

export function createSegmentSpeaker(options: SegmentSpeakerOptions): SegmentSpeaker {
  const { voice, textToSpeech, cache, signal, onEvent } = options;
  const splitter = createSentenceSplitter(splitting);
  let count = 0;
  let stream: SpeechStream | undefined;
  /** The stream's own numbers start at 0 where its first segment stands. */
  let firstOfStream = 0;
  let capture: { key: string; chunks: Uint8Array[] } | undefined;

  function open(): SpeechStream | undefined {
    if (stream !== undefined || textToSpeech === undefined) return stream;
    firstOfStream = count;
    stream = textToSpeech.open({
      language: voice.language,
      format: voice.format,
      signal,
      ...(voice.voice === undefined ? {} : { voice: voice.voice }),
      onEvent: (event) => {
        if (event.type === "audio" && capture !== undefined) capture.chunks.push(event.audio);
        if (event.type === "segment-end" && capture !== undefined)
          cache.put(capture.key, Buffer.concat(capture.chunks));
        onEvent("segment" in event ? { ...event, segment: event.segment + firstOfStream } : event);
      },
    });
    return stream;
  }

  function speak(text: string): void {
    const trimmed = text.trim();
    if (trimmed === "") return;
    const spoken = toSpokenText(trimmed, {
      language: voice.language,
      timeZone: options.timeZone,
      now: new Date(options.wallNow()),
    });
    if (spoken === "") return;
    const target = open();
    options.onSegment({ number: count++, text: trimmed, spoken });
    target?.push(spoken);
  }

  return {
    push(delta) {
      for (const segment of splitter.push(delta)) speak(segment);
    },
    flush() {
      for (const segment of splitter.flush()) speak(segment);
    },
    pushPhrase(text) {
      const key = phraseKey(voice, text);
      const cached = cache.get(key);
      if (cached === undefined) {
        capture = { key, chunks: [] };
        return speak(text);
      }
      const number = count++;
      options.onSegment({ number, text, spoken: text });
      onEvent({ type: "audio", segment: number, audio: cached });
      onEvent({ type: "segment-end", segment: number });
    },
    end() {
      if (stream === undefined) onEvent({ type: "done" });
      else stream.end();
    },
  };
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
}): Promise<void> {
  if (options.cache.get(phraseKey(options.voice, options.text)) !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    options.signal.addEventListener("abort", () => resolve(), { once: true });
    const speaker = createSegmentSpeaker({
      ...options,
      onSegment: () => undefined,
      onEvent: (event) => {
        if (event.type === "done" || event.type === "failed") resolve();
      },
    });
    speaker.pushPhrase(options.text);
    speaker.end();
  });
}

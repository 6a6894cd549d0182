/** A text through a voice, piece by piece as it is made. */
import { createConverter } from "../audio/convert.ts";
import { type AudioFormat, phoneFormat, sameFormat } from "../audio/frame.ts";
import type { SpeechEvent, TextToSpeech, VendorUse } from "../call/ports.ts";
import { createSentenceSplitter } from "../call/speak/split-sentences.ts";
import { toSpokenText } from "../call/speak/spoken-text.ts";
import type { SpokenSound } from "../features/utterances/index.ts";
import { AppError, type ProviderError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";

const splitting = { firstMinChars: 40, minChars: 40, maxChars: 260 };
/** Without a first sound by then nothing is waited for any longer. */
const firstSoundWithinMs = 15_000;

export interface Speaking {
  readonly text: string;
  readonly format: "wav" | "mulaw";
  /** BCP-47. */
  readonly language: string;
  readonly timeZone: string;
  readonly voice?: string | undefined;
  readonly signal: AbortSignal;
  readonly onUsage: (use: VendorUse) => void;
}

const pcmRates = [24_000, 22_050, 16_000, 44_100, 48_000, 8000];

/** What the voice makes itself, where it can. */
function formatOf({ outputFormats }: TextToSpeech, wanted: Speaking["format"]): AudioFormat {
  if (wanted === "mulaw" && outputFormats.some((format) => sameFormat(format, phoneFormat))) return phoneFormat;
  for (const sampleRateHz of pcmRates) {
    const format: AudioFormat = { encoding: "pcm16", sampleRateHz };
    if (outputFormats.some((each) => sameFormat(each, format))) return format;
  }
  return phoneFormat;
}

export function spokenSegments(
  text: string,
  { language, timeZone, now }: { language: string; timeZone: string; now: Date },
) {
  const splitter = createSentenceSplitter(splitting);
  return [...splitter.push(text), ...splitter.flush()]
    .map((segment) => toSpokenText(segment, { language, timeZone, now }))
    .filter((segment) => segment !== "");
}

/** Throws AppError `bad_request` for a text that holds nothing to say, ProviderError when no sound comes. */
export async function speakText(voice: TextToSpeech, speaking: Speaking, clock: Clock): Promise<SpokenSound> {
  const { text, language, timeZone, signal, onUsage } = speaking;
  const segments = spokenSegments(text, { language, timeZone, now: new Date(clock.wallNow()) });
  if (segments.length === 0)
    throw new AppError("bad_request", { publicMessage: "text: holds nothing that can be said." });
  const format = formatOf(voice, speaking.format);
  const target: AudioFormat =
    speaking.format === "mulaw" ? phoneFormat : { encoding: "pcm16", sampleRateHz: format.sampleRateHz };
  const convert = createConverter(format, target);
  const over = new AbortController();
  const events = new SpeechEvents();
  const stream = voice.open({
    ...{ language, format, onUsage, signal: AbortSignal.any([signal, over.signal]) },
    ...(speaking.voice === undefined ? {} : { voice: speaking.voice }),
    onEvent: (event) => events.put(event),
  });
  for (const segment of segments) stream.push(segment);
  stream.end();
  signal.addEventListener("abort", () => events.put({ type: "done" }), { once: true });
  const cancel = clock.setTimer(firstSoundWithinMs, () => events.put({ type: "done" }));
  const first = await events.next();
  cancel();
  if (first === undefined) {
    over.abort();
    throw events.failure ?? new AppError("provider_failed", { publicMessage: "The voice made no sound." });
  }
  const pieces = async function* () {
    try {
      for (let piece: Uint8Array | undefined = first; piece !== undefined; piece = await events.next()) {
        yield convert(piece);
      }
      if (events.failure !== undefined) throw events.failure;
    } finally {
      over.abort();
    }
  };
  return { sampleRateHz: target.sampleRateHz, pieces: pieces() };
}

/** Sound in the order it came; `undefined` at the end. */
class SpeechEvents {
  failure: ProviderError | undefined;
  readonly #pieces: Uint8Array[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  put(event: SpeechEvent): void {
    if (event.type === "audio") this.#pieces.push(event.audio);
    if (event.type === "failed") this.failure = event.error;
    if (event.type === "failed" || event.type === "done") this.#isOver = true;
    this.#wake();
  }

  async next(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#pieces.shift();
  }
}

/**
 * Audio in → what the turn logic hears. Frames go untouched to the recogniser and to voice activity detection; what comes
 * back becomes inputs in call time. One callback per frame, no promise and no allocation on the way.
 */
import type { AudioFormat } from "../../audio/frame.ts";
import { durationOfBytes } from "../../audio/frame.ts";
import type { CallEvents } from "../call-event.ts";
import type {
  ProviderSwitch,
  SpeechToText,
  TranscriptEvent,
  TranscriptionStream,
  VendorUse,
  VoiceActivityDetector,
} from "../ports.ts";
import { advanceDetection, noSpeech } from "./detect-speech.ts";

export type HeardInput =
  | { type: "speech-started"; startedAtMs: number }
  | { type: "speech-ended"; lastVoiceAtMs: number }
  | { type: "words"; text: string; frozen: boolean; endOfSpeech: boolean }
  | { type: "turn-words"; text: string; ending: "no" | "likely" | "yes" }
  | { type: "end-of-speech" }
  | { type: "recogniser-lost" };

export interface ListenOptions {
  readonly format: AudioFormat;
  readonly language: string;
  readonly keyterms: readonly string[];
  readonly speechToText: SpeechToText | undefined;
  /** For a language the call changes to; the same one when absent. */
  readonly recogniserFor?: (language: string) => SpeechToText | undefined;
  readonly voiceActivity: VoiceActivityDetector;
  readonly events: CallEvents;
  readonly signal: AbortSignal;
  readonly onInput: (input: HeardInput) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
  readonly onUsage?: (use: VendorUse) => void;
}

export interface Listening {
  onFrame(frame: Uint8Array): void;
  /** Words that a recogniser on the caller's own device heard. */
  onClientTranscript(text: string, isFinal: boolean): void;
  finalize(): void;
  /**
   * Another agent took over: the recogniser is asked for its language and words from here on. What the stream before still
   * says is not heard. Returns whether the recogniser now decides turns.
   */
  retune(to: { readonly language: string; readonly keyterms: readonly string[] }): boolean;
  close(): void;
}

/** Audio time follows the clock this slowly when frames are lost, and at once when they come early. */
const clockDriftPerFrameMs = 0.5;

export function startListening(options: ListenOptions): Listening {
  const { format, events, onInput } = options;
  let audioMs = 0;
  /** Call time of the stream's first sample. */
  let offsetMs: number | undefined;
  let detection = noSpeech;
  let lastJudgedMs = 0;

  const activity = options.voiceActivity.open({
    format,
    onProbability: (probability, endMs) => {
      const [next, change] = advanceDetection(detection, { probability, endMs, durationMs: endMs - lastJudgedMs });
      detection = next;
      lastJudgedMs = endMs;
      if (change?.type === "started") {
        const startedAtMs = toCallTime(change.startedMs);
        events.emit({ type: "speech-started" }, startedAtMs);
        onInput({ type: "speech-started", startedAtMs });
      } else if (change?.type === "ended") {
        const lastVoiceAtMs = toCallTime(change.lastVoiceMs);
        events.emit({ type: "speech-ended", lastVoiceAtMs });
        onInput({ type: "speech-ended", lastVoiceAtMs });
      }
    },
  });
  const toCallTime = (ms: number) => Math.round(((offsetMs ?? 0) + ms) * 10) / 10;

  const transcription = createTranscription(options);

  return {
    onFrame(frame) {
      audioMs += durationOfBytes(format, frame.byteLength);
      const startMs = events.now() - audioMs;
      offsetMs = offsetMs === undefined ? startMs : Math.min(startMs, offsetMs + clockDriftPerFrameMs);
      transcription.sendAudio(frame);
      activity.push(frame);
    },
    onClientTranscript(text, isFinal) {
      takeTranscript(isFinal ? { type: "final", text, endOfSpeech: true } : { type: "interim", text }, options);
    },
    finalize: () => transcription.finalize(),
    retune: (to) => transcription.retune(to),
    close() {
      transcription.close();
      activity.close();
    },
  };
}

/** The recogniser's stream, and the one that takes its place when another agent takes over. */
function createTranscription(options: ListenOptions): TranscriptionStream & Pick<Listening, "retune"> {
  let tuned = { language: options.language, keyterms: options.keyterms };
  let { speechToText } = options;
  let streams = 0;
  const openStream = () => {
    const number = ++streams;
    return openTranscription({ ...options, ...tuned, speechToText }, () => number === streams);
  };
  let stream = openStream();
  const decidesTurns = () => speechToText?.decidesTurns ?? false;
  return {
    sendAudio: (frame) => stream?.sendAudio(frame),
    finalize: () => stream?.finalize(),
    close: () => stream?.close(),
    retune({ language, keyterms }) {
      const sameLanguage = language === tuned.language;
      if (sameLanguage && keyterms.join("\n") === tuned.keyterms.join("\n")) return decidesTurns();
      tuned = { language, keyterms };
      if (!sameLanguage && speechToText !== undefined) speechToText = options.recogniserFor?.(language) ?? speechToText;
      stream?.close();
      stream = openStream();
      return decidesTurns();
    },
  };
}

/** `isCurrent`: a stream that was replaced is heard no more. */
function openTranscription(options: ListenOptions, isCurrent: () => boolean): TranscriptionStream | undefined {
  const { format, language, keyterms, signal, onSwitch, onUsage } = options;
  return options.speechToText?.open({
    ...{ format, language, keyterms, signal },
    onEvent: (event) => {
      if (isCurrent()) takeTranscript(event, options);
    },
    ...(onSwitch === undefined ? {} : { onSwitch }),
    ...(onUsage === undefined ? {} : { onUsage }),
  });
}

function takeTranscript(event: TranscriptEvent, { events, onInput, speechToText }: ListenOptions): void {
  const note = (type: "transcript-interim" | "transcript-final", text: string) => {
    if (text !== "") events.emit({ type, content: { text } });
  };
  switch (event.type) {
    case "interim":
      note("transcript-interim", event.text);
      return onInput({ type: "words", text: event.text, frozen: false, endOfSpeech: false });
    case "final":
      note("transcript-final", event.text);
      return onInput({ type: "words", text: event.text, frozen: true, endOfSpeech: event.endOfSpeech });
    case "speech-started":
      return; // our own voice activity detection is earlier and measures the same for every vendor
    case "utterance-end":
      return onInput({ type: "end-of-speech" });
    case "turn-started":
    case "turn-update":
    case "turn-resumed":
      note("transcript-interim", event.text);
      return onInput({ type: "turn-words", text: event.text, ending: "no" });
    case "turn-ending":
      note("transcript-interim", event.text);
      return onInput({ type: "turn-words", text: event.text, ending: "likely" });
    case "turn-ended":
      note("transcript-final", event.text);
      return onInput({ type: "turn-words", text: event.text, ending: "yes" });
    case "failed":
      events.emit({
        type: "stage-error",
        stage: "recogniser",
        provider: event.error.provider || (speechToText?.provider ?? "recogniser"),
        category: event.error.category,
        permanent: event.error.permanent,
        ...(event.error.status === undefined ? {} : { status: event.error.status }),
        ...(event.error.vendorMessage === undefined ? {} : { content: { vendorMessage: event.error.vendorMessage } }),
      });
      return onInput({ type: "recogniser-lost" });
    default: {
      const unknown: never = event;
      throw new Error(`no such transcript event: ${JSON.stringify(unknown)}`);
    }
  }
}

/** Doubles typed against the ports: they do what the test says, when it says it, in the clock's time. */
import { durationOfBytes, frameDurationMs } from "../audio/frame.ts";
import type {
  LanguageModel,
  ModelPart,
  ModelRequest,
  SpeechRequest,
  SpeechToText,
  TextToSpeech,
  ToolOutcome,
  ToolRequest,
  ToolRunner,
  TranscriptEvent,
  TranscriptionOptions,
  VoiceActivityDetector,
} from "../call/ports.ts";
import type { ProviderError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import { sleep } from "../kernel/clock.ts";
import { voicedByte } from "./linked-transport.ts";

export interface ScriptedStt extends SpeechToText {
  /** What every stream was opened with. */
  readonly opened: TranscriptionOptions[];
  emit(event: TranscriptEvent): void;
  frames: number;
  finalized: number;
  closed: boolean;
}

export function createScriptedStt(decidesTurns = false): ScriptedStt {
  let onEvent: (event: TranscriptEvent) => void = () => undefined;
  const stt: ScriptedStt = {
    provider: "scripted",
    model: "scripted",
    decidesTurns,
    inputFormats: [],
    frames: 0,
    finalized: 0,
    closed: false,
    opened: [],
    emit: (event) => onEvent(event),
    open(options) {
      onEvent = options.onEvent;
      stt.opened.push(options);
      return {
        sendAudio: () => void stt.frames++,
        finalize: () => void stt.finalized++,
        close: () => {
          stt.closed = true;
        },
      };
    },
  };
  return stt;
}

/** Frames of 0x00 are voice, everything else is silence. */
export function createScriptedVad(): VoiceActivityDetector {
  return {
    model: "scripted",
    stats: () => ({ frames: 0, modelFrames: 0 }),
    open({ format, onProbability }) {
      let endMs = 0;
      return {
        push(frame) {
          endMs += durationOfBytes(format, frame.byteLength) || frameDurationMs;
          onProbability(frame[0] === voicedByte ? 1 : 0, endMs);
        },
        close: () => undefined,
      };
    },
  };
}

/** One reply of the scripted model: parts in order; a number waits that many milliseconds; an error is thrown. */
export type ModelScript = readonly (string | number | ModelPart | ProviderError)[];

export interface ScriptedModel extends LanguageModel {
  readonly requests: ModelRequest[];
  aborted: number;
}

export function createScriptedModel(
  clock: Clock,
  answer: (request: ModelRequest, number: number) => ModelScript,
): ScriptedModel {
  const model: ScriptedModel = {
    provider: "scripted",
    model: "scripted",
    requests: [],
    aborted: 0,
    async *generate(request) {
      model.requests.push(request);
      for (const part of answer(request, model.requests.length)) {
        if (typeof part === "number") await sleep(clock, part, request.signal);
        if (request.signal.aborted) {
          model.aborted += 1;
          return;
        }
        if (part instanceof Error) throw part;
        if (typeof part === "string") yield { type: "text", text: part };
        else if (typeof part === "object") yield part;
      }
      yield { type: "finish", reason: "stop" };
    },
  };
  return model;
}

export interface ScriptedTts extends TextToSpeech {
  readonly spoken: string[];
  /** What every reply was opened with. */
  readonly opened: SpeechRequest[];
  failWith: ProviderError | undefined;
  mute: boolean;
}

/** Speaks `msPerChar` a character, all of a segment's audio at once after `firstByteMs`. */
export function createScriptedTts(clock: Clock, { firstByteMs = 100, msPerChar = 50 } = {}): ScriptedTts {
  const tts: ScriptedTts = {
    provider: "scripted",
    model: "scripted",
    outputFormats: [],
    spoken: [],
    opened: [],
    failWith: undefined,
    mute: false,
    open(request) {
      const { onEvent, signal } = request;
      tts.opened.push(request);
      let segments = 0;
      let finished = 0;
      let ended = false;
      const later = (run: () => void) => clock.setTimer(firstByteMs, () => void (signal.aborted || tts.mute || run()));
      const finish = () => {
        if (ended && finished === segments) onEvent({ type: "done" });
      };
      return {
        push(text) {
          const segment = segments++;
          tts.spoken.push(text);
          later(() => {
            if (tts.failWith !== undefined) return onEvent({ type: "failed", error: tts.failWith });
            const audio = new Uint8Array(text.length * msPerChar * 8).fill(1);
            onEvent({ type: "audio", segment, audio, chars: text.length });
            onEvent({ type: "segment-end", segment });
            finished += 1;
            finish();
          });
        },
        end() {
          ended = true;
          if (tts.failWith === undefined) finish();
        },
      };
    },
  };
  return tts;
}

export interface ScriptedTools extends ToolRunner {
  readonly requests: ToolRequest[];
}

export function createScriptedTools(
  clock: Clock,
  run: (request: ToolRequest) => { afterMs?: number; outcome: ToolOutcome },
): ScriptedTools {
  const requests: ToolRequest[] = [];
  return {
    requests,
    async run(request) {
      requests.push(request);
      const { afterMs = 0, outcome } = run(request);
      if (afterMs > 0) await sleep(clock, afterMs, request.signal);
      return outcome;
    },
  };
}

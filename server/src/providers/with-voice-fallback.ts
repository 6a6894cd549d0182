import { bytesForDuration, durationOfBytes, sameFormat } from "../audio/frame.ts";
import type { SpeechEvent, SpeechRequest, SpeechStream, TextToSpeech } from "../call/ports.ts";
import { type Circuit, createCircuit, defaultSkipMs, type FallbackOptions, requireSome } from "./circuit.ts";

interface Candidate {
  readonly voice: TextToSpeech;
  readonly circuit: Circuit;
}

/**
 * Several voices as one. When a voice fails, the next speaks on from the first segment whose audio is not complete;
 * audio that was handed out is never handed out again. The caller's choice of voice holds for the first vendor only:
 * the others speak with their default for the language.
 */
export function withVoiceFallback(voices: readonly TextToSpeech[], options: FallbackOptions): TextToSpeech {
  const first = requireSome(voices);
  const skipMs = options.skipMs ?? defaultSkipMs;
  const candidates = voices.map((voice): Candidate => ({ voice, circuit: createCircuit(options.clock, skipMs) }));
  return {
    provider: first.provider,
    model: first.model,
    outputFormats: first.outputFormats.filter((format) =>
      voices.every((voice) => voice.outputFormats.some((other) => sameFormat(format, other))),
    ),
    prewarm({ voice, ...rest }) {
      for (const each of voices) each.prewarm?.(each === first && voice !== undefined ? { ...rest, voice } : rest);
    },
    open: (request) => openSpeech(candidates, request, options),
    close() {
      for (const voice of voices) voice.close?.();
    },
  };
}

/** Where the segment that is being spoken stands. */
interface Progress {
  /** The first segment whose audio is not complete. */
  segment: number;
  emittedBytes: number;
  /** Characters of the segment known to be spoken, where the vendor aligns. */
  spokenChars: number | undefined;
}

/** How a new voice joins in: which segment is its first, and what of that one has been heard already. */
interface Joint {
  readonly base: number;
  readonly skippedChars: number;
  skipBytes: number;
}

function openSpeech(candidates: readonly Candidate[], request: SpeechRequest, options: FallbackOptions): SpeechStream {
  const texts: string[] = [];
  const progress: Progress = { segment: 0, emittedBytes: 0, spokenChars: undefined };
  const entered = candidates.filter((candidate) => candidate.circuit.enter());
  const queue = entered.length > 0 ? entered : [...candidates];
  let ended = false;
  let over = false;
  let generation = 0;
  let stream: SpeechStream | undefined;

  const finish = (event: SpeechEvent) => {
    over = true;
    for (const candidate of queue) candidate.circuit.leave();
    request.signal.removeEventListener("abort", abandon);
    request.onEvent(event);
  };
  const abandon = () => {
    over = true;
    for (const candidate of queue) candidate.circuit.leave();
  };

  const start = (index: number) => {
    const candidate = queue[index];
    if (candidate === undefined || over) return;
    generation += 1;
    const mine = generation;
    const stop = new AbortController();
    const stopWithRequest = () => stop.abort();
    request.signal.addEventListener("abort", stopWithRequest, { once: true });
    const joint = joinAt(texts, progress, request.format);
    const onEvent = (event: SpeechEvent) => {
      if (mine !== generation || over || request.signal.aborted) return;
      if (event.type === "failed") {
        request.signal.removeEventListener("abort", stopWithRequest);
        stop.abort();
        candidate.circuit.fail(event.error);
        const next = queue[index + 1];
        if (next === undefined) return finish(event);
        options.onSwitch?.({ from: candidate.voice.provider, to: next.voice.provider, error: event.error });
        return start(index + 1);
      }
      candidate.circuit.succeed();
      if (event.type === "done") {
        request.signal.removeEventListener("abort", stopWithRequest);
        return finish(event);
      }
      for (const heard of translate(event, joint, progress)) request.onEvent(heard);
    };
    const { voice, ...rest } = request;
    const keepsVoice = candidate === candidates[0] && voice !== undefined;
    const opened = candidate.voice.open({ ...rest, ...(keepsVoice ? { voice } : {}), onEvent, signal: stop.signal });
    const current = () => mine === generation && !over;
    if (!current()) return;
    stream = opened;
    for (const [offset, text] of texts.slice(joint.base).entries()) {
      if (current()) opened.push(offset === 0 ? text.slice(joint.skippedChars) : text);
    }
    if (ended && current()) opened.end();
  };

  if (request.signal.aborted) abandon();
  else request.signal.addEventListener("abort", abandon, { once: true });
  start(0);
  return {
    push(text) {
      texts.push(text);
      if (!over) stream?.push(text);
    },
    end() {
      ended = true;
      if (!over) stream?.end();
    },
  };
}

/** With alignment the new voice gets only the words not yet spoken; without, as much of its audio is dropped as was heard. */
function joinAt(texts: readonly string[], progress: Progress, format: SpeechRequest["format"]): Joint {
  const text = texts[progress.segment] ?? "";
  const chars = progress.spokenChars;
  if (chars === undefined) {
    const heardMs = durationOfBytes(format, progress.emittedBytes);
    return { base: progress.segment, skippedChars: 0, skipBytes: bytesForDuration(format, heardMs) };
  }
  return { base: progress.segment, skippedChars: Math.min(chars, text.length), skipBytes: 0 };
}

type SpokenEvent = Exclude<SpeechEvent, { type: "failed" | "done" }>;

function translate(event: SpokenEvent, joint: Joint, progress: Progress): SpeechEvent[] {
  const segment = event.segment + joint.base;
  if (event.type === "segment-end") {
    Object.assign(progress, { segment: segment + 1, emittedBytes: 0, spokenChars: undefined });
    return [{ type: "segment-end", segment }];
  }
  const isJoint = event.segment === 0;
  const dropped = isJoint ? Math.min(joint.skipBytes, event.audio.length) : 0;
  if (isJoint) joint.skipBytes -= dropped;
  const audio = event.audio.subarray(dropped);
  if (audio.length === 0) return [];
  progress.emittedBytes += audio.length;
  if (event.chars === undefined) return [{ type: "audio", segment, audio }];
  const chars = event.chars + (isJoint ? joint.skippedChars : 0);
  progress.spokenChars = chars;
  return [{ type: "audio", segment, audio, chars }];
}

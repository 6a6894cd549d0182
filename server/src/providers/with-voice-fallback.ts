import { sameFormat } from "../audio/frame.ts";
import type { SpeechEvent, SpeechRequest, SpeechStream, TextToSpeech } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { type Circuit, createCircuit, defaultSkipMs, type FallbackOptions, inOrder, requireSome } from "./circuit.ts";

export interface VoiceFallbackOptions extends FallbackOptions {
  /** A voice that owes audio and sends none for so long is replaced. */
  readonly stallTimeoutMs?: number;
}

const defaultStallTimeoutMs = 2500;

interface Candidate {
  readonly voice: TextToSpeech;
  readonly circuit: Circuit;
}

/**
 * Several voices as one. When a voice fails, the next speaks on from the first segment whose audio is not complete;
 * audio that was handed out is never handed out again. The caller's choice of voice holds for the first vendor only:
 * the others speak with their default for the language.
 */
export function withVoiceFallback(voices: readonly TextToSpeech[], options: VoiceFallbackOptions): TextToSpeech {
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

/** One reply, whoever speaks it. */
interface Speech {
  readonly request: SpeechRequest;
  readonly options: VoiceFallbackOptions;
  readonly first: Candidate | undefined;
  readonly order: Iterator<Candidate, void>;
  readonly texts: string[];
  readonly progress: Progress;
  ended: boolean;
  over: boolean;
  /** The voice that speaks now; what another one still sends is not heard. */
  link: Link | undefined;
  cancelStall: () => void;
}

interface Link {
  readonly candidate: Candidate;
  readonly joint: Joint;
  readonly stop: AbortController;
  stream?: SpeechStream;
}

/** Waits for the next audio while some is owed; a voice that stays silent is as good as one that says it failed. */
function watchForStall(speech: Speech): void {
  speech.cancelStall();
  const { link, texts, progress, options } = speech;
  if (link === undefined || speech.over || progress.segment >= texts.length) return;
  const { provider } = link.candidate.voice;
  const timeoutMs = options.stallTimeoutMs ?? defaultStallTimeoutMs;
  speech.cancelStall = options.clock.setTimer(timeoutMs, () => {
    if (speech.link !== link || speech.over) return;
    const error = new ProviderError(`${provider} sent no audio for ${timeoutMs} ms.`, {
      provider,
      category: "timeout",
      permanent: false,
    });
    replaceVoice(speech, link, { type: "failed", error });
  });
}

function openSpeech(
  candidates: readonly Candidate[],
  request: SpeechRequest,
  options: VoiceFallbackOptions,
): SpeechStream {
  const speech: Speech = {
    request,
    options,
    first: candidates[0],
    order: inOrder(candidates),
    texts: [],
    progress: { segment: 0, emittedBytes: 0, spokenChars: undefined },
    ended: false,
    over: request.signal.aborted,
    link: undefined,
    cancelStall: () => undefined,
  };
  const abandon = () => {
    speech.cancelStall();
    speech.link?.candidate.circuit.leave();
    speech.link?.stop.abort();
    speech.over = true;
  };
  request.signal.addEventListener("abort", abandon, { once: true });
  const next = speech.over ? undefined : takeNext(speech);
  if (next !== undefined) startVoice(speech, next);
  return {
    push(text) {
      speech.texts.push(text);
      if (!speech.over) speech.link?.stream?.push(text);
      if (speech.texts.length - 1 === speech.progress.segment) watchForStall(speech);
    },
    end() {
      speech.ended = true;
      if (!speech.over) speech.link?.stream?.end();
    },
  };
}

function takeNext(speech: Speech): Candidate | undefined {
  const next = speech.order.next();
  return next.done === true ? undefined : next.value;
}

/** A segment whose last word was spoken when its voice failed has ended: there is nothing left to say of it. */
function endSpokenSegment({ texts, progress, request }: Speech): void {
  const text = texts[progress.segment];
  if (text === undefined || progress.spokenChars === undefined || text.slice(progress.spokenChars).trim() !== "")
    return;
  const { segment } = progress;
  Object.assign(progress, { segment: segment + 1, emittedBytes: 0, spokenChars: undefined });
  request.onEvent({ type: "segment-end", segment });
}

function startVoice(speech: Speech, candidate: Candidate): void {
  endSpokenSegment(speech);
  const joint = joinAt(speech.texts, speech.progress);
  const link: Link = { candidate, joint, stop: new AbortController() };
  speech.link = link;
  const { voice, ...rest } = speech.request;
  const stream = candidate.voice.open({
    ...rest,
    ...(candidate === speech.first && voice !== undefined ? { voice } : {}),
    onEvent: (event) => receive(speech, link, event),
    signal: link.stop.signal,
  });
  const speaks = () => speech.link === link && !speech.over;
  if (!speaks()) return;
  link.stream = stream;
  // A voice may fail while it is being given the text.
  for (const [offset, text] of speech.texts.slice(joint.base).entries()) {
    if (speaks()) stream.push(offset === 0 ? text.slice(joint.skippedChars) : text);
  }
  if (speech.ended && speaks()) stream.end();
  watchForStall(speech);
}

function receive(speech: Speech, link: Link, event: SpeechEvent): void {
  if (speech.link !== link || speech.over) return;
  if (event.type === "failed") return replaceVoice(speech, link, event);
  link.candidate.circuit.succeed();
  if (event.type === "done") {
    speech.over = true;
    speech.cancelStall();
    return speech.request.onEvent(event);
  }
  for (const heard of translate(event, link.joint, speech.progress)) speech.request.onEvent(heard);
  watchForStall(speech);
}

function replaceVoice(speech: Speech, link: Link, event: Extract<SpeechEvent, { type: "failed" }>): void {
  link.candidate.circuit.fail(event.error);
  link.stop.abort();
  const next = takeNext(speech);
  if (next === undefined) {
    speech.over = true;
    speech.cancelStall();
    return speech.request.onEvent(event);
  }
  const change = { from: link.candidate.voice.provider, to: next.voice.provider, error: event.error };
  speech.options.onSwitch?.(change);
  speech.request.onSwitch?.(change);
  startVoice(speech, next);
}

/** With alignment the new voice gets only the words not yet spoken; without, as much of its audio is dropped as was heard. */
function joinAt(texts: readonly string[], progress: Progress): Joint {
  const text = texts[progress.segment] ?? "";
  const chars = progress.spokenChars;
  if (chars === undefined) return { base: progress.segment, skippedChars: 0, skipBytes: progress.emittedBytes };
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

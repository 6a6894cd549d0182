import { bytesForDuration, durationOfBytes, frameDurationMs, sameFormat } from "../audio/frame.ts";
import type { SpeechToText, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from "../call/ports.ts";
import { type Circuit, createCircuit, defaultSkipMs, type FallbackOptions, requireSome } from "./circuit.ts";

export interface RecogniserFallbackOptions extends FallbackOptions {
  /** How much of the newest audio the next recogniser hears again. */
  readonly replayMs?: number;
}

const defaultReplayMs = 3000;

interface Candidate {
  readonly recogniser: SpeechToText;
  readonly circuit: Circuit;
}

/**
 * Several recognisers as one. When one fails, the next opens and hears again the newest audio for which no final words
 * came, at most `replayMs` of it. All must agree on who decides where a turn ends.
 */
export function withRecogniserFallback(
  recognisers: readonly SpeechToText[],
  options: RecogniserFallbackOptions,
): SpeechToText {
  const first = requireSome(recognisers);
  const odd = recognisers.find((recogniser) => recogniser.decidesTurns !== first.decidesTurns);
  if (odd !== undefined) {
    const who = first.decidesTurns ? "decides where turns end" : "does not decide where turns end";
    throw new Error(`${first.model} ${who}; ${odd.model} cannot stand in for it. Choose recognisers of one kind.`);
  }
  const skipMs = options.skipMs ?? defaultSkipMs;
  const candidates = recognisers.map(
    (recogniser): Candidate => ({ recogniser, circuit: createCircuit(options.clock, skipMs) }),
  );
  return {
    provider: first.provider,
    model: first.model,
    decidesTurns: first.decidesTurns,
    inputFormats: first.inputFormats.filter((format) =>
      recognisers.every((recogniser) => recogniser.inputFormats.some((other) => sameFormat(format, other))),
    ),
    open: (request) => openStream(candidates, request, options),
  };
}

/** One stream of a call, whoever listens. */
interface Listening {
  readonly candidates: readonly Candidate[];
  readonly request: TranscriptionOptions;
  readonly options: RecogniserFallbackOptions;
  readonly tape: Tape;
  over: boolean;
  link: Link | undefined;
}

interface Link {
  readonly candidate: Candidate;
  /** Where in the call's audio this recogniser's own first sample lies. */
  readonly baseMs: number;
  stream?: TranscriptionStream;
}

function openStream(
  candidates: readonly Candidate[],
  request: TranscriptionOptions,
  options: RecogniserFallbackOptions,
): TranscriptionStream {
  const tape = createTape(bytesForDuration(request.format, options.replayMs ?? defaultReplayMs));
  const listening: Listening = { candidates, request, options, tape, over: false, link: undefined };
  startRecogniser(listening, candidates.find(({ circuit }) => circuit.enter()) ?? requireSome(candidates));
  return {
    sendAudio(frame) {
      if (listening.over) return;
      tape.add(frame);
      listening.link?.stream?.sendAudio(frame);
    },
    finalize: () => listening.link?.stream?.finalize(),
    close() {
      listening.over = true;
      listening.link?.candidate.circuit.leave();
      listening.link?.stream?.close();
    },
  };
}

function startRecogniser(listening: Listening, candidate: Candidate): void {
  const { request, tape } = listening;
  const replay = tape.newest();
  const baseMs = durationOfBytes(request.format, tape.totalBytes() - replay.length);
  const link: Link = { candidate, baseMs };
  listening.link = link;
  const stream = candidate.recogniser.open({ ...request, onEvent: (event) => receive(listening, link, event) });
  if (listening.link !== link || listening.over) return stream.close();
  link.stream = stream;
  const frameBytes = bytesForDuration(request.format, frameDurationMs);
  for (let at = 0; at < replay.length && listening.link === link; at += frameBytes) {
    stream.sendAudio(replay.slice(at, at + frameBytes));
  }
}

function receive(listening: Listening, link: Link, event: TranscriptEvent): void {
  const { request, tape } = listening;
  if (listening.link !== link || listening.over || request.signal.aborted) return;
  if (event.type === "failed") return replaceRecogniser(listening, link, event);
  link.candidate.circuit.succeed();
  const shifted = shift(event, link.baseMs);
  if (shifted.type === "turn-ended") tape.forget(tape.totalBytes());
  if (shifted.type === "final") {
    tape.forget(
      shifted.audioEndMs === undefined ? tape.totalBytes() : bytesForDuration(request.format, shifted.audioEndMs),
    );
  }
  request.onEvent(shifted);
}

function replaceRecogniser(
  listening: Listening,
  link: Link,
  event: Extract<TranscriptEvent, { type: "failed" }>,
): void {
  link.candidate.circuit.fail(event.error);
  link.stream?.close();
  const next = listening.candidates.find((candidate) => candidate !== link.candidate && candidate.circuit.enter());
  if (next === undefined) {
    listening.over = true;
    return listening.request.onEvent(event);
  }
  const from = link.candidate.recogniser.provider;
  const change = { from, to: next.recogniser.provider, error: event.error };
  listening.options.onSwitch?.(change);
  listening.request.onSwitch?.(change);
  startRecogniser(listening, next);
}

/** Audio times of a recogniser that joined late count from the first sample it was given. */
function shift(event: TranscriptEvent, baseMs: number): TranscriptEvent {
  if ((event.type !== "interim" && event.type !== "final") || event.audioEndMs === undefined) return event;
  return { ...event, audioEndMs: event.audioEndMs + baseMs };
}

interface Tape {
  add(frame: Uint8Array): void;
  /** The words of everything before this many bytes from the call's start are final. */
  forget(untilBytes: number): void;
  newest(): Uint8Array;
  totalBytes(): number;
}

/** A ring that keeps copies of the newest audio: senders use their frames again. */
function createTape(maxBytes: number): Tape {
  const ring = new Uint8Array(maxBytes);
  let total = 0;
  let forgotten = 0;
  return {
    add(frame) {
      const kept = frame.subarray(Math.max(0, frame.length - maxBytes));
      const at = (total + frame.length - kept.length) % maxBytes;
      const first = kept.subarray(0, maxBytes - at);
      ring.set(first, at);
      ring.set(kept.subarray(first.length), 0);
      total += frame.length;
    },
    forget(untilBytes) {
      forgotten = Math.min(total, Math.max(forgotten, untilBytes));
    },
    newest() {
      const start = Math.max(forgotten, total - maxBytes);
      const at = start % maxBytes;
      const length = total - start;
      const tail = ring.subarray(at, Math.min(maxBytes, at + length));
      const newest = new Uint8Array(length);
      newest.set(tail);
      newest.set(ring.subarray(0, length - tail.length), tail.length);
      return newest;
    },
    totalBytes: () => total,
  };
}

import { bytesForDuration, durationOfBytes, sameFormat } from "../audio/frame.ts";
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

function openStream(
  candidates: readonly Candidate[],
  request: TranscriptionOptions,
  options: RecogniserFallbackOptions,
): TranscriptionStream {
  const tape = createTape(bytesForDuration(request.format, options.replayMs ?? defaultReplayMs));
  const sentMs = () => durationOfBytes(request.format, tape.totalBytes());
  let generation = 0;
  let over = false;
  let stream: TranscriptionStream | undefined;

  const start = (candidate: Candidate) => {
    generation += 1;
    const mine = generation;
    const replay = tape.newest();
    const baseMs = sentMs() - durationOfBytes(request.format, totalLength(replay));
    const onEvent = (event: TranscriptEvent) => {
      if (mine !== generation || over || request.signal.aborted) return;
      if (event.type === "failed") {
        candidate.circuit.fail(event.error);
        stream?.close();
        stream = undefined;
        return replace(candidate, event);
      }
      candidate.circuit.succeed();
      const shifted = shift(event, baseMs);
      if (shifted.type === "final" || shifted.type === "turn-ended") {
        const coveredMs = "audioEndMs" in shifted && shifted.audioEndMs !== undefined ? shifted.audioEndMs : sentMs();
        tape.forget(bytesForDuration(request.format, coveredMs));
      }
      request.onEvent(shifted);
    };
    const opened = candidate.recogniser.open({ ...request, onEvent });
    if (mine !== generation || over) return opened.close();
    stream = opened;
    for (const frame of replay) if (mine === generation) opened.sendAudio(frame);
  };

  const replace = (failed: Candidate, event: Extract<TranscriptEvent, { type: "failed" }>) => {
    const next = candidates.find((candidate) => candidate !== failed && candidate.circuit.enter());
    if (next === undefined) {
      over = true;
      return request.onEvent(event);
    }
    options.onSwitch?.({ from: failed.recogniser.provider, to: next.recogniser.provider, error: event.error });
    start(next);
  };

  start(candidates.find((candidate) => candidate.circuit.enter()) ?? requireSome(candidates));
  return {
    sendAudio(frame) {
      if (over) return;
      tape.add(frame);
      stream?.sendAudio(frame);
    },
    finalize: () => stream?.finalize(),
    close() {
      over = true;
      for (const candidate of candidates) candidate.circuit.leave();
      stream?.close();
    },
  };
}

/** Audio times of a recogniser that joined late count from the first sample it was given. */
function shift(event: TranscriptEvent, baseMs: number): TranscriptEvent {
  if ((event.type !== "interim" && event.type !== "final") || event.audioEndMs === undefined) return event;
  return { ...event, audioEndMs: event.audioEndMs + baseMs };
}

function totalLength(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

/** The newest frames, as many as fit, without those whose words are final. */
function createTape(maxBytes: number) {
  let frames: Uint8Array[] = [];
  let heldBytes = 0;
  let total = 0;
  const dropFirst = () => {
    heldBytes -= frames.shift()?.length ?? 0;
  };
  return {
    add(frame: Uint8Array) {
      frames.push(frame);
      total += frame.length;
      heldBytes += frame.length;
      while (heldBytes > maxBytes) dropFirst();
    },
    /** Drops frames that lie wholly before this many bytes from the start. */
    forget(untilBytes: number) {
      while (frames[0] !== undefined && total - heldBytes + frames[0].length <= untilBytes) dropFirst();
    },
    newest: () => [...frames],
    totalBytes: () => total,
  };
}

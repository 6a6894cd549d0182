/** Reads the call's own events and writes one waterfall a turn: every figure lies between two events. */
import type { CallEvent, CallEvents, TurnLatency } from "../call-event.ts";

interface ReplyTimes {
  turnId: string;
  askedMs: number;
  firstTokenMs?: number;
  firstSentenceMs?: number;
  firstByteMs?: number;
}

interface TurnTimes {
  committedMs: number;
  lastVoiceMs: number | undefined;
  transcriptMs: number | undefined;
}

export interface LatencyMeter {
  observe(event: CallEvent, events: CallEvents): void;
}

export function createLatencyMeter(): LatencyMeter {
  const replies = new Map<string, ReplyTimes>();
  const turns = new Map<string, TurnTimes>();
  let transcriptMs: number | undefined;

  function finish(replyId: string, firstAudioMs: number, events: CallEvents): void {
    const reply = replies.get(replyId);
    const turn = reply === undefined ? undefined : turns.get(reply.turnId);
    if (reply === undefined || turn === undefined) return;
    replies.clear();
    turns.clear();
    events.emit({ type: "turn-latency", turnId: reply.turnId, replyId, latency: measure(reply, turn, firstAudioMs) });
  }

  return {
    observe(event, events) {
      switch (event.type) {
        case "transcript-interim":
        case "transcript-final":
          transcriptMs = event.atMs;
          return;
        case "turn-committed":
          turns.set(event.turnId, { committedMs: event.atMs, lastVoiceMs: event.lastVoiceAtMs, transcriptMs });
          return;
        case "reply-started":
          replies.set(event.replyId, { turnId: event.turnId, askedMs: event.atMs });
          return;
        case "reply-withdrawn":
          replies.delete(event.replyId);
          return;
        case "model-first-token":
          return note(replies.get(event.replyId), "firstTokenMs", event.atMs);
        case "reply-first-sentence":
          return note(replies.get(event.replyId), "firstSentenceMs", event.atMs);
        case "voice-first-byte":
          return note(replies.get(event.replyId), "firstByteMs", event.atMs);
        case "reply-first-audio":
          return finish(event.replyId, event.atMs, events);
        default:
          return;
      }
    },
  };
}

function note(
  reply: ReplyTimes | undefined,
  key: "firstTokenMs" | "firstSentenceMs" | "firstByteMs",
  atMs: number,
): void {
  if (reply !== undefined) reply[key] ??= atMs;
}

function measure(reply: ReplyTimes, turn: TurnTimes, firstAudioMs: number): TurnLatency {
  const { askedMs, firstTokenMs, firstSentenceMs, firstByteMs } = reply;
  const from = turn.lastVoiceMs;
  const readyMs = Math.max(turn.committedMs, firstByteMs ?? turn.committedMs);
  return {
    ...since("firstAudioMs", from, firstAudioMs),
    ...since("endpointingDelayMs", from, turn.committedMs),
    ...since("finalTranscriptDelayMs", from, turn.transcriptMs),
    ...since("timeToFirstTokenMs", askedMs, firstTokenMs),
    ...since("timeToFirstSentenceMs", askedMs, firstSentenceMs),
    ...since("timeToFirstByteMs", firstSentenceMs, firstByteMs),
    ...since("platformOverheadMs", readyMs, firstAudioMs),
  };
}

function since(key: keyof TurnLatency, fromMs: number | undefined, toMs: number | undefined): Partial<TurnLatency> {
  if (fromMs === undefined || toMs === undefined) return {};
  return { [key]: Math.max(0, Math.round((toMs - fromMs) * 10) / 10) };
}

import type { HeardWord } from "../voice/index.ts";
import { createResultsBuilder, type ResultFlags, toSeconds } from "./nova-results.ts";
import type { NovaQuery } from "./query.ts";
import type { RecognizerOptions, RecognizerSession } from "./recognizer-session.ts";
import { canWrite } from "./script.ts";
import type { DeepgramSettings } from "./settings.ts";

/** A segment is frozen after this much silence even where endpointing waits longer. */
const FREEZE_SILENCE_MS = 1_000;

type SegmentState = {
  silenceMs: number;
  lengthMs: number;
  sinceInterimMs: number;
  spoken: boolean;
  openSpeech: boolean;
};

/** What becomes of the segment now. */
function judgeSegment(
  state: SegmentState,
  query: NovaQuery,
  settings: DeepgramSettings,
): "end" | "freeze" | "interim" | undefined {
  const { silenceMs, spoken } = state;
  if (state.openSpeech && query.endpointing !== false && silenceMs >= query.endpointing) return "end";
  if (state.lengthMs >= settings.segmentMs || (spoken && silenceMs >= FREEZE_SILENCE_MS)) return "freeze";
  return query.interim_results && spoken && state.sinceInterimMs >= settings.interimEveryMs ? "interim" : undefined;
}

/** UtteranceEnd: a gap after the last word that was frozen, once for each. */
function createUtteranceWatch(gapMs: number | undefined) {
  let openMs: number | undefined;
  return {
    freeze(lastWordEndMs: number | undefined): void {
      openMs = lastWordEndMs ?? openMs;
    },
    /** The end of the word that the gap follows, when it has just become long enough. */
    judge(nowMs: number, lastSpeechMs: number): number | undefined {
      if (gapMs === undefined || openMs === undefined || nowMs - Math.max(openMs, lastSpeechMs) < gapMs)
        return undefined;
      const endMs = openMs;
      openMs = undefined;
      return endMs;
    },
  };
}

/** The segments of one stream: what is said now, what is frozen, where speech has ended. */
function createSegments(
  options: RecognizerOptions<NovaQuery> & { onFrozen: (lastWordEndMs: number | undefined) => void },
) {
  const { query, settings, send } = options;
  const buildResults = createResultsBuilder(query, options.requestId);
  let words: HeardWord[] = [];
  let [startMs, nowMs, lastInterimMs, spoken, openSpeech] = [0, 0, 0, false, false];

  function sendResults(flags: ResultFlags): void {
    send(buildResults({ words, startMs, endMs: nowMs }, flags));
    lastInterimMs = nowMs;
  }

  function freeze(flags: Omit<ResultFlags, "is_final">): void {
    sendResults({ is_final: true, ...flags });
    options.onFrozen(words.at(-1)?.endMs);
    [words, startMs, spoken] = [[], nowMs, false];
    if (flags.speech_final) openSpeech = false;
  }

  return {
    freeze,
    hear: (word: HeardWord): number => words.push(word),
    isOpen: (): boolean => words.length > 0 || spoken,
    hasWords: (): boolean => words.length > 0,
    step(now: number, silenceMs: number): void {
      nowMs = now;
      if (silenceMs === 0) [spoken, openSpeech] = [true, true];
      const state = { silenceMs, lengthMs: nowMs - startMs, sinceInterimMs: nowMs - lastInterimMs, spoken, openSpeech };
      const verdict = judgeSegment(state, query, settings());
      if (verdict === "interim") sendResults({ is_final: false, speech_final: false });
      else if (verdict) freeze({ speech_final: verdict === "end" });
    },
  };
}

/** One `/v1/listen` stream: segments, endpointing and utterance ends, all by audio time. */
export function createNovaSession(options: RecognizerOptions<NovaQuery>): RecognizerSession {
  const { query, send } = options;
  const created = new Date().toISOString();
  const utterance = createUtteranceWatch(query.utterance_end_ms);
  const segments = createSegments({ ...options, onFrozen: utterance.freeze });
  let nowMs = 0;

  function endUtterance(lastSpeechMs: number): void {
    const lastWordEndMs = segments.hasWords() ? undefined : utterance.judge(nowMs, lastSpeechMs);
    if (lastWordEndMs === undefined) return;
    send({ type: "UtteranceEnd", channel: [0, 1], last_word_end: toSeconds(lastWordEndMs) });
  }

  return {
    onWord(word) {
      if (canWrite(query.language, word.text)) segments.hear(word);
    },
    onSpeechStart(atMs) {
      if (query.vad_events) send({ type: "SpeechStarted", channel: [0, 1], timestamp: toSeconds(atMs) });
    },
    onStep(detector) {
      nowMs = detector.nowMs;
      segments.step(nowMs, nowMs - detector.lastSpeechMs);
      endUtterance(detector.lastSpeechMs);
    },
    onMessage(message) {
      if (message.type === "Finalize") segments.freeze({ speech_final: false, from_finalize: true });
      return message.type === "Finalize" || message.type === "KeepAlive";
    },
    finish() {
      if (segments.isOpen()) segments.freeze({ speech_final: false });
      const metadata = { transaction_key: "deprecated", request_id: options.requestId, sha256: "", created };
      send({ type: "Metadata", ...metadata, duration: toSeconds(nowMs), channels: 1 });
    },
  };
}

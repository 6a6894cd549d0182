import { randomUUID } from "node:crypto";
import type { HeardWord } from "../voice/index.ts";
import type { NovaQuery } from "./query.ts";
import type { RecognizerSession } from "./recognizer-session.ts";
import { canWrite, guessLanguages, stripWord } from "./script.ts";
import type { DeepgramSettings } from "./settings.ts";

const CONFIDENCE = 0.98;
/** A segment is frozen after this much silence even where endpointing waits longer. */
const FREEZE_SILENCE_MS = 1_000;

const toSeconds = (ms: number): number => Math.round(ms) / 1_000;

/** One `/v1/listen` stream: segments, endpointing and utterance ends, all by audio time. */
export function createNovaSession(options: {
  query: NovaQuery;
  requestId: string;
  settings: () => DeepgramSettings;
  send: (message: object) => void;
}): RecognizerSession {
  const { query, requestId, send } = options;
  const created = new Date().toISOString();
  const modelUuid = randomUUID();
  const formatted = query.smart_format || query.punctuate;
  let words: HeardWord[] = [];
  let [segmentStartMs, nowMs, lastInterimMs, lastSpeechMs] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  let [speechInSegment, speechSinceEnd] = [false, false];
  let openWordEndMs: number | undefined;

  function describe(word: HeardWord): object {
    const described = {
      word: stripWord(word.text),
      start: toSeconds(word.startMs),
      end: toSeconds(word.endMs),
      confidence: CONFIDENCE,
    };
    return formatted ? { ...described, punctuated_word: word.text } : described;
  }

  function sendResults(flags: { is_final: boolean; speech_final: boolean; from_finalize?: boolean }): void {
    const transcript = words.map((word) => (formatted ? word.text : stripWord(word.text))).join(" ");
    const languages = query.language === "multi" ? { languages: guessLanguages(words.map((word) => word.text)) } : {};
    const alternative = {
      transcript,
      confidence: words.length > 0 ? CONFIDENCE : 0,
      words: words.map(describe),
      ...languages,
    };
    send({
      type: "Results",
      channel_index: [0, 1],
      duration: toSeconds(nowMs - segmentStartMs),
      start: toSeconds(segmentStartMs),
      from_finalize: false,
      ...flags,
      channel: { alternatives: [alternative] },
      metadata: {
        request_id: requestId,
        model_info: { name: `general-${query.model}`, version: "sandbox", arch: query.model },
        model_uuid: modelUuid,
      },
    });
    lastInterimMs = nowMs;
  }

  function freeze(flags: { speech_final: boolean; from_finalize?: boolean }): void {
    sendResults({ is_final: true, ...flags });
    openWordEndMs = words.at(-1)?.endMs ?? openWordEndMs;
    words = [];
    segmentStartMs = nowMs;
    speechInSegment = false;
    if (flags.speech_final) speechSinceEnd = false;
  }

  function endSegment(silenceMs: number): void {
    const { segmentMs, interimEveryMs } = options.settings();
    const endpointed = query.endpointing !== false && silenceMs >= query.endpointing;
    if (speechSinceEnd && endpointed) freeze({ speech_final: true });
    else if (nowMs - segmentStartMs >= segmentMs) freeze({ speech_final: false });
    else if (speechInSegment && silenceMs >= FREEZE_SILENCE_MS) freeze({ speech_final: false });
    else if (query.interim_results && speechInSegment && nowMs - lastInterimMs >= interimEveryMs) {
      sendResults({ is_final: false, speech_final: false });
    }
  }

  function endUtterance(): void {
    if (query.utterance_end_ms === undefined || openWordEndMs === undefined || words.length > 0) return;
    if (nowMs - Math.max(openWordEndMs, lastSpeechMs) < query.utterance_end_ms) return;
    send({ type: "UtteranceEnd", channel: [0, 1], last_word_end: toSeconds(openWordEndMs) });
    openWordEndMs = undefined;
  }

  return {
    onWord(word) {
      if (canWrite(query.language, word.text)) words.push(word);
    },
    onSpeechStart(atMs) {
      if (query.vad_events) send({ type: "SpeechStarted", channel: [0, 1], timestamp: toSeconds(atMs) });
    },
    onStep(detector) {
      nowMs = detector.nowMs;
      lastSpeechMs = detector.lastSpeechMs;
      const silenceMs = nowMs - lastSpeechMs;
      if (silenceMs === 0) {
        speechInSegment = true;
        speechSinceEnd = true;
      }
      endSegment(silenceMs);
      endUtterance();
    },
    onMessage(message) {
      if (message.type === "Finalize") freeze({ speech_final: false, from_finalize: true });
      return message.type === "Finalize" || message.type === "KeepAlive";
    },
    finish() {
      if (words.length > 0 || speechInSegment) freeze({ speech_final: false });
      send({
        type: "Metadata",
        transaction_key: "deprecated",
        request_id: requestId,
        sha256: "",
        created,
        duration: toSeconds(nowMs),
        channels: 1,
      });
    },
  };
}

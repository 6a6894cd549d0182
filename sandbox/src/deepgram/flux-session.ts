import { z } from "zod";
import type { HeardWord } from "../voice/index.ts";
import { checkThresholds, type FluxQuery, type FluxThresholds, fluxThresholdsSchema } from "./query.ts";
import type { RecognizerSession } from "./recognizer-session.ts";
import { canWrite, stripWord } from "./script.ts";
import type { DeepgramSettings } from "./settings.ts";
import { rateTurnEnd } from "./turn-confidence.ts";

type TurnState = "initial" | "ongoing" | "awaiting-end";
type TurnEvent = "Update" | "StartOfTurn" | "EagerEndOfTurn" | "TurnResumed" | "EndOfTurn";

const CONFIDENCE = 0.97;
const configureSchema = z.object({
  thresholds: fluxThresholdsSchema.partial().optional(),
  keyterms: z.array(z.string()).optional(),
  language_hints: z.array(z.string()).optional(),
});
const toSeconds = (ms: number): number => Math.round(ms) / 1_000;
const mentionLanguages = (query: FluxQuery): object =>
  query.model === "flux-general-multi" ? { languages: ["en"], languages_hinted: query.language_hint } : {};

/** One `/v2/listen` stream: turns by audio time. Arabic is not among its languages, so it writes none. */
export function createFluxSession(options: {
  query: FluxQuery;
  requestId: string;
  settings: () => DeepgramSettings;
  send: (message: object) => void;
}): RecognizerSession {
  const { query, requestId } = options;
  let thresholds: FluxThresholds = query;
  let state: TurnState = "initial";
  let words: HeardWord[] = [];
  let [sequenceId, turnIndex, nowMs, windowStartMs, lastSentMs, silenceMs] = [0, 0, 0, 0, 0, 0];

  const send = (message: object): void =>
    options.send({ ...message, request_id: requestId, sequence_id: sequenceId++ });
  const confidence = (): number => (state === "initial" ? 0 : rateTurnEnd(silenceMs, options.settings()));

  function sendTurn(event: TurnEvent, extra: object = {}): void {
    send({
      type: "TurnInfo",
      event,
      turn_index: turnIndex,
      audio_window_start: toSeconds(windowStartMs),
      audio_window_end: toSeconds(nowMs),
      transcript: words.map((word) => word.text).join(" "),
      words: words.map(({ text, startMs, endMs }) => ({
        word: stripWord(text),
        confidence: CONFIDENCE,
        start: toSeconds(startMs),
        end: toSeconds(endMs),
      })),
      end_of_turn_confidence: Math.round(confidence() * 1_000) / 1_000,
      ...mentionLanguages(query),
      ...extra,
    });
    lastSentMs = nowMs;
  }

  function resume(): void {
    if (state !== "awaiting-end") return;
    state = "ongoing";
    sendTurn("TurnResumed");
  }

  function endTurn(trigger: "model" | "manual" | "timeout"): void {
    sendTurn("EndOfTurn", { trigger });
    state = "initial";
    words = [];
    turnIndex += 1;
    windowStartMs = nowMs;
  }

  function judgeTurn(): void {
    const eager = thresholds.eager_eot_threshold;
    if (silenceMs === 0) resume();
    if (state === "initial") return;
    if (confidence() >= thresholds.eot_threshold) endTurn("model");
    else if (silenceMs >= thresholds.eot_timeout_ms) endTurn("timeout");
    else if (state === "ongoing" && eager !== undefined && confidence() >= eager) {
      state = "awaiting-end";
      sendTurn("EagerEndOfTurn");
    }
  }

  function configure(message: unknown): void {
    const change = configureSchema.safeParse(message);
    const named = Object.entries(change.data?.thresholds ?? {}).filter(([, value]) => value !== undefined);
    const given = Object.keys((message as { thresholds?: object }).thresholds ?? {});
    const next = { ...thresholds, ...Object.fromEntries(named.filter(([key]) => given.includes(key))) };
    if (!change.success || !checkThresholds(next)) return send({ type: "ConfigureFailure" });
    thresholds = next;
    const { eot_threshold, eager_eot_threshold, eot_timeout_ms } = thresholds;
    send({
      type: "ConfigureSuccess",
      thresholds: { eot_threshold, eager_eot_threshold, eot_timeout_ms },
      keyterms: change.data.keyterms ?? query.keyterm,
      language_hints: change.data.language_hints ?? query.language_hint,
    });
  }

  send({ type: "Connected" });
  return {
    onWord(word) {
      if (!canWrite("en", word.text)) return;
      resume();
      words.push(word);
      if (state !== "initial") return;
      state = "ongoing";
      silenceMs = 0;
      nowMs = Math.max(nowMs, word.endMs);
      sendTurn("StartOfTurn");
    },
    onSpeechStart: () => undefined,
    onStep(detector) {
      nowMs = detector.nowMs;
      silenceMs = nowMs - Math.max(detector.lastSpeechMs, words.at(-1)?.endMs ?? 0);
      if (silenceMs < 10) silenceMs = 0;
      judgeTurn();
      if (nowMs - lastSentMs >= options.settings().interimEveryMs) sendTurn("Update");
    },
    onMessage(message) {
      if (message.type === "Configure") configure(message);
      else if (message.type !== "ForceEndTurn") return false;
      else if (state !== "initial") endTurn("manual");
      return true;
    },
    finish() {
      if (state !== "initial") sendTurn("Update");
    },
  };
}

import type { HeardWord } from "../voice/index.ts";
import { configureFlux } from "./flux-configure.ts";
import { describeTurn, judgeTurn, type TurnEvent, type TurnState } from "./flux-turn.ts";
import { type FluxQuery, type FluxThresholds, fluxThresholdsSchema } from "./query.ts";
import type { RecognizerOptions, RecognizerSession } from "./recognizer-session.ts";
import { canWrite } from "./script.ts";
import { rateTurnEnd } from "./turn-confidence.ts";

/** A word may end within the 10 ms in which its sound does. */
const STEP_MS = 10;

type TurnOptions = Omit<RecognizerOptions<FluxQuery>, "requestId"> & { thresholds: () => FluxThresholds };

/** The turns of one stream, by audio time. */
function createTurns({ query, settings, send, thresholds }: TurnOptions) {
  let state: TurnState = "initial";
  let words: HeardWord[] = [];
  let [index, nowMs, windowStartMs, lastSentMs, silenceMs] = [0, 0, 0, 0, 0];
  const confidence = (): number => (state === "initial" ? 0 : rateTurnEnd(silenceMs, settings()));

  function sendTurn(event: TurnEvent, extra: object = {}): void {
    const moment = { event, nowMs, confidence: confidence(), query };
    send({ ...describeTurn({ index, windowStartMs, words }, moment), ...extra });
    lastSentMs = nowMs;
  }

  function change(next: TurnState, event: TurnEvent): void {
    state = next;
    sendTurn(event);
  }

  function end(trigger: "model" | "manual" | "timeout"): void {
    if (state === "initial") return;
    sendTurn("EndOfTurn", { trigger });
    [state, words, windowStartMs] = ["initial", [], nowMs];
    index += 1;
  }

  return {
    end,
    hear(word: HeardWord): void {
      if (state === "awaiting-end") change("ongoing", "TurnResumed");
      words.push(word);
      silenceMs = 0;
      nowMs = Math.max(nowMs, word.endMs);
      if (state === "initial") change("ongoing", "StartOfTurn");
    },
    step(now: number, lastSpeechMs: number): void {
      nowMs = now;
      silenceMs = nowMs - Math.max(lastSpeechMs, words.at(-1)?.endMs ?? 0);
      if (silenceMs < STEP_MS) silenceMs = 0;
      const verdict = judgeTurn(state, { silenceMs, confidence: confidence() }, thresholds());
      if (verdict === "resume") change("ongoing", "TurnResumed");
      else if (verdict === "eager") change("awaiting-end", "EagerEndOfTurn");
      else if (verdict) end(verdict);
      if (nowMs - lastSentMs >= settings().interimEveryMs) sendTurn("Update");
    },
    finish(): void {
      if (state !== "initial") sendTurn("Update");
    },
  };
}

/** One `/v2/listen` stream. Arabic is not among its languages, so it writes none. */
export function createFluxSession(options: RecognizerOptions<FluxQuery>): RecognizerSession {
  const { query, requestId } = options;
  let thresholds: FluxThresholds = fluxThresholdsSchema.parse(query);
  let sequenceId = 0;
  const send = (message: object): void =>
    options.send({ ...message, request_id: requestId, sequence_id: sequenceId++ });
  const turns = createTurns({ query, settings: options.settings, send, thresholds: () => thresholds });

  send({ type: "Connected" });
  return {
    onWord(word) {
      if (canWrite("en", word.text)) turns.hear(word);
    },
    onSpeechStart: () => undefined,
    onStep: (detector) => turns.step(detector.nowMs, detector.lastSpeechMs),
    onMessage(message) {
      if (message.type === "ForceEndTurn") turns.end("manual");
      if (message.type === "Configure") {
        const configured = configureFlux(message, thresholds, query);
        thresholds = configured?.thresholds ?? thresholds;
        send(configured?.answer ?? { type: "ConfigureFailure" });
      }
      return message.type === "ForceEndTurn" || message.type === "Configure";
    },
    finish: () => turns.finish(),
  };
}

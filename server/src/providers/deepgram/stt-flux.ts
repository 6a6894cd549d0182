import type { SpeechToText, TranscriptionOptions } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ProviderArguments } from "../provider.ts";
import { socketOrigin } from "../provider-io.ts";
import { encodingOf } from "./formats.ts";
import { createRecogniser, errorOfMessage } from "./listen-endpoint.ts";
import type { ListenLink, ListenProtocol } from "./listen-stream.ts";
import type { DeepgramSttOptions } from "./options.ts";
import { baseLanguage } from "./options.ts";
import type { FluxTurn } from "./wire.ts";
import { readFluxMessage } from "./wire.ts";

/** Flux judges turns by audio: without any, a turn would hang. */
const silenceMs = 500;
/** After a re-dial in the middle of a turn: nothing more said for this long means that the turn had ended. */
const resumeTimeoutMs = 1500;

function fluxUrl(
  baseUrl: string,
  model: string,
  settings: { request: TranscriptionOptions; options: DeepgramSttOptions },
): string {
  const { request, options } = settings;
  const query = new URLSearchParams({
    model,
    ...encodingOf(request.format),
    eager_eot_threshold: String(Math.min(options.eagerEotThreshold, options.eotThreshold)),
    eot_threshold: String(options.eotThreshold),
    eot_timeout_ms: String(options.eotTimeoutMs),
  });
  if (model.includes("multi")) query.append("language_hint", baseLanguage(request.language));
  for (const term of request.keyterms) query.append("keyterm", term);
  return `${socketOrigin(baseUrl)}/v2/listen?${query.toString()}`;
}

function joinWords(before: string, text: string): string {
  return before && text ? `${before} ${text}` : before || text;
}

/** Follows one caller's turns, also across a re-dial: what was heard before the cut stays at the front of the turn. */
function createTurnReader(link: ListenLink, clock: Clock) {
  let text = ""; // the running turn, as last told
  let wordsEndMs: number | undefined;
  let inTurn = false;
  let carried = "";
  let cancelResume: () => void = () => undefined;

  const endTurn = (trigger: FluxTurn["trigger"]) => {
    const spoken = text;
    cancelResume();
    inTurn = false;
    text = "";
    carried = "";
    wordsEndMs = undefined;
    link.emit({ type: "turn-ended", text: spoken, trigger });
  };
  return {
    read(turn: FluxTurn) {
      if (turn.event !== "Update" || turn.text !== "") cancelResume();
      if (turn.event === "Update" && !inTurn) return;
      const resumed = inTurn;
      inTurn = true;
      text = joinWords(carried, turn.text);
      wordsEndMs = turn.wordsEndMs;
      switch (turn.event) {
        case "StartOfTurn":
          return link.emit({ type: resumed ? "turn-update" : "turn-started", text });
        case "Update":
          return link.emit({ type: "turn-update", text });
        case "EagerEndOfTurn":
          return link.emit({ type: "turn-ending", text });
        case "TurnResumed":
          return link.emit({ type: "turn-resumed", text });
        case "EndOfTurn":
          if (turn.wordsEndMs !== undefined) link.settle(turn.wordsEndMs);
          return endTurn(turn.trigger);
      }
    },
    onRedial() {
      if (!inTurn) return;
      if (wordsEndMs !== undefined) link.settle(wordsEndMs);
      carried = text;
      wordsEndMs = undefined;
    },
    onOpen() {
      cancelResume();
      if (inTurn) cancelResume = clock.setTimer(resumeTimeoutMs, () => endTurn("timeout"));
    },
    onEnd: () => cancelResume(),
  };
}

function createFluxProtocol(url: string, clock: Clock, link: ListenLink): ListenProtocol {
  const turns = createTurnReader(link, clock);
  return {
    url,
    finalizeMessage: '{"type":"ForceEndTurn"}',
    keepAliveMs: silenceMs,
    keepAlive: { silenceMs },
    onOpen: () => turns.onOpen(),
    onRedial: () => turns.onRedial(),
    onEnd: () => turns.onEnd(),
    onMessage(data) {
      const message = readFluxMessage(data);
      if (message?.type === "TurnInfo") return turns.read(message);
      if (message?.type !== "Error") return;
      link.drop(errorOfMessage(message.code || "an error", message.words || message.code));
    },
  };
}

/** `/v2/listen`: the recogniser itself decides where a turn ends, eagerly first. */
export function createFlux(model: string, args: ProviderArguments<DeepgramSttOptions>): SpeechToText {
  const { credentials, io, options } = args;
  return createRecogniser(args, {
    model,
    decidesTurns: true,
    createProtocol: (request, link) =>
      createFluxProtocol(fluxUrl(credentials.baseUrl, model, { request, options }), io.clock, link),
  });
}

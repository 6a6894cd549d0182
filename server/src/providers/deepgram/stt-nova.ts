import type { SpeechToText, TranscriptionOptions } from "../../call/ports.ts";
import type { ProviderArguments } from "../provider.ts";
import { socketOrigin } from "../provider-io.ts";
import { encodingOf } from "./formats.ts";
import { createRecogniser, errorOfMessage } from "./listen-endpoint.ts";
import type { ListenLink, ListenProtocol } from "./listen-stream.ts";
import type { DeepgramSttOptions } from "./options.ts";
import { novaLanguage } from "./options.ts";
import type { NovaResults } from "./wire.ts";
import { readNovaMessage } from "./wire.ts";

const keepAliveMs = 4000;

function novaUrl(
  baseUrl: string,
  model: string,
  settings: { request: TranscriptionOptions; options: DeepgramSttOptions },
): string {
  const { request, options } = settings;
  const query = new URLSearchParams({
    model,
    ...encodingOf(request.format),
    channels: "1",
    language: novaLanguage(request.language),
    interim_results: "true",
    endpointing: String(options.endpointingMs),
    utterance_end_ms: String(options.utteranceEndMs),
    vad_events: "true",
    smart_format: "true",
    punctuate: "true",
  });
  const termName = model.startsWith("nova-3") ? "keyterm" : "keywords";
  for (const term of request.keyterms) query.append(termName, term);
  return `${socketOrigin(baseUrl)}/v1/listen?${query.toString()}`;
}

function emitResults(link: ListenLink, results: NovaResults): void {
  const audioEndMs = results.audioEndMs === undefined ? undefined : link.streamMs(results.audioEndMs);
  const timing = audioEndMs === undefined ? {} : { audioEndMs };
  if (results.isFinal) {
    if (results.audioEndMs !== undefined) link.settle(results.audioEndMs);
    link.emit({ type: "final", text: results.text, endOfSpeech: results.speechFinal, ...timing });
  } else if (results.text !== "") {
    link.emit({ type: "interim", text: results.text, ...timing });
  }
}

function createNovaProtocol(url: string, link: ListenLink): ListenProtocol {
  return {
    url,
    finalizeMessage: '{"type":"Finalize"}',
    keepAliveMs,
    keepAlive: { message: '{"type":"KeepAlive"}' },
    onOpen() {},
    onRedial() {},
    onEnd() {},
    onMessage(data) {
      const message = readNovaMessage(data);
      switch (message?.type) {
        case "Results":
          return emitResults(link, message);
        case "SpeechStarted":
          return link.emit({ type: "speech-started" });
        case "UtteranceEnd":
          return link.emit({ type: "utterance-end" });
        case "Error":
          return link.drop(errorOfMessage("an error", message.words));
        case "other":
        case undefined:
          return;
      }
    },
  };
}

/** `/v1/listen`: words and endpointing; who has the floor is decided by us. */
export function createNova(model: string, args: ProviderArguments<DeepgramSttOptions>): SpeechToText {
  const { credentials, options } = args;
  return createRecogniser(args, {
    model,
    decidesTurns: false,
    createProtocol: (request, link) =>
      createNovaProtocol(novaUrl(credentials.baseUrl, model, { request, options }), link),
  });
}

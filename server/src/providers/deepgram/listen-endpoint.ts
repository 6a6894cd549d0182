/** What Deepgram's two live endpoints look like from outside, and the failure both report in words. */
import type { SpeechToText, TranscriptionOptions } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderArguments } from "../provider.ts";
import { deepgramInputFormats, provider } from "./formats.ts";
import { type ListenLink, type ListenProtocol, openListenStream } from "./listen-stream.ts";
import type { DeepgramSttOptions } from "./options.ts";

export interface ListenEndpoint {
  readonly model: string;
  readonly decidesTurns: boolean;
  readonly createProtocol: (request: TranscriptionOptions, link: ListenLink) => ListenProtocol;
}

export function createRecogniser(
  { credentials, io }: ProviderArguments<DeepgramSttOptions>,
  { model, decidesTurns, createProtocol }: ListenEndpoint,
): SpeechToText {
  return {
    provider,
    model,
    decidesTurns,
    inputFormats: deepgramInputFormats,
    open: (request) =>
      openListenStream({
        provider,
        credentials,
        io,
        options: request,
        createProtocol: (link) => createProtocol(request, link),
      }),
  };
}

export function errorOfMessage(what: string, vendorMessage: string): ProviderError {
  return new ProviderError(`Deepgram reported ${what}.`, {
    provider,
    category: "overloaded",
    permanent: false,
    vendorMessage,
  });
}

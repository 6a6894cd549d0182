/** What a vendor's folder exports: a value, never a side effect. `registry.ts` lists them all. */
import type { WebSocket } from "ws";
import type { z } from "zod";
import type { LanguageModel, SpeechToText, TextToSpeech } from "../call/ports.ts";
import type { Embedder } from "../features/knowledge/embedder.port.ts";
import type { Clock } from "../kernel/clock.ts";

/** The outside world as adapters may touch it. Tests hand in their own. */
export interface ProviderIo {
  readonly fetch: typeof globalThis.fetch;
  /** Opens a WebSocket. Never compresses. */
  readonly connect: (
    url: string,
    options: { headers: Readonly<Record<string, string>>; protocols?: readonly string[] },
  ) => WebSocket;
  readonly clock: Clock;
}

/** Every vendor's key and origin; `baseUrl` has no trailing slash. An http base URL means ws for that vendor's sockets. */
export interface ProviderCredentials {
  readonly apiKey: string;
  readonly baseUrl: string;
}

export interface ProviderArguments<Options> {
  readonly credentials: ProviderCredentials;
  readonly options: Options;
  readonly io: ProviderIo;
}

export interface Provider<
  SttOptions = unknown,
  LlmOptions = unknown,
  TtsOptions = unknown,
  EmbeddingOptions = unknown,
> {
  readonly id: string;
  readonly name: string;
  readonly defaultBaseUrl: string;
  /** Options as zod objects: validation and, later, the dashboard's forms come from the same place. */
  readonly stt?: { readonly options: z.ZodType<SttOptions>; create(args: ProviderArguments<SttOptions>): SpeechToText };
  readonly llm?: {
    readonly options: z.ZodType<LlmOptions>;
    create(args: ProviderArguments<LlmOptions>): LanguageModel;
  };
  readonly tts?: { readonly options: z.ZodType<TtsOptions>; create(args: ProviderArguments<TtsOptions>): TextToSpeech };
  readonly embeddings?: {
    readonly options: z.ZodType<EmbeddingOptions>;
    create(args: ProviderArguments<EmbeddingOptions>): Embedder;
  };
  /** Checks the key with the cheapest request there is. Throws ProviderError with the vendor's own words. */
  verify?(args: { credentials: ProviderCredentials; io: ProviderIo; signal: AbortSignal }): Promise<void>;
}

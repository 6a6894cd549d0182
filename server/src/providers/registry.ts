/** Every vendor there is. Adding one means its folder and its line here. */
import { anthropic } from "./anthropic/index.ts";
import { deepgram } from "./deepgram/index.ts";
import { elevenlabs } from "./elevenlabs/index.ts";
import { mistral } from "./mistral/index.ts";
import { openai } from "./openai/index.ts";
import { openaiCompatible } from "./openai-compatible/index.ts";
import type { Provider } from "./provider.ts";

/** Options are contravariant: a provider of particular options is a `Provider<never>` to those who do not know which. */
type AnyProvider = Omit<Provider, "stt" | "llm" | "tts"> & {
  readonly stt?: unknown;
  readonly llm?: unknown;
  readonly tts?: unknown;
};

export const providers = {
  anthropic,
  deepgram,
  elevenlabs,
  mistral,
  openai,
  "openai-compatible": openaiCompatible,
} as const satisfies Record<string, AnyProvider>;

export type ProviderId = keyof typeof providers;

export function isProviderId(id: string): id is ProviderId {
  return Object.hasOwn(providers, id);
}

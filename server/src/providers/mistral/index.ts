import { z } from "zod";
import { createChatCompletionsModel } from "../ai-sdk/chat-completions.ts";
import { requestHeaders, verifyByGet } from "../ai-sdk/http.ts";
import type { Provider } from "../provider.ts";
import { createMistralEmbedder, embeddingOptions, type MistralEmbeddingOptions } from "./embeddings.ts";

const llmOptions = z.object({
  model: z.string().min(1).default("mistral-small-latest"),
  temperature: z.number().min(0).max(1.5).optional(),
});

export type MistralLlmOptions = z.infer<typeof llmOptions>;

/** Mistral takes no system text after the conversation has begun, and refuses a user message behind a tool result. */
export const mistral = {
  id: "mistral",
  name: "Mistral",
  defaultBaseUrl: "https://api.mistral.ai/v1",
  llm: {
    options: llmOptions,
    create: ({ credentials, options, io }) =>
      createChatCompletionsModel({
        provider: "mistral",
        model: options.model,
        credentials,
        io,
        dialect: { systemRole: "system", contextPlacement: "in-caller-turn", namesToolResults: true },
        body: (request) => ({
          max_tokens: request.maxOutputTokens,
          ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
        }),
      }),
  },
  embeddings: { options: embeddingOptions, create: createMistralEmbedder },
  async verify({ credentials, io, signal }) {
    const endpoint = { url: `${credentials.baseUrl}/models`, headers: requestHeaders(credentials.apiKey), io, signal };
    await verifyByGet(endpoint, { provider: "mistral", apiKey: credentials.apiKey });
  },
} as const satisfies Provider<never, MistralLlmOptions, never, MistralEmbeddingOptions>;

import { z } from "zod";
import { createChatCompletionsModel } from "../ai-sdk/chat-completions.ts";
import { requestHeaders, verifyByGet } from "../ai-sdk/http.ts";
import type { Provider } from "../provider.ts";
import { createOpenAiEmbedder, embeddingOptions, type OpenAiEmbeddingOptions } from "./embeddings.ts";

const llmOptions = z.object({
  model: z.string().min(1).default("gpt-4.1-mini"),
  temperature: z.number().min(0).max(2).optional(),
});

export type OpenAiLlmOptions = z.infer<typeof llmOptions>;

/** Thinking is silence on a telephone: the least each family allows. */
function smallestEffort(model: string): string | undefined {
  if (/^o\d/.test(model)) return "low";
  if (/^gpt-[5-9]/.test(model) && !model.includes("chat")) return /^gpt-5(-|$)/.test(model) ? "minimal" : "none";
  return undefined;
}

export const openai = {
  id: "openai",
  name: "OpenAI",
  defaultBaseUrl: "https://api.openai.com/v1",
  llm: {
    options: llmOptions,
    create({ credentials, options, io }) {
      const effort = smallestEffort(options.model);
      const samples = effort === undefined && options.temperature !== undefined;
      return createChatCompletionsModel({
        provider: "openai",
        model: options.model,
        credentials,
        io,
        dialect: {
          systemRole: effort === undefined ? "system" : "developer",
          contextPlacement: "system-last",
          namesToolResults: false,
        },
        body: (request) => ({
          ...(effort === undefined
            ? { max_tokens: request.maxOutputTokens }
            : { max_completion_tokens: request.maxOutputTokens, reasoning_effort: effort }),
          ...(samples ? { temperature: options.temperature } : {}),
          stream_options: { include_usage: true },
        }),
      });
    },
  },
  embeddings: { options: embeddingOptions, create: createOpenAiEmbedder },
  async verify({ credentials, io, signal }) {
    const endpoint = { url: `${credentials.baseUrl}/models`, headers: requestHeaders(credentials.apiKey), io, signal };
    await verifyByGet(endpoint, { provider: "openai", apiKey: credentials.apiKey });
  },
} as const satisfies Provider<never, OpenAiLlmOptions, never, OpenAiEmbeddingOptions>;

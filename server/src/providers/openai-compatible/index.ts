import { z } from "zod";
import { createChatCompletionsModel } from "../ai-sdk/chat-completions.ts";
import { requestHeaders, verifyByGet } from "../ai-sdk/http.ts";
import { withToolCalling } from "../ai-sdk/tool-calling.ts";
import type { Provider } from "../provider.ts";
import { createCompatibleEmbedder, embeddingOptions, type OpenAiCompatibleEmbeddingOptions } from "./embeddings.ts";

const llmOptions = z.object({
  model: z.string().min(1, "Name the model the server should use, e.g. llama3.1:8b."),
  toolCalling: z.enum(["native", "text", "auto"]).default("auto"),
  temperature: z.number().min(0).max(2).optional(),
});

export type OpenAiCompatibleLlmOptions = z.infer<typeof llmOptions>;

/** Any server that speaks chat completions: Ollama, vLLM, llama.cpp. Their chat templates take system text only at the start. */
export const openaiCompatible = {
  id: "openai-compatible",
  name: "OpenAI-compatible server",
  defaultBaseUrl: "http://localhost:11434/v1",
  llm: {
    options: llmOptions,
    create({ credentials, options, io }) {
      const model = createChatCompletionsModel({
        provider: "openai-compatible",
        model: options.model,
        credentials,
        io,
        dialect: { systemRole: "system", contextPlacement: "in-caller-turn", namesToolResults: false },
        body: (request) => ({
          max_tokens: request.maxOutputTokens,
          ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
          stream_options: { include_usage: true },
        }),
      });
      return withToolCalling(model, options.toolCalling);
    },
  },
  embeddings: { options: embeddingOptions, create: createCompatibleEmbedder },
  async verify({ credentials, io, signal }) {
    const endpoint = { url: `${credentials.baseUrl}/models`, headers: requestHeaders(credentials.apiKey), io, signal };
    await verifyByGet(endpoint, { provider: "openai-compatible", apiKey: credentials.apiKey });
  },
} as const satisfies Provider<never, OpenAiCompatibleLlmOptions, never, OpenAiCompatibleEmbeddingOptions>;

import { z } from "zod";
import type { Embedder } from "../../features/knowledge/embedder.port.ts";
import { createEmbedder } from "../ai-sdk/embeddings.ts";
import type { ProviderArguments } from "../provider.ts";

export const embeddingOptions = z.object({
  model: z.string().min(1, "Name the model of embeddings the server has, e.g. nomic-embed-text."),
  /** Of the vectors this model makes: the server is not asked to shorten them. */
  dimensions: z.number().int().min(16).max(4096).default(768),
});

export type OpenAiCompatibleEmbeddingOptions = z.infer<typeof embeddingOptions>;

/** Ollama, vLLM, llama.cpp, text-embeddings-inference. */
export function createCompatibleEmbedder({
  credentials,
  options,
  io,
}: ProviderArguments<OpenAiCompatibleEmbeddingOptions>): Embedder {
  const { model, dimensions } = options;
  return createEmbedder({
    ...{ provider: "openai-compatible", model, dimensions, credentials, io },
    maxTextsPerRequest: 32,
    maxChars: 6000,
  });
}

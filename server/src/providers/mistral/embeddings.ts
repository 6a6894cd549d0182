import { z } from "zod";
import type { Embedder } from "../../features/knowledge/embedder.port.ts";
import { createEmbedder } from "../ai-sdk/embeddings.ts";
import type { ProviderArguments } from "../provider.ts";

export const embeddingOptions = z.object({ model: z.string().min(1).default("mistral-embed") });

export type MistralEmbeddingOptions = z.infer<typeof embeddingOptions>;

/** Its vectors cannot be shortened. A request with more than some 16,000 tokens is refused, hence few texts at a time. */
export function createMistralEmbedder({
  credentials,
  options,
  io,
}: ProviderArguments<MistralEmbeddingOptions>): Embedder {
  return createEmbedder({
    ...{ provider: "mistral", model: options.model, dimensions: 1024, credentials, io },
    maxTextsPerRequest: 16,
    maxChars: 6000,
    body: { encoding_format: "float" },
  });
}

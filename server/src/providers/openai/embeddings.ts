import { z } from "zod";
import type { Embedder } from "../../features/knowledge/embedder.port.ts";
import { createEmbedder } from "../ai-sdk/embeddings.ts";
import type { ProviderArguments } from "../provider.ts";

export const embeddingOptions = z.object({
  model: z.string().min(1).default("text-embedding-3-small"),
  /** The third generation can shorten its vectors; ada-002 is what it is. */
  dimensions: z.number().int().min(64).max(512).default(512),
});

export type OpenAiEmbeddingOptions = z.infer<typeof embeddingOptions>;

const adaDimensions = 1536;

/** The vendor takes 8192 tokens a text and 300,000 a request. */
export function createOpenAiEmbedder({
  credentials,
  options,
  io,
}: ProviderArguments<OpenAiEmbeddingOptions>): Embedder {
  const { model } = options;
  const shortens = !model.includes("ada-002");
  const dimensions = shortens ? options.dimensions : adaDimensions;
  return createEmbedder({
    ...{ provider: "openai", model, dimensions, credentials, io },
    maxTextsPerRequest: 96,
    maxChars: 8000,
    body: { encoding_format: "base64", ...(shortens ? { dimensions } : {}) },
  });
}

/** Text → vectors. Implemented by vendors; knowledge asks for it in jobs, and once a turn for the caller's words. */

export interface EmbedRequest {
  readonly texts: readonly string[];
  /** Some models embed questions and documents differently. */
  readonly purpose: "document" | "query";
  readonly signal: AbortSignal;
}

export interface Embedder {
  readonly provider: string;
  readonly model: string;
  /** Of every vector; at most 512 where the vendor can shorten. */
  readonly dimensions: number;
  readonly maxTextsPerRequest: number;
  /** One vector of length 1 for each text, in order. Throws ProviderError. `tokens` are what the vendor charges. */
  embed(request: EmbedRequest): Promise<{ vectors: readonly Float32Array[]; tokens: number }>;
}

/** `POST /embeddings` as OpenAI made it and others speak it. */
import { z } from "zod";
import type { Embedder, EmbedRequest } from "../../features/knowledge/embedder.port.ts";
import type { ProviderCredentials, ProviderIo } from "../provider.ts";
import { requestHeaders, requestIdOf } from "./http.ts";
import { type FailureContext, failureFromVendor, networkFailure, protocolFailure } from "./model-failure.ts";

export interface EmbeddingsOptions {
  readonly provider: string;
  readonly model: string;
  readonly dimensions: number;
  readonly maxTextsPerRequest: number;
  readonly credentials: ProviderCredentials;
  readonly io: ProviderIo;
  /** What is sent besides model and texts. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** A text of more letters is cut: no model takes longer ones. */
  readonly maxChars: number;
}

const answer = z.object({
  data: z.array(z.object({ index: z.number().int().min(0), embedding: z.union([z.array(z.number()), z.string()]) })),
  usage: z.object({ total_tokens: z.number() }).optional(),
});

export function createEmbedder(options: EmbeddingsOptions): Embedder {
  const { provider, model, dimensions, maxTextsPerRequest, maxChars } = options;
  const failure: FailureContext = { provider, apiKey: options.credentials.apiKey };
  return {
    ...{ provider, model, dimensions, maxTextsPerRequest },
    async embed({ texts, signal }) {
      if (texts.length === 0) return { vectors: [], tokens: 0 };
      // An empty text is refused by all of them.
      const input = texts.map((text) => text.slice(0, maxChars).trim() || "-");
      const { data, usage } = await ask(options, { texts: input, signal });
      const vectors = data.sort((one, other) => one.index - other.index).map(({ embedding }) => toVector(embedding));
      if (vectors.length !== texts.length) throw protocolFailure(failure, "another number of vectors than of texts");
      const wrong = vectors.find((vector) => vector.length !== dimensions);
      if (wrong !== undefined) {
        throw protocolFailure(failure, `vectors of ${wrong.length} dimensions where ${dimensions} were expected`);
      }
      return { vectors, tokens: usage?.total_tokens ?? Math.ceil(input.join("").length / 4) };
    },
  };
}

async function ask(
  { provider, model, credentials, io, body }: EmbeddingsOptions,
  { texts, signal }: Pick<EmbedRequest, "texts" | "signal">,
): Promise<z.output<typeof answer>> {
  const failure: FailureContext = { provider, apiKey: credentials.apiKey };
  const sent = JSON.stringify({ model, input: texts, ...body });
  const headers = requestHeaders(credentials.apiKey);
  const request = { method: "POST", headers, body: sent, signal };
  let text: string;
  let response: Response;
  try {
    response = await io.fetch(`${credentials.baseUrl}/embeddings`, request);
    text = await response.text();
  } catch (error) {
    throw networkFailure(failure, error);
  }
  if (!response.ok) {
    throw failureFromVendor(failure, { status: response.status, requestId: requestIdOf(response.headers), body: text });
  }
  try {
    return answer.parse(JSON.parse(text));
  } catch (error) {
    throw protocolFailure(failure, "the vectors", error);
  }
}

/** Of length 1, so that a product of two is their cosine. */
function toVector(embedding: readonly number[] | string): Float32Array {
  const values = typeof embedding === "string" ? fromBase64(embedding) : Float32Array.from(embedding);
  let squares = 0;
  for (const value of values) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return values.map((value) => value / length);
}

/** float32, little endian. */
function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  const values = new Float32Array(bytes.length >> 2);
  for (let index = 0; index < values.length; index++) values[index] = bytes.readFloatLE(index * 4);
  return values;
}

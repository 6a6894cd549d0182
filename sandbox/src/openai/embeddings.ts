/** OpenAI's `/v1/embeddings`. Texts with the same words get near vectors; what they mean nobody here knows. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { Refusal } from "../language-model/model-types.ts";
import { readRequest } from "../language-model/read-body.ts";
import { splitTokens } from "../language-model/tokens.ts";
import { refuseUnknownModel } from "./errors.ts";

const longest: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
};
const maxTokensPerText = 8192;
const maxTokensPerRequest = 300_000;

const text = z.string().min(1, "'$.input' is invalid. Please check the API reference.");
const body = z.object({
  model: z.string(),
  input: z.union([text, z.array(text).min(1).max(2048)]),
  dimensions: z.number().int().min(1).optional(),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  user: z.string().optional(),
});

/** The whole answer. Throws a `Refusal`. */
export function answerEmbeddings(given: unknown): unknown {
  const { model, input, dimensions, encoding_format } = readRequest(body, given, { indexes: "brackets" });
  refuseUnknownModel(model);
  const most = longest[model];
  if (most === undefined) {
    throw new Refusal(404, `The model \`${model}\` does not exist or you do not have access to it.`, {
      code: "model_not_found",
    });
  }
  if (dimensions !== undefined && model === "text-embedding-ada-002") {
    throw new Refusal(400, "This model does not support specifying dimensions.", { param: "dimensions" });
  }
  if (dimensions !== undefined && dimensions > most) {
    throw new Refusal(400, `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${most}.`, {
      param: "dimensions",
    });
  }
  const texts = typeof input === "string" ? [input] : input;
  const tokens = texts.map((each) => splitTokens(each).length);
  if (tokens.some((count) => count > maxTokensPerText)) {
    throw new Refusal(
      400,
      `This model's maximum context length is ${maxTokensPerText} tokens. Please reduce your prompt.`,
    );
  }
  const total = tokens.reduce((sum, count) => sum + count, 0);
  if (total > maxTokensPerRequest) {
    throw new Refusal(400, `Requested ${total} tokens, max ${maxTokensPerRequest} tokens per request`, {
      code: "max_tokens_per_request",
    });
  }
  return {
    object: "list",
    model,
    data: texts.map((each, index) => {
      const vector = vectorOf(each, dimensions ?? most);
      const embedding = encoding_format === "float" ? [...vector] : Buffer.from(vector.buffer).toString("base64");
      return { object: "embedding", index, embedding };
    }),
    usage: { prompt_tokens: total, total_tokens: total },
  };
}

/** Of length 1. */
function vectorOf(words: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of words.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["?"]) {
    const hash = createHash("md5").update(word.slice(0, 6)).digest();
    for (let place = 0; place < 12; place += 4) {
      const at = hash.readUInt32LE(place) % dimensions;
      vector[at] = (vector[at] ?? 0) + ((hash[place + 1] ?? 0) % 2 === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

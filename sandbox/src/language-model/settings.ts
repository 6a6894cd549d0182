import { z } from "zod";

const ms = z.number().int().min(0);
const afterTokens = z.number().int().min(0).nullable().default(null);

/** How a language model's stand-in behaves. The defaults are a healthy vendor that takes no time. */
export const modelSettingsSchema = z.object({
  /** From the whole request's arrival to the first token (and the headers). */
  firstTokenDelayMs: ms.default(0),
  /** Null: all at once. */
  tokensPerSecond: z.number().min(0.1).max(100_000).nullable().default(null),
  /** Answers with this status instead (401, 429, 500, 529 …). */
  refuseStatus: z.number().int().min(400).max(599).nullable().default(null),
  /** Sent as `retry-after-ms` and `retry-after` with a refusal. */
  retryAfterMs: ms.nullable().default(null),
  /** The connection is cut after so many tokens. */
  cutAfterTokens: afterTokens,
  /** The vendor's error object comes in the stream after so many tokens, and the stream ends. */
  errorAfterTokens: afterTokens,
  /** Nothing comes any more after so many tokens; the connection stays. */
  stallAfterTokens: afterTokens,
  /** A broken event comes in the stream after so many tokens; then it goes on. */
  malformedAfterTokens: afterTokens,
  /** The faults above meet only the next so many requests. Null: all. */
  faultyRequests: z.number().int().min(0).nullable().default(null),
});

export type ModelSettings = z.output<typeof modelSettingsSchema>;

export const healthyFaults = {
  refuseStatus: null,
  cutAfterTokens: null,
  errorAfterTokens: null,
  stallAfterTokens: null,
  malformedAfterTokens: null,
} as const satisfies Partial<ModelSettings>;

import { createAnthropic } from "@ai-sdk/anthropic";
import { z } from "zod";
import { createConnectionWarmer, verifyByGet } from "../ai-sdk/http.ts";
import { createAiSdkModel } from "../ai-sdk/model.ts";
import type { Provider } from "../provider.ts";

const llmOptions = z.object({
  model: z.string().min(1).default("claude-haiku-4-5"),
  temperature: z.number().min(0).max(1).optional(),
});

export type AnthropicLlmOptions = z.infer<typeof llmOptions>;

const cacheMarker = { anthropic: { cacheControl: { type: "ephemeral" } } };

/** The base URL is an origin; the vendor's package wants it with the version. */
function versionedUrl(baseUrl: string): string {
  return /\/v\d+$/.test(baseUrl) ? baseUrl : `${baseUrl}/v1`;
}

function headersFor(apiKey: string): Record<string, string> {
  return { "x-api-key": apiKey, "anthropic-version": "2023-06-01" };
}

export const anthropic = {
  id: "anthropic",
  name: "Anthropic",
  defaultBaseUrl: "https://api.anthropic.com",
  llm: {
    options: llmOptions,
    create({ credentials, options, io }) {
      const { apiKey } = credentials;
      const baseURL = versionedUrl(credentials.baseUrl);
      const vendor = createAnthropic({ apiKey, baseURL, fetch: io.fetch });
      return createAiSdkModel({
        provider: "anthropic",
        model: vendor(options.model),
        apiKey,
        prompt: { contextPlacement: "in-caller-turn", instructionsOptions: cacheMarker },
        prewarm: createConnectionWarmer({ url: `${baseURL}/models`, headers: headersFor(apiKey), io }),
        callOptions: options.temperature === undefined ? {} : { temperature: options.temperature },
      });
    },
  },
  async verify({ credentials, io, signal }) {
    const { apiKey } = credentials;
    const url = `${versionedUrl(credentials.baseUrl)}/models?limit=1`;
    await verifyByGet({ url, headers: headersFor(apiKey), io, signal }, { provider: "anthropic", apiKey });
  },
} as const satisfies Provider<never, AnthropicLlmOptions>;

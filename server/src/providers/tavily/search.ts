import { z } from "zod";
import type { WebSearch } from "../../features/tools/web-search.port.ts";
import { askJson, type VendorFetch } from "../ask-json.ts";

const provider = "tavily";
export const tavilyBaseUrl = "https://api.tavily.com";

const answer = z.object({
  results: z.array(z.object({ title: z.string(), url: z.string(), content: z.string().nullish() })),
});

export interface SearchAccount {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
}

export function createTavilySearch(fetch: VendorFetch, { apiKey, baseUrl = tavilyBaseUrl }: SearchAccount): WebSearch {
  return {
    async search({ query, limit, signal }) {
      const { results } = await askJson(fetch, {
        ...{ provider, url: `${baseUrl}/search`, method: "POST", schema: answer, signal },
        headers: { authorization: `Bearer ${apiKey}` },
        json: { query, search_depth: "basic", topic: "general", max_results: limit, include_answer: false },
        // 432 and 433: the plan's or the key's limit is used up, and the owner must act.
        categoryOf: (status) => (status === 432 || status === 433 ? "auth" : undefined),
      });
      return results.map(({ title, url, content }) => ({ title, url, text: content ?? "" }));
    },
  };
}

import { z } from "zod";
import type { WebSearch } from "../../features/tools/web-search.port.ts";
import { askJson, type VendorFetch } from "../ask-json.ts";

const provider = "brave";
export const braveBaseUrl = "https://api.search.brave.com";

const found = z.object({
  title: z.string(),
  url: z.string(),
  description: z.string().nullish(),
  extra_snippets: z.array(z.string()).nullish(),
});
/** `web` is absent when nothing was found. */
const answer = z.object({ web: z.object({ results: z.array(found) }).nullish() });

export interface SearchAccount {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
}

export function createBraveSearch(fetch: VendorFetch, { apiKey, baseUrl = braveBaseUrl }: SearchAccount): WebSearch {
  return {
    async search({ query, limit, language, country, signal }) {
      const asked = new URLSearchParams({
        ...{ q: query.slice(0, 400), count: String(Math.min(limit, 20)), safesearch: "strict" },
        ...(country === undefined ? {} : { country: country.toUpperCase() }),
        ...(language === undefined ? {} : { search_lang: language.slice(0, 2).toLowerCase() }),
      });
      const { web } = await askJson(fetch, {
        ...{ provider, url: `${baseUrl}/res/v1/web/search?${asked.toString()}`, schema: answer, signal },
        headers: { "x-subscription-token": apiKey },
        // A wrong key is 422 here.
        categoryOf: (status, body) => (status === 422 && body.includes("SUBSCRIPTION_TOKEN") ? "auth" : undefined),
      });
      return (web?.results ?? []).map(({ title, url, description, extra_snippets: more }) => ({
        ...{ title, url },
        text: [description ?? "", ...(more ?? [])].join(" "),
      }));
    },
  };
}

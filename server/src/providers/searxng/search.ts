import { z } from "zod";
import type { WebSearch } from "../../features/tools/web-search.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { askJson, type VendorFetch } from "../ask-json.ts";

const provider = "searxng";

const answer = z.object({
  results: z.array(z.object({ title: z.string(), url: z.string(), content: z.string().nullish() })),
});

/** `fetch` must be a guarded one: the address is the organisation's choice. */
export function createSearxngSearch(fetch: VendorFetch, { baseUrl }: { readonly baseUrl: string }): WebSearch {
  return {
    async search({ query, limit, language, signal }) {
      const asked = new URLSearchParams({
        ...{ q: query, format: "json", categories: "general", safesearch: "2" },
        ...(language === undefined ? {} : { language: language.slice(0, 2).toLowerCase() }),
      });
      const url = `${baseUrl.replace(/\/+$/, "")}/search?${asked.toString()}`;
      const { results } = await askJson(fetch, { provider, url, headers: {}, schema: answer, signal }).catch(explained);
      return results.slice(0, limit).map(({ title, url: at, content }) => ({ title, url: at, text: content ?? "" }));
    },
  };
}

/** 403 says nothing of itself, and is nearly always this. */
function explained(error: unknown): never {
  if (!(error instanceof ProviderError) || error.status !== 403) throw error;
  throw new ProviderError(error.message, {
    ...{ provider, category: "auth", permanent: true, status: 403, nothingDone: true, cause: error },
    vendorMessage: "JSON is not allowed there: add json to search.formats in its settings.yml",
  });
}

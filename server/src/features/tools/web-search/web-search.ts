import { z } from "zod";
import { words } from "../input-words.ts";
import { ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";
import { accountOf, type VendorAccounts } from "../vendor-accounts.ts";
import type { FoundPage } from "../web-search.port.ts";
import { foundText } from "./found-text.ts";

const longestTitle = 150;
const longestText = 500;

const input = z.object({ query: words(300).describe("What to look for, as one would type it into a search engine.") });

const settings = z.object({
  results: z.int().min(1).max(8).default(4).describe("How many results the agent reads."),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be two capital letters, such as AE")
    .optional()
    .describe("Prefers pages of this country, where the search engine can."),
});

const isWebAddress = (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

function toResult({ title, url, text }: FoundPage) {
  return { title: foundText(title, longestTitle), url: url.slice(0, 300), text: foundText(text, longestText) };
}

/** The engine gives results to the model as data from outside. */
export const webSearch = (accounts: Pick<VendorAccounts, "webSearch">) =>
  defineTool({
    name: "web_search",
    title: "Search the web",
    description:
      "Looks something up on the web: opening hours of other places, weather, directions, news. Never for facts about this business itself.",
    input,
    effect: "read",
    settings,
    needs: ["tavily", "brave", "searxng"],
    isOnByDefault: false,
    timeoutMs: 8000,
    deed: {
      where: "outside",
      async run(work) {
        const engine = await accounts.webSearch(accountOf(work));
        const { results, country } = work.settings;
        const found = await engine.search({
          ...{ query: work.input.query, limit: results, signal: work.signal },
          ...(work.call?.language === undefined ? {} : { language: work.call.language }),
          ...(country === undefined ? {} : { country }),
        });
        const shown = found.filter(({ url }) => isWebAddress(url)).slice(0, results);
        return ok({ results: shown.map(toResult) });
      },
    },
    async probe(work) {
      const engine = await accounts.webSearch(accountOf(work));
      await engine.search({ query: "weather", limit: 1, signal: work.signal });
    },
  });

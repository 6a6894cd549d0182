/** A stand-in for an instance of SearXNG. */
import { type RestAnswer, type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";
import { type FoundPage, pagesFor } from "../control/search-pages.ts";

export interface SearxngOptions {
  readonly port?: number;
  /** `search.formats` of its settings: html alone unless `json` was added. */
  readonly formats?: readonly string[];
  readonly pages?: readonly FoundPage[];
}

export function startSearxng({ port, formats = ["html", "json"], pages }: SearxngOptions = {}): Promise<RestDesk> {
  const answer = ({ method, path, query, body }: RestRequest): RestAnswer => {
    if (path !== "/search") return { status: 404, body: "Not Found" };
    const asked = method === "POST" ? new URLSearchParams(body as Record<string, string>) : query;
    const format = asked.get("format") ?? "html";
    if (!formats.includes(format)) return { status: 403, body: "Forbidden" };
    const q = asked.get("q") ?? "";
    if (q === "") return { status: 400, body: { error: "No query" } };
    return {
      status: 200,
      body: {
        ...{ query: q, number_of_results: 0, answers: [], corrections: [], infoboxes: [], suggestions: [] },
        unresponsive_engines: [["brave", "timeout"]],
        results: pagesFor(q, pages).map(({ title, url, text }, at) => ({
          ...{ url, title, content: text, engine: "duckduckgo", engines: ["duckduckgo"], score: 1 / (at + 1) },
          ...{ category: "general", publishedDate: null },
        })),
      },
    };
  };
  return startRestDesk({ answer, refusal: () => ({ error: "refused" }) }, port);
}

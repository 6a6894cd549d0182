/** A stand-in for Brave's web search. */
import { z } from "zod";
import { createKeyCheck } from "../control/loopback.ts";
import { type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";
import { pagesFor } from "../control/search-pages.ts";
import type { SearchOptions } from "../tavily/start-tavily.ts";

const searchQuery = z.object({
  q: z.string().min(1).max(400),
  count: z.coerce.number().int().min(1).max(20).default(20),
  country: z
    .string()
    .regex(/^([A-Z]{2}|ALL)$/)
    .optional(),
  search_lang: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]{2,4})?$/)
    .optional(),
  safesearch: z.enum(["off", "moderate", "strict"]).optional(),
});

const errorBody = (status: number, code: string, detail: string) => ({
  type: "ErrorResponse",
  error: { id: "stand-in", status, code, detail },
  time: 0,
});
const limits = { "x-ratelimit-limit": "1, 15000", "x-ratelimit-policy": "1;w=1, 15000;w=2592000" };

export function startBrave({ port, apiKey, pages }: SearchOptions = {}): Promise<RestDesk> {
  const isRight = createKeyCheck(apiKey);
  const answer = (request: RestRequest) => {
    if (request.method !== "GET" || request.path !== "/res/v1/web/search") {
      return { status: 404, body: errorBody(404, "NOT_FOUND", "No such endpoint.") };
    }
    const key = request.headers["x-subscription-token"];
    if (!isRight(typeof key === "string" ? key : undefined)) {
      const detail = "The provided subscription token is invalid.";
      return { status: 422, body: errorBody(422, "SUBSCRIPTION_TOKEN_INVALID", detail) };
    }
    const query = searchQuery.safeParse(Object.fromEntries(request.query));
    if (!query.success) {
      return { status: 422, body: errorBody(422, "VALIDATION", query.error.issues[0]?.message ?? "") };
    }
    const { q, count } = query.data;
    const results = pagesFor(q, pages)
      .slice(0, count)
      .map(({ title, url, text }) => ({ title, url, description: text, age: "2 days ago" }));
    // Nothing found: there is no `web`.
    const web = results.length === 0 ? {} : { web: { type: "search", results } };
    return { status: 200, headers: limits, body: { type: "search", query: { original: q }, ...web } };
  };
  const refusal = (status: number) => errorBody(status, status === 429 ? "RATE_LIMITED" : "FAULT", "Request rejected.");
  return startRestDesk({ answer, refusal }, port);
}

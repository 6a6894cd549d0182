/** A stand-in for Tavily's search. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { createKeyCheck } from "../control/loopback.ts";
import { bearerOf, type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";
import { type FoundPage, pagesFor } from "../control/search-pages.ts";

const searchForm = z.object({
  query: z.string().min(1),
  search_depth: z.enum(["basic", "advanced", "fast", "ultra-fast"]).optional(),
  topic: z.enum(["general", "news", "finance"]).optional(),
  max_results: z.number().int().min(0).max(20).optional(),
  country: z
    .string()
    .regex(/^[a-z ]+$/)
    .optional(),
});

const errorBody = (error: string) => ({ detail: { error } });
const words: Readonly<Record<number, string>> = {
  401: "Unauthorized: missing or invalid API key.",
  429: "Your request has been blocked due to excessive requests.",
  432: "This request exceeds your plan's set usage limit.",
};

export interface SearchOptions {
  readonly port?: number;
  /** The only right key. */
  readonly apiKey?: string;
  readonly pages?: readonly FoundPage[];
}

export function startTavily({ port, apiKey, pages }: SearchOptions = {}): Promise<RestDesk> {
  const isRight = createKeyCheck(apiKey);
  const answer = (request: RestRequest) => {
    if (request.method !== "POST" || request.path !== "/search") return { status: 404, body: errorBody("Not Found") };
    if (!isRight(bearerOf(request))) return { status: 401, body: errorBody(words[401] ?? "") };
    const form = searchForm.safeParse(request.body);
    if (!form.success) return { status: 400, body: errorBody(form.error.issues[0]?.message ?? "Invalid request") };
    const { query, max_results: limit = 5 } = form.data;
    const results = pagesFor(query, pages).slice(0, limit);
    return {
      status: 200,
      body: {
        ...{ query, answer: null, images: [], response_time: 0.1, request_id: randomUUID() },
        results: results.map(({ title, url, text }, at) => ({
          ...{ title, url, content: text, score: 1 - at / 10, raw_content: null },
        })),
      },
    };
  };
  return startRestDesk({ answer, refusal: (status) => errorBody(words[status] ?? "Something went wrong.") }, port);
}

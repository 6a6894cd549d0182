/** What an agent would be given for a caller's words: for whoever looks after the documents. */
import { z } from "zod";
import { defineRoute } from "./route.ts";

const passage = z.object({
  id: z.string(),
  collectionId: z.string(),
  text: z.string(),
  heading: z.string(),
  language: z.string(),
  source: z.object({
    id: z.string(),
    title: z.string(),
    page: z.int().nullable(),
    url: z.string().nullable(),
  }),
  scores: z.object({
    /** Null: no word of the question stands in it. */
    fullText: z.number().nullable(),
    coverage: z.number().nullable().describe("The share of the question's words, weighed by rarity, that stand in it."),
    vector: z.number().nullable().describe("Cosine of the question's vector and its own; null: not among the nearest."),
    fused: z.number().describe("What the order follows: 1 is first on every side."),
  }),
});
export type KnowledgePassage = z.output<typeof passage>;

const answer = z.object({
  passages: z.array(passage).describe("Best first."),
  vectors: z
    .enum(["used", "none", "late", "failed"])
    .describe("`none`: no vendor of vectors is set up; `late` and `failed`: full text alone answered this time."),
});
export type KnowledgeSearchResult = z.output<typeof answer>;

export const searchKnowledge = defineRoute({
  id: "knowledge.search",
  summary: "Search documents as an agent does, with the scores of each side",
  method: "POST",
  path: "/api/v1/knowledge/search",
  permission: "knowledge:read",
  body: z.object({
    text: z.string().trim().min(1).max(1000).describe("A question, as a caller would ask it."),
    collectionIds: z.array(z.string().max(100)).max(50).optional().describe("Absent: all collections."),
    language: z.string().max(35).default("en").describe("BCP-47; of the question."),
    limit: z.int().min(1).max(20).default(5),
  }),
  response: { status: 200, schema: answer },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

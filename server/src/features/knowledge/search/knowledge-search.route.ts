import { type KnowledgePassage, searchKnowledge } from "@parley/contract/knowledge-search";
import type { RouteMount } from "../../../platform/http/route-mount.ts";
import type { FoundPassage, SearchAnswer } from "./knowledge-search.ts";

export interface SearchTester {
  /** As a call does, but every part is waited for, a few seconds at most. */
  try(question: {
    readonly orgId: string;
    readonly text: string;
    readonly language: string;
    readonly limit: number;
    readonly collectionIds?: readonly string[];
  }): Promise<SearchAnswer>;
}

export function mountKnowledgeSearchRoutes(
  mount: RouteMount,
  { knowledgeSearch }: { knowledgeSearch: SearchTester },
): void {
  mount(searchKnowledge, async ({ orgId, body }) => {
    const { text, language, limit, collectionIds } = body;
    const question = { orgId, text, language, limit };
    const answer = await knowledgeSearch.try(collectionIds === undefined ? question : { ...question, collectionIds });
    return { vectors: answer.vectors, passages: answer.passages.map(describe) };
  });
}

function describe(found: FoundPassage): KnowledgePassage {
  const { id, collectionId, text, heading, language, source } = found;
  return {
    ...{ id, collectionId, text, heading, language },
    source: { id: source.id, title: source.title, page: source.page ?? null, url: source.url ?? null },
    scores: {
      fullText: found.fullText ?? null,
      coverage: found.coverage ?? null,
      vector: found.vector ?? null,
      fused: found.fused,
    },
  };
}

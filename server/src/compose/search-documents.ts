/** What the tool `search_knowledge` looks into: the collections of the agent that is speaking, as it was published. */
import type { Passage, Retriever } from "../call/ports.ts";
import { createKnowledgeSearch, createRetriever } from "../features/knowledge/search/index.ts";
import { openAgents } from "./agents.ts";
import { clock, type Stores } from "./stores.ts";

export interface DocumentQuestion {
  readonly orgId: string;
  readonly agentId: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

export type SearchDocuments = (question: DocumentQuestion) => Promise<readonly Passage[]>;

const maxPassages = 5;

/** `retrieverOf`: the one of live calls, in the process that carries them. Elsewhere words alone are looked for. */
export function openDocumentSearch(
  { db, organizations }: Pick<Stores, "db" | "organizations">,
  retrieverOf?: (orgId: string) => Promise<Retriever>,
): SearchDocuments {
  const agents = openAgents({ db, organizations });
  const nearest = { find: () => Promise.resolve([]) };
  const byWords = createRetriever(createKnowledgeSearch({ db, clock, nearest, onUsed: () => {} }), undefined);
  return async ({ orgId, agentId, text, signal }) => {
    const config = (await agents.findRunnable(orgId, { agentId }))?.config;
    if (config === undefined || config.knowledgeIds.length === 0) return [];
    const retriever = (await retrieverOf?.(orgId)) ?? byWords;
    return await retriever.retrieve({
      ...{ orgId, callId: "", collectionIds: config.knowledgeIds, language: config.language },
      ...{ text, limit: maxPassages, signal },
    });
  };
}

/** The engine's port, over the search: what fits, in the engine's words. */
import type { Passage, Retriever } from "../../../call/ports.ts";
import type { Embedder } from "../embedder.port.ts";
import type { FoundPassage, KnowledgeSearch } from "./knowledge-search.ts";

/** A passage that shares less than this with the question, and is not near it in meaning, is left out. */
const leastCoverage = 0.2;
/** The caller is still speaking then: what comes later is of use to the next question only. */
const vectorsWithinMs = 700;

export function createRetriever(search: KnowledgeSearch, embedder: Embedder | undefined): Retriever {
  return {
    async retrieve({ orgId, collectionIds, text, language, limit, signal, onPart }) {
      const { passages } = await search.search({
        ...{ orgId, collectionIds, text, language, limit, signal, embedder, vectorsWithinMs },
        ...(onPart === undefined ? {} : { onPart: (found) => onPart(fitting(found)) }),
      });
      return fitting(passages);
    },
  };
}

function fitting(found: readonly FoundPassage[]): Passage[] {
  return found
    .filter(({ coverage = 0, vector }) => coverage >= leastCoverage || vector !== undefined)
    .map(({ id, text, heading, source, fused, coverage }) => ({
      ...{ id, text, source, score: fused },
      ...(coverage === undefined ? {} : { coverage }),
      ...(heading === "" ? {} : { heading }),
    }));
}

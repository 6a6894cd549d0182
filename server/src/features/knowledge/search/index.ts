export { mountKnowledgeSearchRoutes, type SearchTester } from "./knowledge-search.route.ts";
export { createKnowledgeSearch, type KnowledgeSearch } from "./knowledge-search.ts";
export { createRetriever } from "./retriever.ts";
export { createIndexedVectors } from "./vector-tables.ts";
export { createThreadVectors } from "./vectors-in-thread.ts";

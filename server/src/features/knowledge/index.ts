import { createCollections } from "./collections.ts";
import type { Knowledge } from "./knowledge.route.ts";
import type { KnowledgeParts } from "./knowledge-parts.ts";
import { createSources } from "./sources.ts";

export { eraseFilesOf } from "./erase-files.ts";
export { type Knowledge, mountKnowledgeRoutes } from "./knowledge.route.ts";
export type { KnowledgeParts } from "./knowledge-parts.ts";
export { createDocumentReader } from "./reading/document-reader.ts";
export { registerKnowledgeJobs } from "./register-jobs.ts";
export { createSourceFiles } from "./source-files.ts";

export function createKnowledge(parts: KnowledgeParts): Knowledge {
  return { collections: createCollections(parts), sources: createSources(parts) };
}

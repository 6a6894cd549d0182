/** What agents answer from, with the store for its files, the way to the web and the process that reads documents. */
import type { Config } from "../config.ts";
import type { AuditLog } from "../features/audit/index.ts";
import {
  createDocumentReader,
  createKnowledge,
  createSourceFiles,
  eraseFilesOf,
  type Knowledge,
  type KnowledgeParts,
  registerKnowledgeJobs,
} from "../features/knowledge/index.ts";
import type { GuardedFetch } from "../platform/net/guarded-fetch.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { outboundRules } from "./outbound-rules.ts";
import { clock, type Stores } from "./stores.ts";

export interface KnowledgeFeatures {
  readonly knowledge: Knowledge;
  readonly knowledgeParts: KnowledgeParts;
}

const politenessMs = 200;

const filesOf = ({ dataDir, s3 }: Config) =>
  createSourceFiles({
    dataDir,
    ...(s3 === undefined
      ? {}
      : { bucket: async () => (await import("../platform/storage/s3-store.ts")).createS3Store(s3) }),
  });

export function openKnowledge(
  { db, organizations }: Stores,
  { config, audit }: { config: Config; audit: AuditLog },
): KnowledgeFeatures {
  const rules = outboundRules(config);
  const guarded = () => import("../platform/net/guarded-fetch.ts");
  let fetcher: Promise<GuardedFetch> | undefined;
  const parts: KnowledgeParts = {
    ...{ db, organizations, audit, clock, jobs: createJobSender(), politenessMs },
    files: filesOf(config),
    checkUrl: async (text) => (await guarded()).checkOutboundUrl(text, rules),
    async fetch(url, request) {
      fetcher ??= guarded().then(({ createGuardedFetch }) => createGuardedFetch(rules));
      return await (await fetcher)(url, request);
    },
    openReader: () => createDocumentReader(),
  };
  return { knowledge: createKnowledge(parts), knowledgeParts: parts };
}

export const handleKnowledgeJobs = (worker: JobWorker, { knowledgeParts }: KnowledgeFeatures): Promise<void> =>
  registerKnowledgeJobs(worker, knowledgeParts);

/** What an organisation that is being erased has outside the database. */
export const eraseKnowledgeFiles = ({ db }: Pick<Stores, "db">, config: Config, orgId: string): Promise<void> =>
  eraseFilesOf({ db, files: filesOf(config) }, orgId);

import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { GuardedFetch } from "../../platform/net/guarded-fetch.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { DocumentReader } from "./reading/document-reader.ts";
import type { SourceFiles } from "./source-files.ts";

export interface KnowledgeParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly jobs: JobSender;
  readonly files: SourceFiles;
  /** What can be seen of an address without asking for it. Throws AppError `bad_request`. */
  readonly checkUrl: (text: string) => Promise<URL>;
  readonly fetch: GuardedFetch;
  /** One for each run of a job, which closes it. */
  readonly openReader: () => DocumentReader;
  /** Between two requests to one site, at least. */
  readonly politenessMs: number;
}

export interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface Paged {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

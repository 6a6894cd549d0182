import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { AddressRules } from "../../platform/net/address-rules.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";

export interface DelivererParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly audit: AuditLog;
  readonly jobs: JobSender;
  readonly rules: AddressRules;
  readonly processId: string;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  /** What the organisation may see of the call now; undefined when it is gone. */
  readonly callOf: (call: { orgId: string; callId: string }) => Promise<object | undefined>;
}

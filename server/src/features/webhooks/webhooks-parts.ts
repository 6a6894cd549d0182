/** What the files of the API's side share. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AddressRules } from "../../platform/net/address-rules.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";

export interface WebhooksParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly rules: AddressRules;
}

export interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

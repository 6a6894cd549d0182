/** What the numbers' parts are given. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { CarrierApi, CarrierLogin } from "./phone-numbers.port.ts";
import type { NumberHash } from "./sealed-number.ts";

export interface PhoneNumbersParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly hashOf: NumberHash;
  readonly carrier: CarrierApi;
  /** Throws `not_found`. */
  readonly loginOf: (tx: OrgTx, orgId: string, connectionId: string) => Promise<CarrierLogin>;
  /** A version that is there, or, with null, any agent that is there. */
  readonly hasAgent: (orgId: string, which: { agentId: string; version: number | null }) => Promise<boolean>;
  readonly publicUrl?: string;
}

export interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

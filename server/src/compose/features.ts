/** Every feature, made once for each process that answers the API or runs jobs. */
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { createIdempotentRequests, type IdempotentRequests } from "../features/idempotency/index.ts";
import { createStandings, type Standings } from "../features/organizations/index.ts";
import type { LockOut } from "../platform/limits/lock-out.ts";
import type { Limits } from "./limits.ts";
import { clock, type Stores } from "./stores.ts";

export interface Features extends Stores {
  readonly audit: AuditLog;
  readonly idempotency: IdempotentRequests;
  readonly lockOut: LockOut;
  readonly standings: Standings;
}

export function openFeatures(stores: Stores, { lockOut }: Pick<Limits, "lockOut">): Features {
  const idempotency = createIdempotentRequests({ ...stores, clock });
  const audit = createAuditLog({ clock, commitClaim: (tx, claimId) => idempotency.commit(tx, claimId) });
  return { ...stores, lockOut, standings: createStandings({ db: stores.db, clock }), audit, idempotency };
}

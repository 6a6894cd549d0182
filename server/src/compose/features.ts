/** Every feature, made once for each process that answers the API or runs jobs. */
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { createIdempotentRequests, type IdempotentRequests } from "../features/idempotency/index.ts";
import { clock, type Stores } from "./stores.ts";

export interface Features extends Stores {
  readonly audit: AuditLog;
  readonly idempotency: IdempotentRequests;
}

export function openFeatures(stores: Stores): Features {
  const idempotency = createIdempotentRequests({ ...stores, clock });
  const audit = createAuditLog({ clock, commitClaim: (tx, claimId) => idempotency.commit(tx, claimId) });
  return { ...stores, audit, idempotency };
}

/** Every feature, made once for each process that answers the API or runs jobs. */
import type { Agents } from "../features/agents/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { createIdempotentRequests, type IdempotentRequests } from "../features/idempotency/index.ts";
import type { Recordings } from "../features/recordings/index.ts";
import type { LockOut } from "../platform/limits/lock-out.ts";
import { openAgents } from "./agents.ts";
import type { Limits } from "./limits.ts";
import { openPeople, type People, type PeopleParts } from "./people.ts";
import { openRecordings } from "./recordings.ts";
import { clock, type Stores } from "./stores.ts";
import { openTenants, type Tenants } from "./tenants.ts";

export interface Features extends Stores, People, Tenants {
  readonly agents: Agents;
  readonly audit: AuditLog;
  readonly idempotency: IdempotentRequests;
  readonly lockOut: LockOut;
  readonly recordings: Recordings;
}

export function openFeatures(
  stores: Stores,
  parts: Pick<Limits, "lockOut"> & Pick<PeopleParts, "config" | "log" | "origin">,
): Features {
  const { lockOut } = parts;
  const idempotency = createIdempotentRequests({ ...stores, clock });
  const audit = createAuditLog({ clock, commitClaim: (tx, claimId) => idempotency.commit(tx, claimId) });
  const agents = openAgents({ ...stores, audit });
  const people = openPeople(stores, { ...parts, audit });
  const recordings = openRecordings(stores, { config: parts.config, audit });
  const tenants = openTenants(stores, { ...parts, ...people, audit });
  return { ...stores, ...people, ...tenants, agents, lockOut, audit, idempotency, recordings };
}

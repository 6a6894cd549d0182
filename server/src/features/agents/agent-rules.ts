/** What drafts and versions have in common: whose hands they go through, and what they must keep to. */
import type { AgentSummary } from "@parley/contract/agent";
import { type AgentConfig, agentConfig } from "@parley/contract/agent-config";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type AgentRow, agents } from "./agents.table.ts";
import { checkConfig, type KnownTools } from "./check-config.ts";
import type { ConfigSealer } from "./sealed-config.ts";

export interface AgentsOptions {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** The organisation's. Opens its own transaction, so it is asked before another one begins. */
  readonly toolsOf: (orgId: string) => Promise<KnownTools>;
  /** True while something, such as a phone number, routes to the agent. */
  readonly isAgentInUse: (tx: OrgTx, agent: { orgId: string; agentId: string }) => Promise<boolean>;
}

/** Who does it, and where. */
export interface Doer {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface AgentParts extends AgentsOptions {
  readonly sealer: ConfigSealer;
}

export const toSummary = (row: AgentRow): AgentSummary => ({
  ...{ id: row.id, name: row.name, language: row.language, revision: row.revision },
  publishedVersion: row.publishedVersion,
  hasUnpublishedChanges: row.publishedRevision !== row.revision,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** By the whole schema. Throws AppError `bad_request` that names each field. */
export function parseConfig(value: unknown): AgentConfig {
  const parsed = agentConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${["config", ...issue.path].join(".")}: ${issue.message}`);
  throw new AppError("bad_request", { publicMessage: faults.join("; ") });
}

/** By what else there is in the organisation. Throws AppError `bad_request`. */
export async function checkInOrganization(
  tx: OrgTx,
  { config, tools, ownId }: { config: AgentConfig; tools: KnownTools; ownId?: string },
): Promise<void> {
  const rows = config.handoffs.length === 0 ? [] : await tx.select({ id: agents.id }).from(agents);
  checkConfig(config, {
    tools,
    agentIds: new Set(rows.map(({ id }) => id)),
    ...(ownId === undefined ? {} : { ownId }),
  });
}

export function staleRevision(current: number): AppError {
  return new AppError("conflict", {
    publicMessage: `revision: somebody changed this agent meanwhile; it is at ${current} now. Read it again, then make your change.`,
  });
}

/** Of an agent that was never published; not stored yet. */
export async function newAgentRow(
  tx: OrgTx,
  { sealer, clock }: AgentParts,
  { orgId, id, config }: { orgId: string; id: string; config: AgentConfig },
): Promise<AgentRow> {
  const now = new Date(clock.wallNow());
  const place = { orgId, id, keyWrap: await sealer.newKeyWrap(tx, orgId, id) };
  return {
    ...place,
    ...{ name: config.name, language: config.language, revision: 1 },
    sealedDraft: await sealer.sealDraft(tx, place, config),
    ...{ publishedVersion: null, publishedRevision: null, createdAt: now, updatedAt: now },
  };
}

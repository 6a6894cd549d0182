/** The agents, as every process sees them. */
import { type Agents, createAgents } from "../features/agents/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { toolSpecs } from "../features/tools/index.ts";
import type { OrgTx } from "../platform/db/org-db.ts";
import { clock, type Stores } from "./stores.ts";

export interface AgentsParts extends Pick<Stores, "db" | "organizations"> {
  readonly audit?: AuditLog;
  /** Absent: nothing routes to an agent. */
  readonly isAgentInUse?: (tx: OrgTx, agent: { orgId: string; agentId: string }) => Promise<boolean>;
}

export function openAgents({ audit, isAgentInUse, ...stores }: AgentsParts): Agents {
  return createAgents({
    ...stores,
    clock,
    audit: audit ?? createAuditLog({ clock }),
    toolNames: toolSpecs.map(({ name }) => name),
    isAgentInUse: isAgentInUse ?? (async () => false),
  });
}

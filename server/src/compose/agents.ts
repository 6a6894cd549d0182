/** The agents, as every process sees them. */
import { type Agents, type AgentsOptions, createAgents } from "../features/agents/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { createBuiltInTools, faultsByTool } from "../features/tools/index.ts";
import type { OrgTx } from "../platform/db/org-db.ts";
import { clock, type Stores } from "./stores.ts";

/** They are checked without anything that their deeds work with. */
const ownTools = faultsByTool(createBuiltInTools({} as Parameters<typeof createBuiltInTools>[0]));

export interface AgentsParts extends Pick<Stores, "db" | "organizations"> {
  readonly audit?: AuditLog;
  /** Absent: nothing is checked but the platform's own tools. */
  readonly toolsOf?: AgentsOptions["toolsOf"];
  /** Absent: nothing routes to an agent. */
  readonly isAgentInUse?: (tx: OrgTx, agent: { orgId: string; agentId: string }) => Promise<boolean>;
}

export function openAgents({ audit, isAgentInUse, toolsOf, ...stores }: AgentsParts): Agents {
  return createAgents({
    ...stores,
    clock,
    audit: audit ?? createAuditLog({ clock }),
    toolsOf: toolsOf ?? (async () => ownTools),
    isAgentInUse: isAgentInUse ?? (async () => false),
  });
}

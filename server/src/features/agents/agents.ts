/** Agents of an organisation: a draft that changes, versions that do not. */
import type { AgentsOptions } from "./agent-rules.ts";
import { type AgentDrafts, createDrafts } from "./drafts.ts";
import { createRunnableAgents, type RunnableAgents } from "./runnable-agents.ts";
import { createConfigSealer } from "./sealed-config.ts";
import { type AgentVersions, createVersions } from "./versions.ts";

export type Agents = AgentDrafts & AgentVersions & RunnableAgents;

export function createAgents(options: AgentsOptions): Agents {
  const parts = { ...options, sealer: createConfigSealer(options.organizations) };
  return { ...createDrafts(parts), ...createVersions(parts), ...createRunnableAgents(parts) };
}

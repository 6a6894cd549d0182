/** What a call asks of the agents: who answers, as which version; and the agents an organisation begins with. */
import { type AgentConfigInput, agentConfig } from "@parley/contract/agent-config";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type AgentParts, type Doer, newAgentRow } from "./agent-rules.ts";
import { requireAgent, requireVersion, selectPublished } from "./agents.store.ts";
import { type AgentRow, agents } from "./agents.table.ts";
import type { RunnableAgent } from "./compile-plan.ts";
import { insertVersion } from "./versions.ts";

export interface WantedAgent {
  /** Absent: the organisation's first published agent, one that speaks `language` before the others. */
  readonly agentId?: string;
  /** Absent: the published one. */
  readonly version?: "draft" | number;
  readonly language?: string;
}

export interface SeedAgent {
  readonly id: string;
  readonly config: AgentConfigInput;
  readonly note: string;
}

export interface RunnableAgents {
  /** Undefined when there is no such agent. Throws AppError `bad_request` when it was never published. */
  findRunnable(orgId: string, wanted: WantedAgent): Promise<RunnableAgent | undefined>;
  /** The published ones of these; what is gone or was never published is left out. */
  findOthers(orgId: string, agentIds: readonly string[]): Promise<RunnableAgent[]>;
  /** Published agents for an organisation that has none; nothing where there are any. Any number may do so at once. */
  seed(doer: Doer, seeds: readonly SeedAgent[]): Promise<void>;
}

const base = (tag: string) => tag.toLowerCase().split("-")[0];

async function chooseRow(tx: OrgTx, { agentId, language }: WantedAgent): Promise<AgentRow | undefined> {
  if (agentId !== undefined) return await requireAgent(tx, agentId).catch(ignoreMissing);
  const published = await selectPublished(tx);
  const speaks = language === undefined ? undefined : published.find((row) => base(row.language) === base(language));
  return speaks ?? published[0];
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof AppError && error.code === "not_found") return undefined;
  throw error;
}

async function runnableOf(
  tx: OrgTx,
  { sealer }: AgentParts,
  { row, version }: { row: AgentRow; version: "draft" | number },
): Promise<RunnableAgent | undefined> {
  if (version === "draft") return { agentId: row.id, version, config: await sealer.openDraft(tx, row) };
  const stored = await requireVersion(tx, row.id, version).catch(ignoreMissing);
  if (stored === undefined) return undefined;
  return { agentId: row.id, version, config: (await sealer.openVersion(tx, row, stored)).config };
}

async function seedOne(tx: OrgTx, parts: AgentParts, { doer, seed }: { doer: Doer; seed: SeedAgent }): Promise<void> {
  const { orgId } = doer;
  const config = agentConfig.parse(seed.config);
  const row = await newAgentRow(tx, parts, { orgId, config, id: seed.id });
  const inserted = await tx.insert(agents).values(row).onConflictDoNothing().returning({ id: agents.id });
  if (inserted.length === 0) return;
  await insertVersion(tx, parts, { doer, agent: row, content: { config, note: seed.note } });
  await parts.audit.append(tx, { ...doer, action: "agents.create", subject: seed.id });
}

export function createRunnableAgents(parts: AgentParts): RunnableAgents {
  const { db } = parts;
  return {
    findRunnable: (orgId, wanted) =>
      db.withOrg(orgId, async (tx) => {
        const row = await chooseRow(tx, wanted);
        if (row === undefined) return undefined;
        const version = wanted.version ?? row.publishedVersion;
        if (version === null) {
          throw new AppError("bad_request", {
            publicMessage: "agentId: this agent was never published. Publish it, or ask for version: draft.",
          });
        }
        return await runnableOf(tx, parts, { row, version });
      }),
    findOthers: (orgId, agentIds) =>
      agentIds.length === 0
        ? Promise.resolve([])
        : db.withOrg(orgId, async (tx) => {
            const found: RunnableAgent[] = [];
            for (const row of await selectPublished(tx)) {
              const version = row.publishedVersion;
              if (version === null || !agentIds.includes(row.id)) continue;
              const runnable = await runnableOf(tx, parts, { row, version });
              if (runnable !== undefined) found.push(runnable);
            }
            return found;
          }),
    seed: (doer, seeds) =>
      db.withOrg(doer.orgId, async (tx) => {
        const [any] = await tx.select({ id: agents.id }).from(agents).limit(1);
        if (any !== undefined) return;
        for (const seed of seeds) await seedOne(tx, parts, { doer, seed });
      }),
  };
}

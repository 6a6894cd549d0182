/** The draft of each agent: made, read, changed, copied, taken along, thrown away. */
import type { Agent, AgentSummary, agentFile } from "@parley/contract/agent";
import type { AgentConfig } from "@parley/contract/agent-config";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import {
  type AgentParts,
  checkInOrganization,
  type Doer,
  newAgentRow,
  parseConfig,
  staleRevision,
  toSummary,
} from "./agent-rules.ts";
import { type Page, requireAgent, requireVersion, selectAgents } from "./agents.store.ts";
import { agents } from "./agents.table.ts";
import type { KnownTools } from "./check-config.ts";

type AgentFile = z.output<typeof agentFile>;

export interface AgentDrafts {
  list(orgId: string, page: Page): Promise<{ items: AgentSummary[]; nextCursor: string | null }>;
  get(orgId: string, agentId: string): Promise<Agent>;
  /** `action` is the route's id, for the audit log. */
  create(doer: Doer, made: { config: AgentConfig; action: string; from?: string }): Promise<Agent>;
  /** Of a stale revision: AppError `conflict`. */
  replace(doer: Doer, change: { agentId: string; revision: number; config: AgentConfig }): Promise<Agent>;
  /** Each field that is given replaces that field whole; null takes it away. */
  change(doer: Doer, change: { agentId: string; revision: number; fields: object }): Promise<Agent>;
  duplicate(doer: Doer, copy: { agentId: string; name?: string | undefined }): Promise<Agent>;
  /** AppError `conflict` while something routes to it. */
  remove(doer: Doer, agentId: string): Promise<void>;
  exportFile(orgId: string, which: { agentId: string; version: "draft" | number }): Promise<AgentFile>;
}

const nameLimit = 100;

interface MadeAgent {
  readonly orgId: string;
  readonly config: AgentConfig;
  readonly tools: KnownTools;
}

async function insertAgent(tx: OrgTx, parts: AgentParts, { orgId, config, tools }: MadeAgent): Promise<Agent> {
  await checkInOrganization(tx, { config, tools });
  const row = await newAgentRow(tx, parts, { orgId, config, id: newId("agent", parts.clock.wallNow()) });
  await tx.insert(agents).values(row);
  return { ...toSummary(row), config };
}

interface DraftChange {
  readonly agentId: string;
  readonly revision: number;
  readonly action: string;
  readonly toConfig: (before: AgentConfig) => AgentConfig;
}

async function changeDraft(parts: AgentParts, { orgId, actor }: Doer, change: DraftChange): Promise<Agent> {
  const { sealer, clock, audit } = parts;
  const { agentId, revision } = change;
  const tools = await parts.toolsOf(orgId);
  return await parts.db.withOrg(orgId, async (tx) => {
    const row = await requireAgent(tx, agentId, "update");
    if (row.revision !== revision) throw staleRevision(row.revision);
    const before = await sealer.openDraft(tx, row);
    const config = change.toConfig(before);
    await checkInOrganization(tx, { config, tools, ownId: agentId });
    const changed = {
      ...{ name: config.name, language: config.language, revision: revision + 1 },
      sealedDraft: await sealer.sealDraft(tx, row, config),
      updatedAt: new Date(clock.wallNow()),
    };
    await tx.update(agents).set(changed).where(eq(agents.id, agentId));
    const fields = (Object.keys(config) as (keyof AgentConfig)[]).filter(
      (name) => JSON.stringify(config[name]) !== JSON.stringify(before[name]),
    );
    const facts = { revision: changed.revision, fields };
    await audit.append(tx, { orgId, actor, action: change.action, subject: agentId, facts });
    return { ...toSummary({ ...row, ...changed }), config };
  });
}

/** What is the organisation's own stays behind. */
function toFile(config: AgentConfig, nowMs: number): AgentFile {
  const toolSettings = Object.fromEntries(
    Object.entries(config.toolSettings).map(([name, { connectionId: _account, ...settings }]) => [name, settings]),
  );
  const agent = { ...config, handoffs: [], knowledgeIds: [], toolSettings };
  return { format: "parley-agent", version: 1, exportedAt: new Date(nowMs).toISOString(), agent };
}

function createReading({ db, sealer, clock }: AgentParts): Pick<AgentDrafts, "list" | "get" | "exportFile"> {
  return {
    async list(orgId, page) {
      const { rows, nextCursor } = await db.withOrg(orgId, (tx) => selectAgents(tx, page));
      return { items: rows.map(toSummary), nextCursor };
    },
    get: (orgId, agentId) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireAgent(tx, agentId);
        return { ...toSummary(row), config: await sealer.openDraft(tx, row) };
      }),
    exportFile: (orgId, { agentId, version }) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireAgent(tx, agentId);
        if (version === "draft") return toFile(await sealer.openDraft(tx, row), clock.wallNow());
        const stored = await requireVersion(tx, agentId, version);
        return toFile((await sealer.openVersion(tx, row, stored)).config, clock.wallNow());
      }),
  };
}

export function createDrafts(parts: AgentParts): AgentDrafts {
  const { db, audit } = parts;
  return {
    ...createReading(parts),
    async create({ orgId, actor }, { config, action, from }) {
      const tools = await parts.toolsOf(orgId);
      return await db.withOrg(orgId, async (tx) => {
        const agent = await insertAgent(tx, parts, { orgId, config, tools });
        const facts = from === undefined ? {} : { from };
        await audit.append(tx, { orgId, actor, action, subject: agent.id, facts });
        return agent;
      });
    },
    replace: (doer, { agentId, revision, config }) =>
      changeDraft(parts, doer, { agentId, revision, action: "agents.replace", toConfig: () => config }),
    change(doer, { agentId, revision, fields }) {
      const toConfig = (before: AgentConfig) => {
        const merged = Object.entries({ ...before, ...fields }).filter(([, value]) => value !== null);
        return parseConfig(Object.fromEntries(merged));
      };
      return changeDraft(parts, doer, { agentId, revision, action: "agents.change", toConfig });
    },
    async duplicate({ orgId, actor }, { agentId, name }) {
      const tools = await parts.toolsOf(orgId);
      return await db.withOrg(orgId, async (tx) => {
        const config = await parts.sealer.openDraft(tx, await requireAgent(tx, agentId));
        const copyName = name ?? `${config.name.slice(0, nameLimit - 4)} (2)`;
        const agent = await insertAgent(tx, parts, { orgId, tools, config: { ...config, name: copyName } });
        const deed = { action: "agents.duplicate", subject: agent.id, facts: { from: agentId } };
        await audit.append(tx, { orgId, actor, ...deed });
        return agent;
      });
    },
    remove: ({ orgId, actor }, agentId) =>
      db.withOrg(orgId, async (tx) => {
        await requireAgent(tx, agentId, "update");
        if (await parts.isAgentInUse(tx, { orgId, agentId })) {
          throw new AppError("conflict", {
            publicMessage: "A phone number routes to this agent. Route it elsewhere first.",
          });
        }
        await tx.delete(agents).where(eq(agents.id, agentId));
        await audit.append(tx, { orgId, actor, action: "agents.delete", subject: agentId });
      }),
  };
}

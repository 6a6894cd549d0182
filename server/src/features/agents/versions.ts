/** Published versions: immutable, numbered, compared, brought back. */
import type { AgentDifference, AgentVersion } from "@parley/contract/agent";
import type { AgentConfig } from "@parley/contract/agent-config";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type AgentParts, checkInOrganization, type Doer, staleRevision } from "./agent-rules.ts";
import { lastVersionNumber, type Page, requireAgent, requireVersion, selectVersions } from "./agents.store.ts";
import { type AgentRow, type AgentVersionRow, agents, agentVersions } from "./agents.table.ts";
import { compareConfigs } from "./compare-configs.ts";
import type { PublishedContent } from "./sealed-config.ts";

type VersionSummary = Omit<AgentVersion, "config">;
type Comparable = "draft" | "published" | number;

export interface AgentVersions {
  publish(doer: Doer, draft: { agentId: string; revision: number; note: string }): Promise<AgentVersion>;
  /** Newest first. */
  listVersions(
    orgId: string,
    agentId: string,
    page: Page,
  ): Promise<{ items: VersionSummary[]; nextCursor: string | null }>;
  getVersion(orgId: string, agentId: string, version: number): Promise<AgentVersion>;
  /** The old version becomes the newest, and the draft. */
  rollBack(doer: Doer, to: { agentId: string; version: number; note: string }): Promise<AgentVersion>;
  compare(
    orgId: string,
    which: { agentId: string; from: Comparable; to: Comparable },
  ): Promise<{ differences: AgentDifference[] }>;
}

function toVersion(row: AgentVersionRow, { config, note }: PublishedContent): AgentVersion {
  return {
    ...{ version: row.version, note, config, rolledBackFrom: row.rolledBackFrom },
    publishedAt: row.publishedAt.toISOString(),
    publishedBy: { kind: row.publishedByKind, id: row.publishedById },
  };
}

function withoutConfig(version: AgentVersion): VersionSummary {
  const { config: _, ...summary } = version;
  return summary;
}

export interface NewVersion {
  readonly doer: Doer;
  readonly agent: AgentRow;
  readonly content: PublishedContent;
  readonly rolledBackFrom?: number;
}

/** Adds the next version and points the agent to it. The agent's row is locked. */
export async function insertVersion(tx: OrgTx, parts: AgentParts, made: NewVersion): Promise<AgentVersion> {
  const { agent, content, doer } = made;
  const version = (await lastVersionNumber(tx, agent.id)) + 1;
  const now = new Date(parts.clock.wallNow());
  const row: AgentVersionRow = {
    ...{ orgId: agent.orgId, agentId: agent.id, version, publishedAt: now },
    sealedConfig: await parts.sealer.sealVersion(tx, agent, { ...content, version }),
    rolledBackFrom: made.rolledBackFrom ?? null,
    ...{ publishedByKind: doer.actor.kind, publishedById: doer.actor.id },
  };
  await tx.insert(agentVersions).values(row);
  const published = { publishedVersion: version, publishedRevision: agent.revision, updatedAt: now };
  await tx.update(agents).set(published).where(eq(agents.id, agent.id));
  return toVersion(row, content);
}

async function configOf(tx: OrgTx, { sealer }: AgentParts, which: { row: AgentRow; wanted: Comparable }) {
  const { row, wanted } = which;
  if (wanted === "draft") return await sealer.openDraft(tx, row);
  const version = wanted === "published" ? row.publishedVersion : wanted;
  if (version === null) {
    throw new AppError("not_found", { publicMessage: "This agent was never published: there is nothing to compare." });
  }
  return (await sealer.openVersion(tx, row, await requireVersion(tx, row.id, version))).config;
}

/** The draft becomes what is published, under the next revision. */
async function replaceDraft(
  tx: OrgTx,
  { sealer }: AgentParts,
  { row, config }: { row: AgentRow; config: AgentConfig },
): Promise<AgentRow> {
  const changed = {
    ...{ name: config.name, language: config.language, revision: row.revision + 1 },
    sealedDraft: await sealer.sealDraft(tx, row, config),
  };
  await tx.update(agents).set(changed).where(eq(agents.id, row.id));
  return { ...row, ...changed };
}

function createReading(parts: AgentParts): Pick<AgentVersions, "listVersions" | "getVersion" | "compare"> {
  const { db, sealer } = parts;
  return {
    listVersions: (orgId, agentId, page) =>
      db.withOrg(orgId, async (tx) => {
        const agent = await requireAgent(tx, agentId);
        const { rows, nextCursor } = await selectVersions(tx, agentId, page);
        const items = [];
        for (const row of rows) items.push(withoutConfig(toVersion(row, await sealer.openVersion(tx, agent, row))));
        return { items, nextCursor };
      }),
    getVersion: (orgId, agentId, version) =>
      db.withOrg(orgId, async (tx) => {
        const agent = await requireAgent(tx, agentId);
        const row = await requireVersion(tx, agentId, version);
        return toVersion(row, await sealer.openVersion(tx, agent, row));
      }),
    compare: (orgId, { agentId, from, to }) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireAgent(tx, agentId);
        const before = await configOf(tx, parts, { row, wanted: from });
        return { differences: compareConfigs(before, await configOf(tx, parts, { row, wanted: to })) };
      }),
  };
}

export function createVersions(parts: AgentParts): AgentVersions {
  const { db, audit, sealer } = parts;
  return {
    ...createReading(parts),
    async publish(doer, { agentId, revision, note }) {
      const tools = await parts.toolsOf(doer.orgId);
      return await db.withOrg(doer.orgId, async (tx) => {
        const agent = await requireAgent(tx, agentId, "update");
        if (agent.revision !== revision) throw staleRevision(agent.revision);
        const config = await sealer.openDraft(tx, agent);
        await checkInOrganization(tx, { config, tools, ownId: agentId });
        const made = await insertVersion(tx, parts, { doer, agent, content: { config, note } });
        const facts = { version: made.version };
        await audit.append(tx, { ...doer, action: "agents.publish", subject: agentId, facts });
        return made;
      });
    },
    async rollBack(doer, { agentId, version, note }) {
      const tools = await parts.toolsOf(doer.orgId);
      return await db.withOrg(doer.orgId, async (tx) => {
        const row = await requireAgent(tx, agentId, "update");
        const old = await sealer.openVersion(tx, row, await requireVersion(tx, agentId, version));
        await checkInOrganization(tx, { config: old.config, tools, ownId: agentId });
        const agent = await replaceDraft(tx, parts, { row, config: old.config });
        const content = { config: old.config, note };
        const made = await insertVersion(tx, parts, { doer, agent, content, rolledBackFrom: version });
        const facts = { version: made.version, from: version };
        await audit.append(tx, { ...doer, action: "agents.roll-back", subject: agentId, facts });
        return made;
      });
    },
  };
}

/** An agent's texts are the owner's own: sealed under the agent's key, the draft and each version in its place. */
import { type AgentConfig, agentConfig } from "@parley/contract/agent-config";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import type { AgentRow, AgentVersionRow } from "./agents.table.ts";

/** What a published version keeps. */
export interface PublishedContent {
  readonly config: AgentConfig;
  readonly note: string;
}

export interface ConfigSealer {
  newKeyWrap(tx: OrgTx, orgId: string, agentId: string): Promise<Buffer>;
  sealDraft(tx: OrgTx, row: Pick<AgentRow, "orgId" | "id" | "keyWrap">, config: AgentConfig): Promise<Buffer>;
  openDraft(tx: OrgTx, row: AgentRow): Promise<AgentConfig>;
  sealVersion(tx: OrgTx, row: AgentRow, content: PublishedContent & { version: number }): Promise<Buffer>;
  openVersion(tx: OrgTx, row: AgentRow, version: AgentVersionRow): Promise<PublishedContent>;
}

export function createConfigSealer(organizations: Organizations): ConfigSealer {
  const keyOf = async (tx: OrgTx, row: Pick<AgentRow, "orgId" | "id" | "keyWrap">) =>
    unwrapKey(await organizations.keyOf(tx, row.orgId), row.keyWrap, row.id);
  const place = ({ orgId, id }: Pick<AgentRow, "orgId" | "id">, seq: string) => ({ orgId, owner: id, seq });
  return {
    async newKeyWrap(tx, orgId, agentId) {
      return wrapKey(await organizations.keyOf(tx, orgId), newKey(), agentId);
    },
    async sealDraft(tx, row, config) {
      return seal(await keyOf(tx, row), place(row, "draft"), config);
    },
    async openDraft(tx, row) {
      // Read through the schema: what a later version added has its default.
      return agentConfig.parse(open(await keyOf(tx, row), place(row, "draft"), row.sealedDraft));
    },
    async sealVersion(tx, row, { version, config, note }) {
      return seal(await keyOf(tx, row), place(row, `version:${version}`), { config, note });
    },
    async openVersion(tx, row, { version, sealedConfig }) {
      const content = open(await keyOf(tx, row), place(row, `version:${version}`), sealedConfig) as PublishedContent;
      return { config: agentConfig.parse(content.config), note: content.note };
    },
  };
}

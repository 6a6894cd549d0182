import { createHash } from "node:crypto";
import type { McpServer, McpTarget } from "@parley/contract/mcp-servers";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../../platform/crypto/envelope.ts";
import { type Listing, toolNames } from "./listed-tools.ts";
import type { McpServerRow } from "./mcp-servers.table.ts";

export interface OpenServer {
  readonly target: McpTarget;
  readonly listing: Listing;
  readonly problem: string | undefined;
}

interface Place {
  readonly id: string;
  readonly orgId: string;
}

/** Under a new key: with the old wrap gone, what was sealed before is unreadable. */
export function sealServer(orgKey: Buffer, { id, orgId }: Place, { target, listing, problem }: OpenServer) {
  const key = newKey();
  const sealed = (column: string, value: unknown) => seal(key, { orgId, owner: id, seq: column }, value);
  return {
    keyWrap: wrapKey(orgKey, key, id),
    sealedTarget: sealed("target", target),
    sealedTools: sealed("tools", listing),
    sealedProblem: problem === undefined ? null : sealed("problem", problem),
  };
}

export function openServer(orgKey: Buffer, row: McpServerRow): OpenServer {
  const key = unwrapKey(orgKey, row.keyWrap, row.id);
  const opened = (column: string, bytes: Buffer) => open(key, { orgId: row.orgId, owner: row.id, seq: column }, bytes);
  return {
    target: opened("target", row.sealedTarget) as McpTarget,
    listing: opened("tools", row.sealedTools) as Listing,
    problem: row.sealedProblem === null ? undefined : (opened("problem", row.sealedProblem) as string),
  };
}

/** Another one for everything that is sent otherwise; tells nothing of it. */
export const sessionKey = (id: string, target: McpTarget, timeoutMs: number): string =>
  `${id} ${createHash("sha256")
    .update(JSON.stringify([target, timeoutMs]))
    .digest("base64url")}`;

function addressOf(target: McpTarget): string {
  if (target.kind === "stdio") return target.command;
  const { origin, pathname } = new URL(target.url);
  return `${origin}${pathname}`;
}

export function toServer(row: McpServerRow, { target, listing, problem }: OpenServer): McpServer {
  const { id, name, kind, enabled, status, timeoutMs, effects } = row;
  const names = toolNames(name, listing.tools);
  return {
    ...{ id, name, kind, enabled, status, timeoutMs, problem: problem ?? null, address: addressOf(target) },
    headerNames: target.kind === "http" ? Object.keys(target.headers) : [],
    tools: listing.tools.map(({ name: serverName, title, description, declaredEffect }) => ({
      ...{ serverName, title, description, declaredEffect, name: names.get(serverName) ?? serverName },
      effect: effects[serverName] ?? declaredEffect,
    })),
    leftOut: listing.leftOut.map((left) => ({ ...left })),
    checkedAt: row.checkedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
  };
}

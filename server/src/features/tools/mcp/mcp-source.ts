/** The tools of an organisation's MCP servers, as they were listed last: no server is asked while a phone rings. */
import { asc, eq } from "drizzle-orm";
import type { OrgDb } from "../../../platform/db/org-db.ts";
import type { Organizations } from "../../organizations/index.ts";
import type { SourcedTool, ToolSource } from "../tool-source.ts";
import { toolNames } from "./listed-tools.ts";
import { type McpServerRow, mcpServers } from "./mcp-servers.table.ts";
import type { McpSessions } from "./mcp-sessions.ts";
import { mcpTool } from "./mcp-tool.ts";
import { type OpenServer, openServer, sessionKey } from "./sealed-server.ts";

export interface McpSourceParts {
  readonly db: OrgDb;
  readonly organizations: Pick<Organizations, "keyOf">;
  readonly sessions: Pick<McpSessions, "call">;
}

export function createMcpSource({ db, organizations, sessions }: McpSourceParts): ToolSource {
  return {
    kind: "mcp",
    listTools: (orgId) =>
      db.withOrg(orgId, async (tx) => {
        const rows = await tx.select().from(mcpServers).where(eq(mcpServers.enabled, true)).orderBy(asc(mcpServers.id));
        if (rows.length === 0) return [];
        const orgKey = await organizations.keyOf(tx, orgId);
        return rows.flatMap((row) => toolsOf(sessions, row, openServer(orgKey, row)));
      }),
  };
}

function toolsOf(
  sessions: Pick<McpSessions, "call">,
  row: McpServerRow,
  { target, listing }: OpenServer,
): SourcedTool[] {
  const { id, name, status, timeoutMs, effects } = row;
  const server = { key: sessionKey(id, target, timeoutMs), target, timeoutMs };
  const names = toolNames(name, listing.tools);
  const problem =
    status === "refused" ? `The MCP server ${name} refused us. Give it other headers and check it.` : undefined;
  return listing.tools.map((listed) =>
    mcpTool(sessions, {
      ...{ listed, server, problem, name: names.get(listed.name) ?? listed.name },
      effect: effects[listed.name] ?? listed.declaredEffect,
    }),
  );
}

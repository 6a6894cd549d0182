/** Where an organisation's own tools come from: its HTTP requests, its MCP servers. A source is given to the shelf by compose. */
import type { Tool } from "./tool.ts";

/** A tool that may stand in the list without being usable now. */
export interface SourcedTool extends Tool {
  /** For the owner: why it cannot be used now. Such a tool is left out of plans. */
  readonly problem?: string;
}

export interface ToolSource {
  /** `http`, `mcp`: told in lists. */
  readonly kind: string;
  /**
   * The organisation's tools of this kind. Asked while a phone rings, for agents that have such a tool on: it must be quick, so what
   * lies outside is remembered. Opens its own transaction. Throws when the database cannot be asked.
   */
  listTools(orgId: string): Promise<readonly SourcedTool[]>;
}

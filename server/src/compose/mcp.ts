/** MCP servers of organisations. The protocol's client and the way out are loaded with the first question. */
import type { Config } from "../config.ts";
import { createMcpSessions, type McpSessions } from "../features/tools/index.ts";
import type { OutboundFetch } from "../platform/net/fetch-over.ts";
import { outboundRules } from "./outbound-rules.ts";
import { clock } from "./stores.ts";

/** Of one answer: JSON of this size is read in a few milliseconds. */
const maxBytes = 512 * 1024;
/** The longest that an owner may wait for a tool, and then some. */
const timeoutMs = 65_000;

export function openMcpSessions(config: Config): McpSessions {
  let opened: Promise<OutboundFetch> | undefined;
  const open = async (): Promise<OutboundFetch> => {
    const [{ createGuardedOpen }, { fetchOver }] = await Promise.all([
      import("../platform/net/guarded-fetch.ts"),
      import("../platform/net/fetch-over.ts"),
    ]);
    return fetchOver(createGuardedOpen(outboundRules(config)), { timeoutMs, maxBytes, maxRedirects: 0 });
  };
  return createMcpSessions({
    clock,
    stdioCommands: config.mcpStdioCommands,
    fetch: async (input, init) => (await (opened ??= open()))(input, init),
  });
}

/** MCP servers: a small one that tells of one tool. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { keepId, of, plain, type Samples } from "./sample.ts";

const servers: { close(): void }[] = [];

const results: Readonly<Record<string, unknown>> = {
  initialize: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "x", version: "1" } },
  "tools/list": { tools: [{ name: "order", inputSchema: { type: "object" } }] },
};

async function startMcpServer(): Promise<string> {
  const serve: (...asked: Parameters<RequestListener>) => Promise<void> = async (request, response) => {
    const { id, method = "" } = JSON.parse((await text(request)) || "{}") as { id?: number; method?: string };
    if (id === undefined) return void response.writeHead(202).end();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({ close: () => (server.closeAllConnections(), server.close()) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

export const closeMcpServers = () => {
  for (const server of servers) server.close();
};

const addresses = new Map<string, string>();

export const mcpServers: Samples = {
  "mcp-servers.create": {
    before: async ({ tenant }) => void addresses.set(tenant.name, await startMcpServer()),
    send: (_at, { name, word }) => ({
      body: {
        name: "shop",
        target: { kind: "http", url: addresses.get(name) ?? "", headers: { "x-token": word("mcp token") } },
      },
    }),
    keep: keepId("mcp server"),
  },
  "mcp-servers.list": plain,
  "mcp-servers.get": of("mcp server"),
  "mcp-servers.change": of("mcp server", { send: () => ({ body: { effects: { order: "read" } } }) }),
  "mcp-servers.check": of("mcp server"),
};

export const clearingMcpServers: Samples = { "mcp-servers.delete": of("mcp server") };

/** Servers of tools (Model Context Protocol): what they offer becomes tools of the organisation's agents. */
import { z } from "zod";
import type { ErrorCode } from "./error-code.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "must be small letters, digits and single underscores, such as crm")
  .max(24);
const url = z.url({ protocol: /^https?$/, error: "must be an address such as https://example.com/mcp" }).max(2000);
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "is no name of a header")
  .refine(
    (given) => !/^(host|content-|transfer-|connection$|accept$|mcp-|upgrade$|te$|trailer$)/i.test(given),
    "is not yours to set",
  );
const headerValue = z
  .string()
  .max(4000)
  .regex(/^[\t\x20-\x7e]*$/, "must be plain characters");
const timeoutMs = z.number().int().min(1000).max(60_000);
const effect = z.enum(["read", "write"]);

const target = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("http"),
    url,
    /** Sent with every request; never shown again. */
    headers: z
      .record(headerName, headerValue)
      .refine((all) => Object.keys(all).length <= 20, "must be 20 headers at most")
      .default({}),
  }),
  /** One of the command lines that the operator of this installation allows, exactly (MCP_STDIO_COMMANDS). */
  z.object({ kind: z.literal("stdio"), command: z.string().trim().min(1).max(2000) }),
]);
export type McpTarget = z.output<typeof target>;

const offeredTool = z.object({
  /** As agents call it. */
  name: z.string(),
  /** As the server calls it. */
  serverName: z.string(),
  title: z.string(),
  description: z.string(),
  effect,
  /** What the server says of it: only what it calls read-only is a read. */
  declaredEffect: effect,
});

export const mcpServer = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["http", "stdio"]),
  /** Without its query, which may hold a secret. The command line of a stdio server. */
  address: z.string(),
  headerNames: z.array(z.string()),
  enabled: z.boolean(),
  /** `refused`: it does not take our headers; its tools are left out. */
  status: z.enum(["ok", "refused", "unreachable"]),
  problem: z.string().nullable(),
  timeoutMs: z.number().int(),
  tools: z.array(offeredTool),
  /** Tools that cannot be offered, and why. */
  leftOut: z.array(z.object({ serverName: z.string(), reason: z.string() })),
  checkedAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});
export type McpServer = z.infer<typeof mcpServer>;

const common = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;
const errors: readonly ErrorCode[] = common;
const errorsOfOne: readonly ErrorCode[] = [...common, "not_found"];

export const newMcpServer = z.object({ name, target, timeoutMs: timeoutMs.default(12_000) });
export type NewMcpServer = z.output<typeof newMcpServer>;

export const mcpServerChange = z.object({
  enabled: z.boolean().optional(),
  timeoutMs: timeoutMs.optional(),
  /** Of a server that is reached by HTTP. */
  url: url.optional(),
  /** Those named change; null takes one away. */
  headers: z.record(headerName, headerValue.nullable()).optional(),
  /** By the server's name for the tool; null takes the server's word again. */
  effects: z.record(z.string().min(1).max(200), effect.nullable()).optional(),
});
export type McpServerChange = z.output<typeof mcpServerChange>;

export const listMcpServers = defineRoute({
  id: "mcp-servers.list",
  summary: "The organisation's MCP servers and the tools each offers, oldest first",
  method: "GET",
  path: "/api/v1/mcp-servers",
  permission: "connections:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(mcpServer) },
  errors,
});

export const getMcpServer = defineRoute({
  id: "mcp-servers.get",
  summary: "One MCP server and its tools",
  method: "GET",
  path: "/api/v1/mcp-servers/:id",
  permission: "connections:read",
  params: idParams,
  response: { status: 200, schema: mcpServer },
  errors: errorsOfOne,
});

export const createMcpServer = defineRoute({
  id: "mcp-servers.create",
  summary: "Adds an MCP server: it is asked for its tools first, and one that does not answer is not kept",
  method: "POST",
  path: "/api/v1/mcp-servers",
  permission: "connections:write",
  body: newMcpServer,
  response: { status: 201, schema: mcpServer },
  errors: [...common, "conflict", "provider_failed"],
});

export const changeMcpServer = defineRoute({
  id: "mcp-servers.change",
  summary: "Another address or other headers (it is asked again), on or off, and which of its tools count as reads",
  method: "PATCH",
  path: "/api/v1/mcp-servers/:id",
  permission: "connections:write",
  params: idParams,
  body: mcpServerChange,
  response: { status: 200, schema: mcpServer },
  errors: [...errorsOfOne, "conflict", "provider_failed"],
});

export const checkMcpServer = defineRoute({
  id: "mcp-servers.check",
  summary: "Asks the server for its tools again and keeps what it says",
  method: "POST",
  path: "/api/v1/mcp-servers/:id/check",
  permission: "connections:write",
  params: idParams,
  response: { status: 200, schema: mcpServer },
  errors: [...errorsOfOne, "conflict"],
});

export const deleteMcpServer = defineRoute({
  id: "mcp-servers.delete",
  summary: "Forgets an MCP server; agents lose its tools",
  method: "DELETE",
  path: "/api/v1/mcp-servers/:id",
  permission: "connections:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: errorsOfOne,
});

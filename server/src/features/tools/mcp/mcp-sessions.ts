/** Conversations with MCP servers: opened with the first question, kept while they are used, ended when they are quiet. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { McpTarget } from "@parley/contract/mcp-servers";
import { z } from "zod";
import { AppError } from "../../../kernel/app-error.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { OutboundFetch } from "../../../platform/net/fetch-over.ts";
import { type Listing, maxTools, readListing } from "./listed-tools.ts";
import { isSessionGone, mcpFailure } from "./mcp-failure.ts";
import { mcpFetch } from "./mcp-fetch.ts";
import { splitCommand } from "./split-command.ts";

export interface McpSessionsParts {
  readonly clock: Clock;
  /** Guarded; loaded with the first question. */
  readonly fetch: OutboundFetch;
  /** Exact command lines that the operator allows. */
  readonly stdioCommands: readonly string[];
}

interface Asked {
  /** Changes with the server's id and everything that is sent to it. */
  readonly key: string;
  readonly target: McpTarget;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface McpCall extends Asked {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
}

export const toolResult = z.looseObject({
  content: z.array(z.looseObject({ type: z.string() })).default([]),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
});
export type ToolResult = z.output<typeof toolResult>;

export interface McpSessions {
  /** Throws ProviderError; AppError `bad_request` for a command that is not allowed. */
  list(asked: Asked): Promise<Listing>;
  call(asked: McpCall): Promise<ToolResult>;
  close(): Promise<void>;
}

const quietMs = 60_000;
const maxSessions = 50;
const maxPages = 10;
/** Of one message. */
export const maxMessageBytes = 512 * 1024;

const listPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const noValidation = {
  getValidator: () => (input: unknown) => ({ valid: true, data: input, errorMessage: undefined }),
};

async function openTransport({ fetch, stdioCommands }: McpSessionsParts, target: McpTarget): Promise<Transport> {
  if (target.kind === "http") {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    // Its optional fields are declared as if undefined were not the same as absent.
    return new StreamableHTTPClientTransport(new URL(target.url), {
      fetch: mcpFetch(fetch),
      requestInit: { headers: { ...target.headers } },
      reconnectionOptions: {
        ...{
          maxRetries: 0,
          initialReconnectionDelay: 1000,
          maxReconnectionDelay: 1000,
          reconnectionDelayGrowFactor: 1,
        },
      },
    }) as Transport;
  }
  if (!stdioCommands.includes(target.command)) {
    throw new AppError("bad_request", {
      publicMessage:
        "command is not allowed here. The operator of this installation lists those that are in MCP_STDIO_COMMANDS.",
    });
  }
  const [command = "", ...args] = splitCommand(target.command);
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  return new StdioClientTransport({ command, args, stderr: "ignore", maxBufferSize: maxMessageBytes });
}

async function connect(parts: McpSessionsParts, { target, timeoutMs, signal }: Asked): Promise<Client> {
  const transport = await openTransport(parts, target);
  const { Client: McpClient } = await import("@modelcontextprotocol/sdk/client/index.js");
  const client = new McpClient(
    { name: "parley", version: "1" },
    { capabilities: {}, jsonSchemaValidator: noValidation as never },
  );
  try {
    await client.connect(transport, { signal, timeout: timeoutMs });
    return client;
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
}

interface Session {
  readonly client: Promise<Client>;
  users: number;
  cancelQuiet: () => void;
}

export function createMcpSessions(parts: McpSessionsParts): McpSessions {
  const sessions = new Map<string, Session>();

  const end = async (key: string, session: Session) => {
    if (sessions.get(key) === session) sessions.delete(key);
    session.cancelQuiet();
    const client = await session.client.catch(() => undefined);
    await client?.close().catch(() => undefined);
  };
  const take = (asked: Asked): Session => {
    const kept = sessions.get(asked.key);
    if (kept !== undefined) return kept;
    // Whoever comes meanwhile waits for the same connection: nobody's signal may end it.
    const client = connect(parts, { ...asked, signal: new AbortController().signal });
    const session: Session = { client, users: 0, cancelQuiet: () => undefined };
    sessions.set(asked.key, session);
    client.then(
      (made) => {
        made.onclose = () => void end(asked.key, session);
      },
      () => void end(asked.key, session),
    );
    for (const [key, other] of sessions) if (sessions.size > maxSessions && other.users === 0) void end(key, other);
    return session;
  };
  const rest = (key: string, session: Session) => {
    if (sessions.get(key) !== session) void end(key, session);
    else session.cancelQuiet = parts.clock.setTimer(quietMs, () => void end(key, session));
  };
  const within = async <T>(asked: Asked, ask: (client: Client) => Promise<T>): Promise<T> => {
    const session = take(asked);
    session.users++;
    session.cancelQuiet();
    try {
      const client = await session.client.catch((error: unknown) => {
        throw mcpFailure(error, "connecting");
      });
      return await ask(client);
    } catch (error) {
      // Nothing new is asked in a conversation in which something went wrong; what is under way there is not disturbed.
      if (sessions.get(asked.key) === session) sessions.delete(asked.key);
      throw error;
    } finally {
      session.users--;
      if (session.users === 0) rest(asked.key, session);
    }
  };
  return {
    list: (asked) => askTwice(() => within(asked, (client) => listAll(client, asked))),
    call: (asked) => askTwice(() => within(asked, (client) => callTool(client, asked))),
    async close() {
      await Promise.all([...sessions].map(([key, session]) => end(key, session)));
    },
  };
}

/** A server that has forgotten the session has refused the request: it may be asked again in a new one. */
async function askTwice<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask().catch((error: unknown) => {
      if (!isSessionGone(error)) throw error;
      return ask();
    });
  } catch (error) {
    throw mcpFailure(error, "asking");
  }
}

const optionsOf = ({ timeoutMs, signal }: Asked) => ({ timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });

async function listAll(client: Client, asked: Asked): Promise<Listing> {
  const offered: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages && offered.length <= maxTools; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const found = await client.request({ method: "tools/list", params }, listPage, optionsOf(asked));
    offered.push(...found.tools);
    cursor = found.nextCursor;
    if (cursor === undefined) break;
  }
  return readListing(offered);
}

function callTool(client: Client, asked: McpCall): Promise<ToolResult> {
  const _meta = { "parley/idempotency-key": asked.idempotencyKey };
  const params = { name: asked.tool, arguments: { ...asked.input }, _meta };
  return client.request({ method: "tools/call", params }, toolResult, optionsOf(asked));
}

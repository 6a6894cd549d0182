/** A server's tool as one of ours. */
import type { McpTarget } from "@parley/contract/mcp-servers";
import { z } from "zod";
import type { ToolOutcome } from "../../../call/ports.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";
import type { SourcedTool } from "../tool-source.ts";
import type { ListedTool } from "./listed-tools.ts";
import type { McpSessions, ToolResult } from "./mcp-sessions.ts";

export interface OfferedTool {
  /** As agents call it. */
  readonly name: string;
  readonly listed: ListedTool;
  readonly effect: "read" | "write";
  readonly server: { readonly key: string; readonly target: McpTarget; readonly timeoutMs: number };
  readonly problem: string | undefined;
}

const longestText = 16_000;
const longestRefusal = 300;
/** The call must be able to end by itself before whoever waits for it gives up. */
const marginMs = 500;

type Block = ToolResult["content"][number];

function textOf(block: Block): string {
  const read = (from: object, field: string): string | undefined => {
    const value: unknown = Reflect.get(from, field);
    return typeof value === "string" ? value : undefined;
  };
  const { resource } = block;
  if (block.type === "text") return read(block, "text") ?? "";
  if (block.type === "resource" && typeof resource === "object" && resource !== null)
    return read(resource, "text") ?? "";
  if (block.type === "resource_link") return [read(block, "title"), read(block, "uri")].filter(Boolean).join(": ");
  return `(${block.type.slice(0, 20)}: not shown)`;
}

const cut = (text: string, max: number) => (text.length <= max ? text : `${text.slice(0, max)}…`);

/** Data for the model, not larger than it can read. */
export function outcomeOf({ content, structuredContent, isError }: ToolResult): ToolOutcome {
  const text = cut(content.map(textOf).join("\n").trim(), longestText);
  if (isError === true) return failed(cut(text, longestRefusal) || "The tool says that it failed, and not why.");
  // What is structured comes as text too, for those who read only that.
  const fits = structuredContent !== undefined && JSON.stringify(structuredContent).length <= longestText;
  return ok(fits ? structuredContent : { text });
}

export function mcpTool(sessions: Pick<McpSessions, "call">, offered: OfferedTool): SourcedTool {
  const { name, listed, effect, server, problem } = offered;
  const tool = defineTool({
    ...{ name, effect, title: listed.title, description: listed.description },
    input: z.record(z.string(), z.unknown()),
    shapeFor: () => ({ inputSchema: listed.inputSchema }),
    isOnByDefault: false,
    timeoutMs: server.timeoutMs + marginMs,
    deed: {
      where: "outside",
      async run({ input, idempotencyKey, signal }) {
        return outcomeOf(await sessions.call({ ...server, tool: listed.name, input, idempotencyKey, signal }));
      },
    },
  });
  return { ...tool, ...(problem === undefined ? {} : { problem }) };
}

import type { ModelRequest, ToolSpec } from "../../call/ports.ts";
import {
  type ContextPlacement,
  type HistoryStep,
  inputObject,
  orderHistory,
  placeContextInCallerTurn,
  quoteResult,
} from "./history.ts";

/** A message of the chat completions protocol. */
export type ChatMessage =
  | { role: "system" | "developer" | "user"; content: string }
  | { role: "assistant"; content: string | null; tool_calls?: readonly ChatToolCall[] }
  | { role: "tool"; tool_call_id: string; name?: string; content: string };

interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatDialect {
  readonly systemRole: "system" | "developer";
  readonly contextPlacement: ContextPlacement;
  /** Mistral wants the tool's name beside its result. */
  readonly namesToolResults: boolean;
}

/** Instructions first, history as it grew, context last: the beginning stays the same, so that prompt caches hit. */
export function toChatMessages(request: ModelRequest, dialect: ChatDialect): ChatMessage[] {
  const context = request.context.trim();
  const inCallerTurn = dialect.contextPlacement === "in-caller-turn";
  const ordered = orderHistory(request.messages);
  const steps = inCallerTurn ? placeContextInCallerTurn(ordered, context) : ordered;
  const messages: ChatMessage[] = [];
  if (request.instructions !== "") messages.push({ role: dialect.systemRole, content: request.instructions });
  for (const step of steps) messages.push(...stepMessages(step, dialect));
  if (!inCallerTurn && context !== "") messages.push({ role: dialect.systemRole, content: context });
  return messages;
}

function stepMessages(step: HistoryStep, dialect: ChatDialect): ChatMessage[] {
  if (step.role === "caller") return [{ role: "user", content: step.text }];
  if (step.toolCalls.length === 0) return [{ role: "assistant", content: step.text }];
  const toolCalls = step.toolCalls.map((call) => ({
    id: call.id,
    type: "function" as const,
    function: { name: call.name, arguments: JSON.stringify(inputObject(call.input)) },
  }));
  const results = step.results.map((result) => ({
    role: "tool" as const,
    tool_call_id: result.toolCallId,
    ...(dialect.namesToolResults ? { name: result.name } : {}),
    content: quoteResult(result),
  }));
  return [{ role: "assistant", content: step.text === "" ? null : step.text, tool_calls: toolCalls }, ...results];
}

export function toChatTools(tools: readonly ToolSpec[]): unknown[] {
  return sortTools(tools).map((tool) => ({
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: tool.inputSchema },
  }));
}

/** By name, whatever order they came in: the tools belong to the cached prefix. */
export function sortTools(tools: readonly ToolSpec[]): ToolSpec[] {
  return [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
}

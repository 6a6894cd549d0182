import type { ModelPart, ToolCall } from "../../call/ports.ts";
import { parseToolInput } from "./history.ts";
import { isRecord } from "./model-failure.ts";

type FinishReason = Extract<ModelPart, { type: "finish" }>["reason"];

/** What a chat completions stream has said so far, apart from the text. */
export interface ChatProgress {
  /** Text of this chunk; empty when it has none. Throws nothing: a chunk of another shape says nothing. */
  readChunk(chunk: Record<string, unknown>): string;
  /** The tool calls, usage and finish that end the reply. `said` tells whether the vendor named a finish reason. */
  ending(): { said: boolean; parts: ModelPart[] };
}

interface PartialCall {
  id: string;
  name: string;
  arguments: string;
}

export function createChatProgress(newCallId: () => string): ChatProgress {
  const calls: PartialCall[] = [];
  const byIndex = new Map<number, PartialCall>();
  let usage: ModelPart | undefined;
  let reason: string | undefined;

  /** Some servers send several whole calls under index 0, or none at all: another id is another call. */
  const findCall = (delta: Record<string, unknown>): PartialCall => {
    const id = typeof delta["id"] === "string" && delta["id"] !== "" ? delta["id"] : undefined;
    const index =
      typeof delta["index"] === "number"
        ? delta["index"]
        : id === undefined
          ? Math.max(0, calls.length - 1)
          : calls.length;
    const running = byIndex.get(index);
    if (running !== undefined && (id === undefined || running.id === id)) return running;
    const call = { id: id ?? newCallId(), name: "", arguments: "" };
    calls.push(call);
    byIndex.set(index, call);
    return call;
  };

  const readToolCall = (delta: unknown) => {
    if (!isRecord(delta)) return;
    const call = findCall(delta);
    const part = delta["function"];
    if (!isRecord(part)) return;
    if (typeof part["name"] === "string" && call.name === "") call.name = part["name"];
    const piece = part["arguments"];
    if (typeof piece === "string") call.arguments += piece;
    else if (isRecord(piece)) call.arguments = JSON.stringify(piece);
  };

  return {
    readChunk(chunk) {
      if (isRecord(chunk["usage"])) usage = readUsage(chunk["usage"]);
      const choice: unknown = Array.isArray(chunk["choices"]) ? chunk["choices"][0] : undefined;
      if (!isRecord(choice)) return "";
      if (typeof choice["finish_reason"] === "string") reason = choice["finish_reason"];
      const delta = choice["delta"];
      if (!isRecord(delta)) return "";
      if (Array.isArray(delta["tool_calls"])) for (const call of delta["tool_calls"]) readToolCall(call);
      return contentText(delta["content"]) + contentText(delta["refusal"]);
    },
    ending() {
      const named = calls.filter((call) => call.name !== "");
      const parts: ModelPart[] = named.map((call) => ({ type: "tool-call", call: finishCall(call) }));
      if (usage !== undefined) parts.push(usage);
      parts.push({ type: "finish", reason: mapReason(reason, named.length > 0) });
      return { said: reason !== undefined, parts };
    },
  };
}

function finishCall(call: PartialCall): ToolCall {
  return { id: call.id, name: call.name, input: parseToolInput(call.arguments) };
}

/** Content is a string, or (Mistral's reasoning models) a list of typed parts of which only text is speech. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      isRecord(part) && part["type"] === "text" && typeof part["text"] === "string" ? part["text"] : "",
    )
    .join("");
}

function readUsage(usage: Record<string, unknown>): ModelPart {
  const details = usage["prompt_tokens_details"];
  const cached = isRecord(details) ? details["cached_tokens"] : undefined;
  return {
    type: "usage",
    inputTokens: asCount(usage["prompt_tokens"]),
    outputTokens: asCount(usage["completion_tokens"]),
    ...(typeof cached === "number" ? { cachedInputTokens: cached } : {}),
  };
}

function asCount(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Servers say `stop` after tool calls as often as `tool_calls`; the calls themselves decide. */
function mapReason(reason: string | undefined, hasCalls: boolean): FinishReason {
  if (reason === "length" || reason === "model_length") return "length";
  if (reason === "content_filter") return "content-filter";
  return hasCalls ? "tool-calls" : "stop";
}

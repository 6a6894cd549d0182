import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { BrainRequest, BrainTurn, ModelCall, ToolUse } from "../language-model/model-types.ts";
import { Refusal } from "../language-model/model-types.ts";
import { joinText, objectSchema, readRequest, textContent, toolNameOf } from "../language-model/read-body.ts";
import { randomId } from "../language-model/tokens.ts";
import { formMessage } from "./messages-form.ts";

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const toolUseBlock = z.object({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'"),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
});
const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: textContent.optional(),
  is_error: z.boolean().optional(),
});
const otherBlock = z.looseObject({ type: z.enum(["image", "document", "thinking", "redacted_thinking"]) });
const block = z.union([textBlock, toolUseBlock, toolResultBlock, otherBlock]);
const schema = z.object({
  model: z.string().min(1),
  max_tokens: z.number().int().min(1),
  messages: z
    .array(z.object({ role: z.enum(["user", "assistant"]), content: z.union([z.string(), z.array(block)]) }))
    .min(1),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  tools: z
    .array(
      z.object({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
        description: z.string().optional(),
        input_schema: objectSchema,
      }),
    )
    .optional(),
  tool_choice: z
    .union([
      z.object({ type: z.enum(["auto", "none", "any"]) }),
      z.object({ type: z.literal("tool"), name: z.string() }),
    ])
    .optional(),
});

type MessagesBody = z.output<typeof schema>;
type Message = MessagesBody["messages"][number];

export function readMessages(body: unknown, request: IncomingMessage): ModelCall {
  if (request.headers["anthropic-version"] === undefined)
    throw new Refusal(400, "anthropic-version: header is required");
  const parsed = readRequest(schema, body, { indexes: "dots", words: wordRefusal });
  if (/^(?:no-such|unknown|invalid)/.test(parsed.model)) throw new Refusal(404, `model: ${parsed.model}`);
  if (parsed.messages[0]?.role !== "user") throw new Refusal(400, 'messages: first message must use the "user" role');
  refuseEmptyText(parsed.messages);
  refuseWrongOrder(parsed.messages);
  return {
    request: toBrain(parsed),
    stream: parsed.stream === true,
    maxTokens: parsed.max_tokens,
    makeCallId: () => `toolu_${randomId(24)}`,
    form: formMessage,
  };
}

function wordRefusal(path: string, issue: z.core.$ZodIssue): Refusal {
  const isMissing = issue.code === "invalid_type" && issue.message.includes("undefined");
  if (isMissing) return new Refusal(400, `${path}: Field required`);
  if (/^messages\.\d+\.role$/.test(path)) {
    return new Refusal(
      400,
      `${path}: Unexpected role. Allowed roles are "user" or "assistant"; use the top-level \`system\` parameter.`,
    );
  }
  return new Refusal(400, `${path}: ${issue.message}`);
}

function blocksOf(message: Message | undefined): Extract<Message["content"], unknown[]> {
  if (message === undefined) return [];
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
}

function refuseEmptyText(messages: readonly Message[]): void {
  for (const [index, message] of messages.entries()) {
    const isFinalAssistant = message.role === "assistant" && index === messages.length - 1;
    const blocks = blocksOf(message);
    if (blocks.length === 0 && !isFinalAssistant)
      throw new Refusal(
        400,
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    const hasEmpty = blocks.some((each) => each.type === "text" && String(each.text).trim() === "");
    if (hasEmpty) throw new Refusal(400, "messages: text content blocks must contain non-whitespace text");
  }
}

/** Results stand in the very next message after their calls. */
function refuseWrongOrder(messages: readonly Message[]): void {
  for (const [index, message] of messages.entries()) {
    const results = idsOf(message, "tool_result");
    const called = new Set(index === 0 ? [] : idsOf(messages[index - 1], "tool_use"));
    const unexpected = results.find((id) => !called.has(id));
    if (unexpected !== undefined) {
      const words = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.";
      throw new Refusal(
        400,
        `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unexpected}. ${words}`,
      );
    }
    const missing = idsOf(message, "tool_use").filter((id) => !idsOf(messages[index + 1], "tool_result").includes(id));
    if (missing.length > 0) {
      const words = "Each `tool_use` block must have a corresponding `tool_result` block in the next message.";
      throw new Refusal(
        400,
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. ${words}`,
      );
    }
  }
}

function idsOf(message: Message | undefined, type: "tool_use" | "tool_result"): string[] {
  return blocksOf(message).flatMap((each) => {
    if (each.type !== type) return [];
    return [String(each.type === "tool_use" ? each.id : each.tool_use_id)];
  });
}

function toBrain(parsed: MessagesBody): BrainRequest {
  const turns: BrainTurn[] = [];
  for (const message of parsed.messages) addMessage(message, turns);
  const choice = parsed.tool_choice ?? { type: "auto" as const };
  return {
    model: parsed.model,
    system: joinText(parsed.system),
    turns,
    tools: (parsed.tools ?? []).map((tool) => ({
      name: tool.name,
      description: tool.description ?? "",
      schema: tool.input_schema,
    })),
    toolChoice: choice.type === "tool" ? { name: choice.name } : choice.type === "any" ? "required" : choice.type,
  };
}

function addMessage(message: Message, turns: BrainTurn[]): void {
  const blocks = blocksOf(message);
  const text = blocks.flatMap((each) => (each.type === "text" ? [String(each.text)] : [])).join("");
  if (message.role === "assistant") {
    const toolCalls = blocks.flatMap((each): ToolUse[] =>
      each.type === "tool_use" ? [{ id: String(each.id), name: String(each.name), input: each.input }] : [],
    );
    turns.push({ role: "assistant", text, toolCalls });
    return;
  }
  for (const each of blocks) {
    const result = toolResultBlock.safeParse(each);
    if (!result.success) continue;
    const { tool_use_id: toolCallId, content, is_error: isError } = result.data;
    const output = `${isError === true ? "error: " : ""}${joinText(content)}`;
    turns.push({ role: "tool", toolCallId, name: toolNameOf(turns, toolCallId), text: output });
  }
  if (text !== "") turns.push({ role: "user", text });
}

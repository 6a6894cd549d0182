import { z } from "zod";
import type { AnswerForm, BrainRequest, BrainTurn, ModelAnswer } from "../language-model/model-types.ts";
import { Refusal } from "../language-model/model-types.ts";
import {
  joinText,
  objectSchema,
  parseArguments,
  readRequest,
  textContent,
  toolNameOf,
} from "../language-model/read-body.ts";
import { randomId } from "../language-model/tokens.ts";
import { formChat } from "./chat-form.ts";
import { refuseUnknownModel } from "./errors.ts";

export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "string does not match pattern '^[a-zA-Z0-9_-]+$'");
const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.object({ name: toolName, arguments: z.string() }),
});
const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: textContent }),
  z.object({ role: z.literal("developer"), content: textContent }),
  z.object({ role: z.literal("user"), content: textContent }),
  z.object({
    role: z.literal("assistant"),
    content: textContent.nullish(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.object({ role: z.literal("tool"), content: textContent, tool_call_id: z.string() }),
]);
export const namedChoice = z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) });
const schema = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({ name: toolName, description: z.string().optional(), parameters: objectSchema.optional() }),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z.union([z.enum(["auto", "none", "required"]), namedChoice]).optional(),
});

type ChatBody = z.output<typeof schema>;

export function readChat(body: unknown) {
  const chat = readRequest(schema, body, { indexes: "brackets", words: wordRefusal });
  refuseUnknownModel(chat.model);
  refuseWrongOrder(chat.messages);
  if (chat.stream_options && chat.stream !== true) {
    throw new Refusal(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
      param: "stream_options",
    });
  }
  return {
    request: toBrain(chat),
    stream: chat.stream === true,
    maxTokens: chat.max_completion_tokens ?? chat.max_tokens ?? undefined,
    makeCallId: () => `call_${randomId(24)}`,
    form: (answer: ModelAnswer): AnswerForm => formChat(answer, chat.stream_options?.include_usage === true),
  };
}

export function wordRefusal(path: string, issue: z.core.$ZodIssue): Refusal {
  if (issue.code === "invalid_type" && issue.message.includes("undefined")) {
    return new Refusal(400, `Missing required parameter: '${path}'.`, {
      param: path,
      code: "missing_required_parameter",
    });
  }
  return new Refusal(400, `Invalid value for '${path}': ${issue.message}`, { param: path, code: "invalid_value" });
}

/** Every tool call is answered before anything else is said, and nothing is answered that was not called. */
function refuseWrongOrder(messages: ChatBody["messages"]): void {
  let open = new Set<string>();
  for (const [index, each] of messages.entries()) {
    if (each.role === "tool") {
      if (!open.delete(each.tool_call_id)) {
        const words = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        throw new Refusal(400, `Invalid parameter: ${words}`, { param: `messages.[${index}].role` });
      }
      continue;
    }
    refuseOpenCalls(open);
    open = new Set(each.role === "assistant" ? (each.tool_calls ?? []).map((call) => call.id) : []);
    if (each.role === "assistant" && !each.tool_calls && !each.content) {
      throw new Refusal(400, `Invalid value for 'content': expected a string, got null.`, {
        param: `messages.[${index}].content`,
      });
    }
  }
  refuseOpenCalls(open);
}

function refuseOpenCalls(open: ReadonlySet<string>): void {
  if (open.size === 0) return;
  const words =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
  throw new Refusal(
    400,
    `${words} The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
    {
      param: "messages",
    },
  );
}

function toBrain(chat: ChatBody): BrainRequest {
  const turns: BrainTurn[] = [];
  const system: string[] = [];
  for (const each of chat.messages) {
    const text = joinText(each.content);
    if (each.role === "system" || each.role === "developer") system.push(text);
    else if (each.role === "user") turns.push({ role: "user", text });
    else if (each.role === "tool") {
      turns.push({ role: "tool", toolCallId: each.tool_call_id, name: toolNameOf(turns, each.tool_call_id), text });
    } else {
      const calls = (each.tool_calls ?? []).map((call) => ({
        id: call.id,
        name: call.function.name,
        input: parseArguments(call.function.arguments),
      }));
      turns.push({ role: "assistant", text, toolCalls: calls });
    }
  }
  const choice = chat.tool_choice ?? "auto";
  return {
    model: chat.model,
    system: system.join("\n"),
    turns,
    tools: (chat.tools ?? []).map((tool) => ({
      name: tool.function.name,
      description: tool.function.description ?? "",
      schema: tool.function.parameters ?? { type: "object" },
    })),
    toolChoice: typeof choice === "string" ? choice : { name: choice.function.name },
  };
}

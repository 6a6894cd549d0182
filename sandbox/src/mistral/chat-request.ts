import { z } from "zod";
import type { BrainRequest, BrainTurn, ModelCall } from "../language-model/model-types.ts";
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

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,256}$/, "must be a-z, A-Z, 0-9, or contain underscores and dashes");
const toolCall = z.object({
  id: z.string(),
  type: z.literal("function").optional(),
  function: z.object({ name: toolName, arguments: z.union([z.string(), z.record(z.string(), z.unknown())]) }),
});
const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: textContent }),
  z.object({ role: z.literal("user"), content: textContent }),
  z.object({
    role: z.literal("assistant"),
    content: textContent.nullish(),
    tool_calls: z.array(toolCall).nullish(),
    prefix: z.boolean().optional(),
  }),
  z.object({
    role: z.literal("tool"),
    content: textContent.nullish(),
    tool_call_id: z.string().nullish(),
    name: z.string().nullish(),
  }),
]);
const schema = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  max_tokens: z.number().int().min(0).nullish(),
  temperature: z.number().min(0).max(1.5).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal("function").optional(),
        function: z.object({ name: toolName, description: z.string().optional(), parameters: objectSchema }),
      }),
    )
    .nullish(),
  tool_choice: z
    .union([z.enum(["auto", "none", "any", "required"]), z.object({ function: z.object({ name: z.string() }) })])
    .nullish(),
});

type ChatBody = z.output<typeof schema>;

export function readChat(body: unknown): ModelCall {
  const chat = readRequest(schema, body, { indexes: "dots" });
  if (/^(?:no-such|unknown|invalid)/.test(chat.model)) {
    throw new Refusal(400, `Invalid model: ${chat.model}`, { type: "invalid_model", code: "1500" });
  }
  refuseWrongIds(chat.messages);
  refuseWrongOrder(chat.messages);
  return {
    request: toBrain(chat),
    stream: chat.stream === true,
    maxTokens: chat.max_tokens ?? undefined,
    makeCallId: () => randomId(9),
    form: formChat,
  };
}

function orderRefusal(message: string, code: string): Refusal {
  return new Refusal(400, message, { type: "invalid_request_message_order", code });
}

function refuseWrongIds(messages: ChatBody["messages"]): void {
  const ids = messages.flatMap((each) => {
    if (each.role === "assistant") return (each.tool_calls ?? []).map((call) => call.id);
    return each.role === "tool" && each.tool_call_id ? [each.tool_call_id] : [];
  });
  const wrong = ids.find((id) => !/^[a-zA-Z0-9]{9}$/.test(id));
  if (wrong === undefined) return;
  throw new Refusal(400, `Tool call id was ${wrong} but must be a-z, A-Z, 0-9, with a length of 9.`, {
    type: "invalid_function_call",
    code: "3280",
  });
}

function refuseWrongOrder(messages: ChatBody["messages"]): void {
  let open = new Set<string>();
  let afterTools = false;
  for (const [index, each] of messages.entries()) {
    if (each.role === "tool") {
      if (!open.delete(each.tool_call_id ?? "")) throw orderRefusal("Unexpected tool call id in tool results", "3230");
      afterTools = true;
      continue;
    }
    if (open.size > 0) throw orderRefusal("Not the same number of function calls and responses", "3230");
    if (afterTools && each.role === "user") throw orderRefusal("Unexpected role 'user' after role 'tool'", "3230");
    if (each.role === "system" && index > 0 && messages[index - 1]?.role === "assistant") {
      throw orderRefusal("Unexpected role 'system' after role 'assistant'", "3230");
    }
    afterTools = false;
    open = new Set(each.role === "assistant" ? (each.tool_calls ?? []).map((call) => call.id) : []);
  }
  const last = messages.at(-1);
  const isPrefix = last?.role === "assistant" && last.prefix === true;
  if (last?.role === "user" || last?.role === "tool" || isPrefix) return;
  throw orderRefusal(
    `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${last?.role ?? "none"}`,
    "3230",
  );
}

function toBrain(chat: ChatBody): BrainRequest {
  const turns: BrainTurn[] = [];
  const system: string[] = [];
  for (const each of chat.messages) {
    const text = joinText(each.content);
    if (each.role === "system") system.push(text);
    else if (each.role === "user") turns.push({ role: "user", text });
    else if (each.role === "tool") {
      const id = each.tool_call_id ?? "";
      turns.push({ role: "tool", toolCallId: id, name: each.name ?? toolNameOf(turns, id), text });
    } else {
      const toolCalls = (each.tool_calls ?? []).map((call) => ({
        id: call.id,
        name: call.function.name,
        input:
          typeof call.function.arguments === "string"
            ? parseArguments(call.function.arguments)
            : call.function.arguments,
      }));
      turns.push({ role: "assistant", text, toolCalls });
    }
  }
  return {
    model: chat.model,
    system: system.join("\n"),
    turns,
    tools: (chat.tools ?? []).map(({ function: tool }) => ({
      name: tool.name,
      description: tool.description ?? "",
      schema: tool.parameters,
    })),
    toolChoice: readChoice(chat.tool_choice),
  };
}

function readChoice(choice: ChatBody["tool_choice"]): BrainRequest["toolChoice"] {
  if (choice === null || choice === undefined) return "auto";
  if (typeof choice === "object") return { name: choice.function.name };
  return choice === "any" ? "required" : choice;
}

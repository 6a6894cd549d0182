import { z } from "zod";
import type { BrainRequest, BrainTurn, ModelAnswer, ModelCall } from "../language-model/model-types.ts";
import { Refusal } from "../language-model/model-types.ts";
import { joinText, objectSchema, parseArguments, readRequest, toolNameOf } from "../language-model/read-body.ts";
import { randomId } from "../language-model/tokens.ts";
import { toolName, wordRefusal } from "./chat-request.ts";
import { refuseUnknownModel } from "./errors.ts";
import { formResponse } from "./responses-form.ts";
import {
  callItem,
  messageItem,
  outputItem,
  type ResponseItem,
  reasoningItem,
  referenceItem,
} from "./responses-items.ts";
import type { ResponsesStore } from "./responses-store.ts";

const schema = z.object({
  model: z.string().min(1),
  input: z.union([
    z.string(),
    z.array(z.union([messageItem, callItem, outputItem, referenceItem, reasoningItem])).min(1),
  ]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.number().int().min(16, "integer below minimum value of 16").nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        name: toolName,
        description: z.string().nullish(),
        parameters: objectSchema.nullish(),
      }),
    )
    .optional(),
  tool_choice: z
    .union([z.enum(["auto", "none", "required"]), z.object({ type: z.literal("function"), name: z.string() })])
    .optional(),
});

type ResponsesBody = z.output<typeof schema>;

export function readResponses(body: unknown, store: ResponsesStore): ModelCall {
  const parsed = readRequest(schema, body, { indexes: "brackets", words: wordRefusal });
  refuseUnknownModel(parsed.model);
  const items = resolveItems(parsed, store);
  refuseWrongOrder(items);
  return {
    request: toBrain(parsed, items),
    stream: parsed.stream === true,
    maxTokens: parsed.max_output_tokens ?? undefined,
    makeCallId: () => `call_${randomId(24)}`,
    form: (answer: ModelAnswer) => {
      const { id, output, form } = formResponse(answer);
      if (parsed.store !== false) store.keep(id, items, output);
      return form;
    },
  };
}

function resolveItems(parsed: ResponsesBody, store: ResponsesStore): ResponseItem[] {
  const before = parsed.previous_response_id ? store.conversation(parsed.previous_response_id) : [];
  if (typeof parsed.input === "string") return [...before, { role: "user", content: parsed.input }];
  const items = parsed.input.flatMap((item): ResponseItem[] => {
    if (!("type" in item) || item.type === undefined) return [item as ResponseItem];
    if (item.type === "reasoning") return [];
    return [item.type === "item_reference" ? store.item(item.id) : (item as ResponseItem)];
  });
  return [...before, ...items];
}

function refuseWrongOrder(items: readonly ResponseItem[]): void {
  const open = new Set<string>();
  for (const item of items) {
    if (item.type === "function_call") open.add(item.call_id);
    if (item.type === "function_call_output" && !open.delete(item.call_id)) {
      throw new Refusal(400, `No tool call found for function call output with call_id ${item.call_id}.`, {
        param: "input",
      });
    }
  }
  for (const id of open) throw new Refusal(400, `No tool output found for function call ${id}.`, { param: "input" });
}

function toBrain(parsed: ResponsesBody, items: readonly ResponseItem[]): BrainRequest {
  const turns: BrainTurn[] = [];
  const system: string[] = parsed.instructions ? [parsed.instructions] : [];
  for (const item of items) addItem(item, turns, system);
  const choice = parsed.tool_choice ?? "auto";
  return {
    model: parsed.model,
    system: system.join("\n"),
    turns,
    tools: (parsed.tools ?? []).map((tool) => ({
      name: tool.name,
      description: tool.description ?? "",
      schema: tool.parameters ?? { type: "object" },
    })),
    toolChoice: typeof choice === "string" ? choice : { name: choice.name },
  };
}

function addItem(item: ResponseItem, turns: BrainTurn[], system: string[]): void {
  if (item.type === "function_call") {
    const call = { id: item.call_id, name: item.name, input: parseArguments(item.arguments) };
    turns.push({ role: "assistant", text: "", toolCalls: [call] });
  } else if (item.type === "function_call_output") {
    turns.push({
      role: "tool",
      toolCallId: item.call_id,
      name: toolNameOf(turns, item.call_id),
      text: joinText(item.output),
    });
  } else if (item.role === "user") turns.push({ role: "user", text: joinText(item.content) });
  else if (item.role === "assistant") turns.push({ role: "assistant", text: joinText(item.content), toolCalls: [] });
  else system.push(joinText(item.content));
}

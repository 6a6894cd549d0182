/** What a conversation of the Responses API is made of. */
import { z } from "zod";
import { textContent } from "../language-model/read-body.ts";
import { toolName } from "./chat-request.ts";

export const messageItem = z.object({
  type: z.literal("message").optional(),
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: textContent,
});
export const callItem = z.object({
  type: z.literal("function_call"),
  call_id: z.string().min(1),
  name: toolName,
  arguments: z.string(),
});
export const outputItem = z.object({
  type: z.literal("function_call_output"),
  call_id: z.string().min(1),
  output: textContent,
});
export const referenceItem = z.object({ type: z.literal("item_reference"), id: z.string() });
export const reasoningItem = z.looseObject({ type: z.literal("reasoning") });
export type ResponseItem = z.output<typeof messageItem> | z.output<typeof callItem> | z.output<typeof outputItem>;

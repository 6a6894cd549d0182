import type { LanguageModelV4CallOptions, LanguageModelV4Message, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelRequest } from "../../call/ports.ts";
import { sortTools } from "./chat-messages.ts";
import {
  type ContextPlacement,
  type HistoryStep,
  inputObject,
  orderHistory,
  placeContextInCallerTurn,
  quoteResult,
} from "./history.ts";

export interface SdkPromptOptions {
  readonly contextPlacement: ContextPlacement;
  /** Attached to the instructions, e.g. Anthropic's cache marker. */
  readonly instructionsOptions?: SharedV4ProviderOptions;
}

/** The same order as `toChatMessages`, in the AI SDK's own shape. */
export function toSdkPrompt(request: ModelRequest, options: SdkPromptOptions): LanguageModelV4Message[] {
  const context = request.context.trim();
  const inCallerTurn = options.contextPlacement === "in-caller-turn";
  const ordered = orderHistory(request.messages);
  const steps = inCallerTurn ? placeContextInCallerTurn(ordered, context) : ordered;
  const marker = options.instructionsOptions === undefined ? {} : { providerOptions: options.instructionsOptions };
  const prompt: LanguageModelV4Message[] = [];
  if (request.instructions !== "") prompt.push({ role: "system", content: request.instructions, ...marker });
  for (const step of steps) prompt.push(...stepMessages(step));
  if (!inCallerTurn && context !== "") prompt.push({ role: "system", content: context });
  return prompt;
}

function stepMessages(step: HistoryStep): LanguageModelV4Message[] {
  if (step.role === "caller") return [{ role: "user", content: [{ type: "text", text: step.text }] }];
  const spoken = step.text === "" ? [] : [{ type: "text" as const, text: step.text }];
  const calls = step.toolCalls.map((call) => ({
    type: "tool-call" as const,
    toolCallId: call.id,
    toolName: call.name,
    input: inputObject(call.input),
  }));
  const assistant: LanguageModelV4Message = { role: "assistant", content: [...spoken, ...calls] };
  if (step.results.length === 0) return [assistant];
  const results = step.results.map((result) => ({
    type: "tool-result" as const,
    toolCallId: result.toolCallId,
    toolName: result.name,
    output: { type: result.failed ? ("error-text" as const) : ("text" as const), value: quoteResult(result) },
  }));
  return [assistant, { role: "tool", content: results }];
}

export function toSdkTools(request: ModelRequest): Pick<LanguageModelV4CallOptions, "tools" | "toolChoice"> {
  if (request.tools.length === 0) return {};
  const tools = sortTools(request.tools).map((tool) => ({
    type: "function" as const,
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema,
  }));
  return { tools, toolChoice: { type: "auto" } };
}

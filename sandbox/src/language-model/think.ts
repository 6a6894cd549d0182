import type { BrainReply, BrainRequest, ModelAnswer, ModelCall, ToolUse } from "./model-types.ts";
import { countPromptTokens, splitArguments, splitTokens } from "./tokens.ts";

export type Replies = (request: BrainRequest) => readonly BrainReply[];

/** Asks the brain and cuts what it says into tokens, no more than the request allows. */
export function think(call: ModelCall, replies: Replies): ModelAnswer {
  const pieces = replies(call.request);
  const allTokens = splitTokens(pieces.map((piece) => piece.text ?? "").join(""));
  const tokens = allTokens.slice(0, call.maxTokens);
  const cut = tokens.length < allTokens.length;
  const toolCalls: ToolUse[] = cut
    ? []
    : pieces
        .flatMap((piece) => piece.toolCalls ?? [])
        .map(({ name, input }) => ({ id: call.makeCallId(), name, input }));
  const toolTokens = toolCalls.reduce((sum, each) => sum + splitArguments(JSON.stringify(each.input)).length, 0);
  const { system, turns, tools } = call.request;
  return {
    model: call.request.model,
    tokens,
    toolCalls,
    usage: { inputTokens: countPromptTokens([system, turns, tools]), outputTokens: tokens.length + toolTokens },
    finish: cut ? "length" : toolCalls.length > 0 ? "tool-calls" : "stop",
  };
}

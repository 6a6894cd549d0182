import type { AnswerForm, Frame, ModelAnswer } from "../language-model/model-types.ts";
import { sse } from "../language-model/read-body.ts";
import { randomId, splitArguments } from "../language-model/tokens.ts";
import { openAiErrorBody, openAiFault } from "./errors.ts";

const finishReasons = { stop: "stop", length: "length", "tool-calls": "tool_calls" } as const;

/** Chat completions: chunks, and a usage chunk without choices when it was asked for. */
export function formChat(answer: ModelAnswer, includeUsage: boolean): AnswerForm {
  const head = { id: `chatcmpl-${randomId(29)}`, created: Math.floor(Date.now() / 1000), model: answer.model };
  const finish = finishReasons[answer.finish];
  const usage = chatUsage(answer);
  const chunk = (delta: object, reason: string | null = null) =>
    sse({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }] });
  const usageChunk = includeUsage ? sse({ ...head, object: "chat.completion.chunk", choices: [], usage }) : "";
  const text = answer.tokens.join("");
  const toolCalls = answer.toolCalls.map(({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));
  return {
    open: chunk({ role: "assistant", content: "" }),
    frames: [
      ...answer.tokens.map((token) => ({ data: chunk({ content: token }), tokens: 1 })),
      ...toolFrames(answer, chunk),
    ],
    close: `${chunk({}, finish)}${usageChunk}data: [DONE]\n\n`,
    error: sse(openAiErrorBody(openAiFault(500))),
    whole: {
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: text === "" ? null : text,
            refusal: null,
            ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
          },
          finish_reason: finish,
        },
      ],
      usage,
    },
  };
}

function toolFrames(answer: ModelAnswer, chunk: (delta: object) => string): Frame[] {
  return answer.toolCalls.flatMap(({ id, name, input }, index) => [
    { data: chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }), tokens: 0 },
    ...splitArguments(JSON.stringify(input)).map((piece) => ({
      data: chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
      tokens: 1,
    })),
  ]);
}

function chatUsage({ usage }: ModelAnswer): object {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

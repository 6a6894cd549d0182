import type { AnswerForm, Frame, ModelAnswer } from "../language-model/model-types.ts";
import { sse } from "../language-model/read-body.ts";
import { randomId } from "../language-model/tokens.ts";

const finishReasons = { stop: "stop", length: "length", "tool-calls": "tool_calls" } as const;

/** A tool call comes whole in one delta, and usage in the last chunk, which has a choice. */
export function formChat(answer: ModelAnswer): AnswerForm {
  const head = {
    id: randomId(32).toLowerCase(),
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: answer.model,
  };
  const finish = finishReasons[answer.finish];
  const usage = {
    prompt_tokens: answer.usage.inputTokens,
    completion_tokens: answer.usage.outputTokens,
    total_tokens: answer.usage.inputTokens + answer.usage.outputTokens,
  };
  const chunk = (delta: object, reason: string | null = null, more: object = {}) =>
    sse({ ...head, choices: [{ index: 0, delta, finish_reason: reason }], ...more });
  const toolCalls = answer.toolCalls.map(({ id, name, input }, index) => ({
    id,
    function: { name, arguments: JSON.stringify(input) },
    index,
  }));
  const lastDelta = toolCalls.length > 0 ? { content: "", tool_calls: toolCalls } : { content: "" };
  const toolTokens = answer.usage.outputTokens - answer.tokens.length;
  const frames: Frame[] = answer.tokens.map((token) => ({ data: chunk({ content: token }), tokens: 1 }));
  // The call's tokens take their time before the one delta that carries them.
  for (let index = 0; index < toolTokens; index++) frames.push({ data: "", tokens: 1 });
  return {
    open: chunk({ role: "assistant", content: "" }),
    frames,
    close: `${chunk(lastDelta, finish, { usage })}data: [DONE]\n\n`,
    error: sse({
      object: "error",
      message: "Service unavailable.",
      type: "internal_server_error",
      param: null,
      code: "3700",
    }),
    whole: {
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: answer.tokens.join(""),
            tool_calls: toolCalls.length > 0 ? toolCalls : null,
          },
          finish_reason: finish,
        },
      ],
      usage,
    },
  };
}

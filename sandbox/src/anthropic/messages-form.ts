import type { AnswerForm, Frame, ModelAnswer } from "../language-model/model-types.ts";
import { sse } from "../language-model/read-body.ts";
import { randomId, splitArguments } from "../language-model/tokens.ts";

const stopReasons = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use" } as const;

function event(data: { readonly type: string } & Record<string, unknown>): string {
  return sse(data, data.type);
}

/** Messages: blocks that start, grow and stop. */
export function formMessage(answer: ModelAnswer): AnswerForm {
  const stopReason = stopReasons[answer.finish];
  const text = answer.tokens.join("");
  const head = { id: `msg_${randomId(24)}`, type: "message", role: "assistant", model: answer.model };
  const inputUsage = {
    input_tokens: answer.usage.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const message = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...inputUsage, output_tokens: 1 },
  };
  const hasText = text !== "";
  const toolFrames = answer.toolCalls.flatMap((call, index) => toolUseFrames(call, index + (hasText ? 1 : 0)));
  return {
    open: event({ type: "message_start", message }),
    frames: [...(hasText ? textFrames(answer.tokens) : []), ...toolFrames],
    close:
      event({
        type: "message_delta",
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: { output_tokens: answer.usage.outputTokens },
      }) + event({ type: "message_stop" }),
    error: event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
    whole: {
      ...head,
      content: [
        ...(hasText ? [{ type: "text", text }] : []),
        ...answer.toolCalls.map(({ id, name, input }) => ({ type: "tool_use", id, name, input })),
      ],
      stop_reason: stopReason,
      stop_sequence: null,
      usage: { ...inputUsage, output_tokens: answer.usage.outputTokens },
    },
  };
}

function textFrames(tokens: readonly string[]): Frame[] {
  const open =
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) +
    event({ type: "ping" });
  const deltas = tokens.map((text) => ({
    data: event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    tokens: 1,
  }));
  return [{ data: open, tokens: 0 }, ...deltas, { data: event({ type: "content_block_stop", index: 0 }), tokens: 0 }];
}

function toolUseFrames({ id, name, input }: ModelAnswer["toolCalls"][number], index: number): Frame[] {
  const open = event({ type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } });
  const deltas = splitArguments(JSON.stringify(input)).map((piece) => ({
    data: event({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: piece } }),
    tokens: 1,
  }));
  return [{ data: open, tokens: 0 }, ...deltas, { data: event({ type: "content_block_stop", index }), tokens: 0 }];
}

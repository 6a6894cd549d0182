/** The chat completions wire as the vendors document it, for the adapters' tests. */
import type { LlmWire } from "./conformance-llm-wire.ts";

const chunk = (choice: object | undefined, extra: object = {}) =>
  `data: ${JSON.stringify({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: choice === undefined ? [] : [{ index: 0, finish_reason: null, ...choice }],
    ...extra,
  })}\n\n`;

const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8, prompt_tokens_details: { cached_tokens: 2 } };
const reasons = { stop: "stop", length: "length", "tool-calls": "tool_calls" };

/** `usageAlone`: usage comes in a last chunk without choices (OpenAI); otherwise with the finish reason (Mistral). */
export function chatWire(style: { usageAlone: boolean; wholeToolCalls: boolean }): LlmWire {
  return {
    path: "/v1/chat/completions",
    start: chunk({ delta: { role: "assistant", content: "" } }),
    text: (text) => chunk({ delta: { content: text } }),
    toolCalls(calls) {
      if (style.wholeToolCalls) {
        const whole = calls.map((call, index) => ({
          id: call.id,
          function: { name: call.name, arguments: call.pieces.join("") },
          index,
        }));
        return chunk({ delta: { content: "", tool_calls: whole } });
      }
      return calls
        .map((call, index) => {
          const head = { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
          const rest = call.pieces.map((piece) => ({ index, function: { arguments: piece } }));
          return [head, ...rest].map((part) => chunk({ delta: { tool_calls: [part] } })).join("");
        })
        .join("");
    },
    finish(reason) {
      const end = { delta: {}, finish_reason: reasons[reason] };
      const chunks = style.usageAlone ? chunk(end) + chunk(undefined, { usage }) : chunk(end, { usage });
      return `${chunks}data: [DONE]\n\n`;
    },
    midStreamError: (message) =>
      `data: ${JSON.stringify({ error: { message, type: "server_error", code: null } })}\n\n`,
    errorBody: (kind, message) => ({
      error: { message, type: "invalid_request_error", param: null, code: kind === "auth" ? "invalid_api_key" : null },
    }),
    promptOf(body) {
      const { messages, tools } = body as { messages: unknown[]; tools?: unknown[] };
      return [...(tools ?? []), ...messages];
    },
  };
}

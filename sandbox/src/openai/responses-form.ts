import type { AnswerForm, Frame, ModelAnswer } from "../language-model/model-types.ts";
import { sse } from "../language-model/read-body.ts";
import { randomId, splitArguments } from "../language-model/tokens.ts";
import type { ResponseItem } from "./responses-items.ts";

type Output = readonly (readonly [id: string, item: ResponseItem])[];

/** The Responses API: typed events with sequence numbers and no `[DONE]`. */
export function formResponse(answer: ModelAnswer): { id: string; output: Output; form: AnswerForm } {
  let sequence = 0;
  const event = (type: string, data: object) => sse({ type, sequence_number: sequence++, ...data }, type);
  const id = `resp_${randomId(32)}`;
  const text = answer.tokens.join("");
  const messageId = `msg_${randomId(32)}`;
  const hasText = text !== "" || answer.toolCalls.length === 0;
  const message = messageItem(messageId, text);
  const calls = answer.toolCalls.map((call) => callItem(`fc_${randomId(32)}`, call));
  const output = hasText ? [message, ...calls] : calls;
  const response = (status: string, finished: boolean) => ({
    id,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model: answer.model,
    error: null,
    incomplete_details: finished && answer.finish === "length" ? { reason: "max_output_tokens" } : null,
    output: finished ? output : [],
    parallel_tool_calls: true,
    service_tier: null,
    usage: finished ? responseUsage(answer) : null,
  });
  // The order of building is the order of the sequence numbers.
  const open =
    event("response.created", { response: response("in_progress", false) }) +
    event("response.in_progress", { response: response("in_progress", false) });
  const textFrames = hasText ? messageFrames(answer, { id: messageId, event }) : [];
  const callFrames = calls.flatMap((call, index) => functionFrames(call, { index: index + (hasText ? 1 : 0), event }));
  const end = answer.finish === "length" ? "incomplete" : "completed";
  const close = event(`response.${end}`, { response: response(end, true) });
  const error = event("error", {
    code: "server_error",
    message: "The server had an error while processing your request. Sorry about that!",
    param: null,
  });
  const kept: [string, ResponseItem][] = calls.map((call) => [
    call.id,
    { type: "function_call", call_id: call.call_id, name: call.name, arguments: call.arguments },
  ]);
  if (hasText) kept.unshift([messageId, { type: "message", role: "assistant", content: text }]);
  return {
    id,
    output: kept,
    form: { open, frames: [...textFrames, ...callFrames], close, error, whole: response(end, true) },
  };
}

type EventMaker = (type: string, data: object) => string;

function messageItem(id: string, text: string) {
  return {
    type: "message",
    id,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function callItem(id: string, call: ModelAnswer["toolCalls"][number]) {
  return {
    type: "function_call",
    id,
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.input),
    status: "completed",
  };
}

function messageFrames(answer: ModelAnswer, { id, event }: { id: string; event: EventMaker }): Frame[] {
  const place = { item_id: id, output_index: 0, content_index: 0 };
  const text = answer.tokens.join("");
  const item = messageItem(id, text);
  const open =
    event("response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } }) +
    event("response.content_part.added", { ...place, part: { type: "output_text", text: "", annotations: [] } });
  const deltas = answer.tokens.map((delta) => ({
    data: event("response.output_text.delta", { ...place, delta }),
    tokens: 1,
  }));
  const close =
    event("response.output_text.done", { ...place, text }) +
    event("response.content_part.done", { ...place, part: item.content[0] }) +
    event("response.output_item.done", { output_index: 0, item });
  return [{ data: open, tokens: 0 }, ...deltas, { data: close, tokens: 0 }];
}

function functionFrames(
  item: ReturnType<typeof callItem>,
  { index, event }: { index: number; event: EventMaker },
): Frame[] {
  const place = { item_id: item.id, output_index: index };
  const open = event("response.output_item.added", {
    output_index: index,
    item: { ...item, arguments: "", status: "in_progress" },
  });
  const deltas = splitArguments(item.arguments).map((delta) => ({
    data: event("response.function_call_arguments.delta", { ...place, delta }),
    tokens: 1,
  }));
  const close =
    event("response.function_call_arguments.done", { ...place, arguments: item.arguments }) +
    event("response.output_item.done", { output_index: index, item });
  return [{ data: open, tokens: 0 }, ...deltas, { data: close, tokens: 0 }];
}

function responseUsage({ usage }: ModelAnswer): object {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}

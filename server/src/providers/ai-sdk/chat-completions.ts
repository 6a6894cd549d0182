/**
 * A thin adapter of our own for the chat completions protocol, which most vendors and every local server speak.
 * Why not the AI SDK: docs/decisions/0003-thin-openai-adapter.md.
 */
import type { LanguageModel, ModelPart, ModelRequest } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderCredentials, ProviderIo } from "../provider.ts";
import { type ChatProgress, createChatProgress } from "./chat-chunk.ts";
import { type ChatDialect, toChatMessages, toChatTools } from "./chat-messages.ts";
import { readEventStream } from "./event-stream.ts";
import { createConnectionWarmer, requestHeaders, requestIdOf } from "./http.ts";
import {
  cutOffFailure,
  type FailureContext,
  failureFromVendor,
  isRecord,
  networkFailure,
  protocolFailure,
} from "./model-failure.ts";
import { followSignal, type RequestLifetime } from "./request-lifetime.ts";

export interface ChatCompletionsOptions {
  readonly provider: string;
  readonly model: string;
  readonly credentials: ProviderCredentials;
  readonly io: ProviderIo;
  readonly dialect: ChatDialect;
  /** Added to every request body: limits, temperature, reasoning. */
  readonly body: (request: ModelRequest) => Record<string, unknown>;
}

/** A language model behind `POST {baseUrl}/chat/completions`. Never retries. */
export function createChatCompletionsModel(options: ChatCompletionsOptions): LanguageModel {
  const { credentials, io } = options;
  const failure: FailureContext = { provider: options.provider, apiKey: credentials.apiKey };
  let callCount = 0;
  const newCallId = () => {
    callCount += 1;
    return `call${String(callCount).padStart(5, "0")}`;
  };

  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const lifetime = followSignal(request.signal);
    let complete = false;
    try {
      const body = await openStream(options, request, lifetime);
      const reader = readEventStream(body);
      const progress = createChatProgress(newCallId);
      while (!complete) {
        const lines = await reader.next();
        if (lines === undefined) break;
        const batch = readBatch(lines, progress, failure);
        if (batch.text !== "") yield { type: "text", text: batch.text };
        if (batch.error !== undefined) throw batch.error;
        complete = batch.done;
      }
      if (lifetime.aborted()) return;
      const ending = progress.ending();
      if (!complete && !ending.said) throw cutOffFailure(failure);
      if (complete) reader.drain(io.clock, () => lifetime.stop());
      complete = true;
      yield* ending.parts;
    } catch (error) {
      if (lifetime.aborted()) return;
      throw error instanceof ProviderError ? error : networkFailure(failure, error);
    } finally {
      lifetime.release();
      if (!complete) lifetime.stop();
    }
  }

  const warm = createConnectionWarmer({
    url: `${credentials.baseUrl}/models`,
    headers: requestHeaders(credentials.apiKey),
    io,
  });
  return { provider: options.provider, model: options.model, prewarm: warm, generate };
}

async function openStream(
  options: ChatCompletionsOptions,
  request: ModelRequest,
  lifetime: RequestLifetime,
): Promise<ReadableStream<Uint8Array>> {
  const { provider, credentials, io } = options;
  const failure: FailureContext = { provider, apiKey: credentials.apiKey };
  const response = await io.fetch(`${credentials.baseUrl}/chat/completions`, {
    method: "POST",
    headers: requestHeaders(credentials.apiKey),
    body: JSON.stringify(requestBody(options, request)),
    signal: lifetime.signal,
  });
  const requestId = requestIdOf(response.headers);
  if (!response.ok) {
    throw failureFromVendor(failure, { status: response.status, requestId, body: await response.text() });
  }
  const type = response.headers.get("content-type") ?? "";
  if (response.body === null || /json|html/.test(type))
    throw protocolFailure(failure, `"${type}" instead of an event stream`);
  return response.body;
}

function requestBody(options: ChatCompletionsOptions, request: ModelRequest): Record<string, unknown> {
  const tools = request.tools.length === 0 ? {} : { tools: toChatTools(request.tools), tool_choice: "auto" };
  return {
    model: options.model,
    messages: toChatMessages(request, options.dialect),
    ...tools,
    stream: true,
    ...options.body(request),
  };
}

interface Batch {
  text: string;
  done: boolean;
  error?: ProviderError;
}

/** All that one piece from the network says. Words before an error in the same piece still count. */
function readBatch(lines: readonly string[], progress: ChatProgress, failure: FailureContext): Batch {
  const batch: Batch = { text: "", done: false };
  for (const line of lines) {
    if (line === "[DONE]") return { ...batch, done: true };
    const chunk = parseChunk(line, failure);
    if (chunk instanceof ProviderError) return { ...batch, error: chunk };
    batch.text += progress.readChunk(chunk);
  }
  return batch;
}

function parseChunk(line: string, failure: FailureContext): Record<string, unknown> | ProviderError {
  let chunk: unknown;
  try {
    chunk = JSON.parse(line) as unknown;
  } catch (cause) {
    return protocolFailure(failure, "a stream line that is not JSON", cause);
  }
  if (!isRecord(chunk)) return protocolFailure(failure, "a stream line that is not an object");
  if (chunk["error"] === undefined || chunk["error"] === null) return chunk;
  const code = isRecord(chunk["error"]) ? chunk["error"]["code"] : undefined;
  return failureFromVendor(failure, { body: chunk, status: typeof code === "number" ? code : undefined });
}

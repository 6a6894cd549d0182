import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import type { LanguageModel, ModelPart, ModelRequest } from "../../call/ports.ts";
import { parseToolInput } from "./history.ts";
import { cutOffFailure, type FailureContext } from "./model-failure.ts";
import { followSignal, type RequestLifetime } from "./request-lifetime.ts";
import { failureFromSdk } from "./sdk-failure.ts";
import { type SdkPromptOptions, toSdkPrompt, toSdkTools } from "./sdk-prompt.ts";

export interface AiSdkModelOptions {
  readonly provider: string;
  readonly model: LanguageModelV4;
  readonly apiKey: string;
  readonly prompt: SdkPromptOptions;
  readonly prewarm: () => void;
  /** Handed to the vendor's package with each request. */
  readonly callOptions?: Pick<LanguageModelV4CallOptions, "temperature" | "reasoning"> & {
    readonly providerOptions?: SharedV4ProviderOptions;
  };
}

/**
 * A language model behind a provider package of the AI SDK. It calls the package's own `doStream`: the SDK's `streamText`
 * costs several milliseconds of CPU a turn, retries by itself and hides errors.
 */
export function createAiSdkModel(options: AiSdkModelOptions): LanguageModel {
  const failure: FailureContext = { provider: options.provider, apiKey: options.apiKey };

  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const lifetime = followSignal(request.signal);
    let complete = false;
    try {
      const { stream } = await startStream(options, request, lifetime);
      const reader = stream.getReader();
      const ending: ModelPart[] = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (lifetime.aborted()) return;
        if (done) break;
        if (value.type === "text-delta" && value.delta !== "") yield { type: "text", text: value.delta };
        else ending.push(...readPart(value, failure));
      }
      if (ending.at(-1)?.type !== "finish") throw cutOffFailure(failure);
      complete = true;
      yield* ending;
    } catch (error) {
      if (lifetime.aborted()) return;
      throw failureFromSdk(failure, error);
    } finally {
      lifetime.release();
      if (!complete) lifetime.stop();
    }
  }

  return { provider: options.provider, model: options.model.modelId, prewarm: options.prewarm, generate };
}

async function startStream(options: AiSdkModelOptions, request: ModelRequest, lifetime: RequestLifetime) {
  return await options.model.doStream({
    prompt: toSdkPrompt(request, options.prompt),
    maxOutputTokens: request.maxOutputTokens,
    abortSignal: lifetime.signal,
    ...toSdkTools(request),
    ...options.callOptions,
  });
}

/** Everything but text. Throws for an error part and for a stream that ends without a finish reason. */
function readPart(part: LanguageModelV4StreamPart, failure: FailureContext): ModelPart[] {
  if (part.type === "error") throw failureFromSdk(failure, part.error);
  if (part.type === "finish") return readFinish(part, failure);
  if (part.type !== "tool-call") return [];
  return [{ type: "tool-call", call: { id: part.toolCallId, name: part.toolName, input: parseToolInput(part.input) } }];
}

type FinishPart = Extract<LanguageModelV4StreamPart, { type: "finish" }>;

function readFinish(part: FinishPart, failure: FailureContext): ModelPart[] {
  const { unified, raw } = part.finishReason;
  if (unified === "error" || unified === "interrupted" || (unified === "other" && raw === undefined)) {
    throw cutOffFailure(failure);
  }
  const { inputTokens, outputTokens } = part.usage;
  const cached = inputTokens.cacheRead;
  return [
    {
      type: "usage",
      inputTokens: inputTokens.total ?? 0,
      outputTokens: outputTokens.total ?? 0,
      ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    },
    { type: "finish", reason: unified === "other" ? "stop" : unified },
  ];
}

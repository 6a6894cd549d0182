import type { LanguageModel, ModelPart, ModelRequest } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { type Clock, sleep } from "../kernel/clock.ts";

export interface RetryOptions {
  readonly clock: Clock;
  /** Waited before the second attempt when the vendor was overloaded; a broken connection is tried again at once. */
  readonly overloadedDelayMs?: number;
}

const defaultOverloadedDelayMs = 300;

/**
 * One more attempt for a model that stands alone, before it has said or called anything: a kept-alive connection that the
 * vendor has closed shows itself only at the next request. Not for models inside `withFallback`: there the next model
 * is the retry.
 */
export function withRetry(model: LanguageModel, options: RetryOptions): LanguageModel {
  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    let committed = false;
    try {
      for await (const part of model.generate(request)) {
        committed ||= part.type === "text" || part.type === "tool-call";
        yield part;
      }
      return;
    } catch (error) {
      if (committed || !(error instanceof ProviderError)) throw error;
      if (error.category !== "network" && error.category !== "overloaded") throw error;
      const delayMs = options.overloadedDelayMs ?? defaultOverloadedDelayMs;
      if (error.category === "overloaded") await sleep(options.clock, delayMs, request.signal);
    }
    if (!request.signal.aborted) yield* model.generate(request);
  }
  return {
    provider: model.provider,
    model: model.model,
    ...(model.prewarm === undefined ? {} : { prewarm: () => model.prewarm?.() }),
    generate,
  };
}

/** The same policy for one request that may be made twice without harm. */
export async function tryTwice<T>(ask: () => Promise<T>, options: RetryOptions & { signal: AbortSignal }): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError) || options.signal.aborted) throw error;
    if (error.category !== "network" && error.category !== "overloaded") throw error;
    const delayMs = options.overloadedDelayMs ?? defaultOverloadedDelayMs;
    if (error.category === "overloaded") await sleep(options.clock, delayMs, options.signal);
    return await ask();
  }
}

import type { LanguageModel, ModelPart, ModelRequest } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import { followSignal } from "./ai-sdk/request-lifetime.ts";
import { type Circuit, createCircuit, defaultSkipMs, type FallbackOptions, inOrder, requireSome } from "./circuit.ts";

export interface ModelFallbackOptions extends FallbackOptions {
  /** A model that has said nothing by then is replaced. Long enough for a tool call's arguments to be written unseen. */
  readonly firstTokenTimeoutMs?: number;
}

const defaultFirstTokenTimeoutMs = 4000;

interface Candidate {
  readonly model: LanguageModel;
  readonly circuit: Circuit;
}

/**
 * Several language models as one. A model that fails before it has said or called anything is replaced at once by the
 * next; afterwards its failure is thrown, because nothing may be said or done twice. A reply without text is no failure.
 */
export function withFallback(models: readonly LanguageModel[], options: ModelFallbackOptions): LanguageModel {
  const first = requireSome(models);
  const skipMs = options.skipMs ?? defaultSkipMs;
  const candidates = models.map((model): Candidate => ({ model, circuit: createCircuit(options.clock, skipMs) }));

  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    let failure: ProviderError | undefined;
    let before: LanguageModel | undefined;
    for (const candidate of inOrder(candidates)) {
      if (before !== undefined && failure !== undefined) {
        const change = { from: before.provider, to: candidate.model.provider, error: failure };
        options.onSwitch?.(change);
        request.onSwitch?.(change);
      }
      failure = yield* attempt(candidate, request, options);
      if (failure === undefined) return;
      before = candidate.model;
    }
    if (failure !== undefined) throw failure;
  }

  return {
    provider: first.provider,
    model: first.model,
    prewarm: () => {
      for (const model of models) model.prewarm?.();
    },
    generate,
  };
}

/** Runs one model to its end. Returns the failure when the next model may still take over, throws it when not. */
async function* attempt(
  { model, circuit }: Candidate,
  request: ModelRequest,
  options: ModelFallbackOptions,
): AsyncGenerator<ModelPart, ProviderError | undefined> {
  const lifetime = followSignal(request.signal);
  const parts = model.generate({ ...request, signal: lifetime.signal })[Symbol.asyncIterator]();
  const timeoutMs = options.firstTokenTimeoutMs ?? defaultFirstTokenTimeoutMs;
  let committed = false;
  let ended = false;
  const deadline = startDeadline(options.clock, timeoutMs, model.provider);
  try {
    for (;;) {
      const next: IteratorResult<ModelPart> = committed
        ? await parts.next()
        : await Promise.race([parts.next(), deadline.expired]);
      if (lifetime.aborted()) return undefined;
      if (next.done === true) break;
      committed ||= next.value.type === "tool-call" || (next.value.type === "text" && next.value.text !== "");
      if (committed) {
        deadline.cancel();
        circuit.succeed();
      }
      yield next.value;
    }
    ended = true;
    circuit.succeed();
    return undefined;
  } catch (error) {
    if (lifetime.aborted()) return undefined;
    ended = true;
    const failure = error instanceof ProviderError ? error : unexpected(model, error);
    circuit.fail(failure);
    if (committed) throw failure;
    return failure;
  } finally {
    deadline.cancel();
    lifetime.release();
    lifetime.stop();
    if (!ended) {
      circuit.leave();
      parts.return?.().catch(() => undefined);
    }
  }
}

function startDeadline(clock: Clock, timeoutMs: number, provider: string) {
  let cancel: () => void = () => undefined;
  const expired = new Promise<never>((_, reject) => {
    cancel = clock.setTimer(timeoutMs, () => {
      const said = `${provider} said nothing for ${timeoutMs} ms.`;
      reject(new ProviderError(said, { provider, category: "timeout", permanent: false }));
    });
  });
  expired.catch(() => undefined);
  return { expired, cancel: () => cancel() };
}

function unexpected(model: LanguageModel, cause: unknown): ProviderError {
  const said = `${model.provider} failed in an unforeseen way.`;
  return new ProviderError(said, { provider: model.provider, category: "protocol", permanent: false, cause });
}

/** The abort controller of one vendor request: follows the caller's signal and lets go of it when the request is over. */
export interface RequestLifetime {
  readonly signal: AbortSignal;
  /** True when the caller (not we) ended it. */
  readonly aborted: () => boolean;
  /** Stops the vendor's request, if it still runs. */
  stop(): void;
  release(): void;
}

export function followSignal(parent: AbortSignal): RequestLifetime {
  const controller = new AbortController();
  const stop = () => controller.abort();
  if (parent.aborted) stop();
  else parent.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    aborted: () => parent.aborted,
    stop,
    release: () => parent.removeEventListener("abort", stop),
  };
}

import type { ProviderSwitch } from "../call/ports.ts";
import type { ProviderError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";

/** Remembers that a provider failed: it is skipped for a while, then one request at a time may probe it. */
export interface Circuit {
  /** True when a request may go to the provider now. A request that is due as a probe counts as begun. */
  enter(): boolean;
  succeed(): void;
  fail(error: ProviderError): void;
  /** The request ended without showing anything, e.g. by an abort. */
  leave(): void;
}

export const defaultSkipMs = 30_000;

export function createCircuit(clock: Clock, skipMs: number): Circuit {
  let failedAtMs: number | undefined;
  let probing = false;
  return {
    enter() {
      if (failedAtMs === undefined) return true;
      if (probing || clock.now() - failedAtMs < skipMs) return false;
      probing = true;
      return true;
    },
    succeed() {
      failedAtMs = undefined;
      probing = false;
    },
    fail(error) {
      probing = false;
      // What the vendor refused in this request says nothing about the next one.
      if (error.category !== "bad-request" && error.category !== "content") failedAtMs = clock.now();
    },
    leave() {
      probing = false;
    },
  };
}

export interface FallbackOptions {
  readonly clock: Clock;
  /** How long a provider that failed is skipped. */
  readonly skipMs?: number;
  /** Called when a provider takes over from one that failed in this very request. */
  readonly onSwitch?: (change: ProviderSwitch) => void;
}

export function requireSome<T>(candidates: readonly T[]): T {
  const first = candidates[0];
  if (first === undefined) throw new Error("A fallback needs at least one provider.");
  return first;
}

/**
 * The candidates in their order, those that failed lately last: trying them again is better than silence. Lazy, so that
 * only a candidate whose turn comes is counted as probed.
 */
export function* inOrder<T extends { readonly circuit: Circuit }>(candidates: readonly T[]): Generator<T> {
  const skipped: T[] = [];
  for (const candidate of candidates) {
    if (candidate.circuit.enter()) yield candidate;
    else skipped.push(candidate);
  }
  yield* skipped;
}

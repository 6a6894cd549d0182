/**
 * Progressive lock-out for passwords and codes: after a few failures each next one doubles the wait. Counted for an account from one
 * address, and (more patiently, so that a stranger cannot easily keep a person out) for the account from anywhere.
 */
import { AppError } from "../../kernel/app-error.ts";
import { keyedHash } from "../crypto/envelope.ts";
import type { Counter, CounterStore } from "./counter.ts";
import { networkOf } from "./rate-limiter.ts";

/** Whose sign-in is tried (an id or an e-mail, in any form that is the same each time), and from which address. */
export interface SignInTry {
  readonly account: string;
  readonly address: string;
}

export interface LockOut {
  /** Throws AppError `too_many_requests` with the seconds to wait, while the account is locked. Ask before looking at the secret. */
  check(of: SignInTry): Promise<void>;
  fail(of: SignInTry): Promise<void>;
  /** The secret was right: the failures are forgotten. */
  succeed(of: SignInTry): Promise<void>;
}

interface Tier {
  readonly failures: Counter;
  readonly locks: Counter;
  readonly keyOf: (of: SignInTry) => string;
  readonly freeFailures: number;
  readonly longestSeconds: number;
}

const rememberedSeconds = 6 * 3600;
const firstWaitSeconds = 2;

export function createLockOut({ store, secret }: { store: CounterStore; secret: Buffer }): LockOut {
  const hidden = (...parts: string[]) => keyedHash(secret, parts.join("\0")).toString("base64url");
  const tier = (name: string, rest: Omit<Tier, "failures" | "locks">): Tier => ({
    ...rest,
    failures: store.counter(`failures:${name}`, rememberedSeconds),
    locks: store.counter(`lock:${name}`, rememberedSeconds),
  });
  const tiers = [
    tier("here", {
      keyOf: ({ account, address }) => hidden(account, networkOf(address)),
      freeFailures: 4,
      longestSeconds: 3600,
    }),
    tier("anywhere", { keyOf: ({ account }) => hidden(account), freeFailures: 19, longestSeconds: 900 }),
  ];
  return {
    async check(of) {
      const locks = await Promise.all(tiers.map((one) => one.locks.read(one.keyOf(of))));
      const waitMs = Math.max(...locks.map((lock) => (lock.used > 0 ? lock.resetMs : 0)));
      if (waitMs > 0) throw lockedFor(waitMs);
    },
    async fail(of) {
      await Promise.all(tiers.map((one) => lockAfterFailure(one, one.keyOf(of))));
    },
    async succeed(of) {
      await Promise.all(tiers.map((one) => one.failures.forget(one.keyOf(of))));
    },
  };
}

async function lockAfterFailure({ failures, locks, freeFailures, longestSeconds }: Tier, key: string): Promise<void> {
  const { used } = await failures.add(key);
  const beyond = used - freeFailures;
  if (beyond <= 0) return;
  await locks.set(key, 1, Math.min(longestSeconds, firstWaitSeconds * 2 ** Math.min(beyond - 1, 20)));
}

function lockedFor(waitMs: number): AppError {
  const seconds = Math.ceil(waitMs / 1000);
  return new AppError("too_many_requests", {
    publicMessage: `Too many failed attempts. Try again in ${seconds} s.`,
    retryAfterMs: waitMs,
  });
}

/** What keeps the platform from being asked too often. */
import type { Logger } from "pino";
import { toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import { deriveSecret } from "../platform/crypto/envelope.ts";
import { type CounterStore, createCounterStore } from "../platform/limits/counter.ts";
import { createLockOut, type LockOut } from "../platform/limits/lock-out.ts";
import { createRateLimiter, type RateLimiter } from "../platform/limits/rate-limiter.ts";
import { clock } from "./stores.ts";

export interface Limits {
  readonly requests: RateLimiter;
  readonly lockOut: LockOut;
  readonly counters: Pick<CounterStore, "counter">;
  close(): void;
}

/** Counted in Redis when there is one, so that many nodes count together. */
export function openLimits(config: Config, { masterKey }: { masterKey: Buffer }, log: Logger): Limits {
  const redis = config.redisUrl === undefined ? {} : { redisUrl: config.redisUrl };
  const store = createCounterStore({ ...redis, clock, log: toLogLine(log) });
  const secret = deriveSecret(masterKey, "limits");
  return {
    requests: createRateLimiter({ store, limits: config.rateLimits, secret }),
    lockOut: createLockOut({ store, secret }),
    counters: store,
    close: () => store.close(),
  };
}

/** Counts events for each key in windows of time: in Redis when it answers, in this process when it does not. */
import { createRequire } from "node:module";
import type { Redis } from "ioredis";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../db/log-line.ts";

export interface Count {
  readonly used: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/** Never throws and never waits long: a store that is gone is replaced by this process's own memory. */
export interface Counter {
  add(key: string): Promise<Count>;
  /** Zero when the key is not known. */
  read(key: string): Promise<Count>;
  /** The key counts as `used` for so many whole seconds. */
  set(key: string, used: number, seconds: number): Promise<void>;
  forget(key: string): Promise<void>;
}

export interface CounterStore {
  /** `name` keeps counters apart; each has a window of its own. */
  counter(name: string, windowSeconds: number): Counter;
  close(): void;
}

/** Slower than this and the answer is not worth waiting for. */
const answerWithinMs = 150;
/** After a failure Redis is left alone for so long: a hanging server costs one request its wait, not each. */
const pauseMs = 2000;
/** Counting needs no ceiling of the library's: what is too many is decided here. */
const points = 1_000_000_000;

interface SharedStore {
  readonly client: Redis;
  isUsable(): boolean;
  onFailure(): void;
}

export function createCounterStore(options: { redisUrl?: string; clock: Clock; log: LogLine }): CounterStore {
  const shared = options.redisUrl === undefined ? undefined : connectRedis({ ...options, redisUrl: options.redisUrl });
  return {
    counter(name, windowSeconds) {
      const common = { keyPrefix: `parley:${name}`, points, duration: windowSeconds };
      const own = new RateLimiterMemory(common);
      if (shared === undefined) return counterOver((use) => use(own));
      const redis = new RateLimiterRedis({ ...common, storeClient: shared.client, rejectIfRedisNotReady: true });
      return counterOver(async (use) => {
        if (!shared.isUsable()) return await use(own);
        try {
          return await use(redis);
        } catch (error) {
          if (error instanceof RateLimiterRes) throw error;
          shared.onFailure();
          return await use(own);
        }
      });
    },
    close: () => shared?.client.disconnect(),
  };
}

function connectRedis({ redisUrl, clock, log }: { redisUrl: string; clock: Clock; log: LogLine }): SharedStore {
  // Where there is no Redis, nobody pays for its library.
  const library = createRequire(import.meta.url)("ioredis") as typeof import("ioredis");
  const client = new library.Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerWithinMs,
    connectTimeout: 2000,
    retryStrategy: (attempt) => Math.min(200 * attempt, 2000),
  });
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let isDown = false;
  const tell = (down: boolean) => {
    if (down === isDown) return;
    isDown = down;
    if (down) log("warn", "Redis does not answer; limits are counted in this process until it does");
    else log("info", "Redis answers; limits are counted there");
  };
  // Without a listener a lost connection ends the process.
  client.on("error", () => tell(true));
  client.on("ready", () => {
    pausedUntilMs = Number.NEGATIVE_INFINITY;
    tell(false);
  });
  return {
    client,
    isUsable: () => client.status === "ready" && clock.now() >= pausedUntilMs,
    onFailure() {
      pausedUntilMs = clock.now() + pauseMs;
      tell(true);
      clock.setTimer(pauseMs, () => client.status === "ready" && tell(false));
    },
  };
}

type Use = <T>(run: (limiter: RateLimiterAbstract) => Promise<T>) => Promise<T>;

function counterOver(use: Use): Counter {
  const toCount = (result: RateLimiterRes | null): Count => ({
    used: result?.consumedPoints ?? 0,
    resetMs: Math.max(0, result?.msBeforeNext ?? 0),
  });
  return {
    add: async (key) => toCount(await use((limiter) => limiter.consume(key).catch(asResult))),
    read: async (key) => toCount(await use((limiter) => limiter.get(key))),
    async set(key, used, seconds) {
      await use((limiter) => limiter.set(key, used, seconds));
    },
    async forget(key) {
      await use((limiter) => limiter.delete(key));
    },
  };
}

/** The library rejects with the count itself when a key has more than its points. */
function asResult(error: unknown): RateLimiterRes {
  if (error instanceof RateLimiterRes) return error;
  throw error;
}

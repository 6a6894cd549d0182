/** How many requests an address, an account, an API key and an organisation may make in a minute. */
import { isIPv6 } from "node:net";
import { keyedHash } from "../crypto/envelope.ts";
import type { CounterStore } from "./counter.ts";

/** `strict` counts the requests of an address that try passwords and codes, or send mail. */
export const rateClasses = ["address", "strict", "account", "api-key", "organization"] as const;
export type RateClass = (typeof rateClasses)[number];

/** Requests a minute. */
export type RateLimits = Readonly<Record<RateClass, number>>;

export interface RateVerdict {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

export interface RateLimiter {
  /** Counts one request. Never throws. `subject`: an address, or an id. */
  take(rateClass: RateClass, subject: string): Promise<RateVerdict>;
}

const windowSeconds = 60;

export function createRateLimiter(options: {
  store: CounterStore;
  limits: RateLimits;
  /** Addresses are kept as keyed hashes: a shared store holds nobody's address. */
  secret: Buffer;
}): RateLimiter {
  const { store, limits, secret } = options;
  const counterOf = (rateClass: RateClass) => store.counter(`rate:${rateClass}`, windowSeconds);
  const counters = new Map(rateClasses.map((rateClass) => [rateClass, counterOf(rateClass)]));
  const keyOf = (rateClass: RateClass, subject: string) =>
    rateClass === "address" || rateClass === "strict"
      ? keyedHash(secret, networkOf(subject)).toString("base64url")
      : subject;
  return {
    async take(rateClass, subject) {
      const limit = limits[rateClass];
      const count = await counters.get(rateClass)?.add(keyOf(rateClass, subject));
      const used = count?.used ?? 0;
      const remaining = Math.max(0, limit - used);
      return { isAllowed: used <= limit, limit, remaining, resetMs: count?.resetMs ?? 0 };
    },
  };
}

/** One subscriber holds a whole /64 of IPv6; an IPv4 address in IPv6's clothes is itself. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = address.split("%")[0] ?? address;
  if (!isIPv6(plain)) return address;
  const [head = "", tail = ""] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const middle = plain.includes("::") ? Array.from({ length: 8 - before.length - after.length }, () => "0") : [];
  const groups = [...before, ...middle, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Calls that were announced and whose socket has not come: one token, one use, a short life. */
import type { Clock } from "../../kernel/clock.ts";
import type { CallAssignment } from "../process-messages.ts";

export interface WaitingCall<Prepared> {
  readonly assignment: CallAssignment;
  readonly prepared: Prepared;
}

export type TokenFault = "missing-token" | "unknown-token" | "used-token" | "expired-token";

export interface WaitingCalls<Prepared> {
  add(call: WaitingCall<Prepared>): void;
  /** Uses the token up. */
  take(token: string | undefined): WaitingCall<Prepared> | TokenFault;
  /** For legs that need no socket. */
  takeCall(callId: string): WaitingCall<Prepared> | undefined;
  /** It is not coming: true when it was waited for. */
  withdraw(callId: string): boolean;
  has(callId: string): boolean;
  readonly size: number;
  clear(): void;
}

/** How long used and expired tokens are told apart from unknown ones, for the counters only. */
const rememberedTokens = 2000;

export function createWaitingCalls<Prepared>(
  clock: Clock,
  onExpired: (call: WaitingCall<Prepared>) => void,
): WaitingCalls<Prepared> {
  const byToken = new Map<string, WaitingCall<Prepared> & { cancel: () => void }>();
  const spent = new Map<string, "used-token" | "expired-token">();

  const spend = (token: string, how: "used-token" | "expired-token") => {
    byToken.get(token)?.cancel();
    byToken.delete(token);
    spent.set(token, how);
    const [oldest] = spent.keys();
    if (spent.size > rememberedTokens && oldest !== undefined) spent.delete(oldest);
  };

  const expire = (token: string) => {
    const call = byToken.get(token);
    if (!call) return;
    spend(token, "expired-token");
    onExpired(call);
  };

  const tokenOf = (callId: string) => [...byToken].find(([, call]) => call.assignment.plan.callId === callId)?.[0];
  const take = (token: string | undefined): WaitingCall<Prepared> | TokenFault => {
    if (token === undefined || token === "") return "missing-token";
    const call = byToken.get(token);
    if (!call) return spent.get(token) ?? "unknown-token";
    if (clock.wallNow() >= call.assignment.expiresAtMs) {
      expire(token);
      return "expired-token";
    }
    spend(token, "used-token");
    return call;
  };

  return {
    add(call) {
      const { token, expiresAtMs } = call.assignment;
      const cancel = clock.setTimer(expiresAtMs - clock.wallNow(), () => expire(token));
      byToken.set(token, { ...call, cancel });
    },
    take,
    takeCall(callId) {
      const taken = take(tokenOf(callId));
      return typeof taken === "string" ? undefined : taken;
    },
    withdraw(callId) {
      const token = tokenOf(callId);
      if (token !== undefined) expire(token);
      return token !== undefined;
    },
    has: (callId) => tokenOf(callId) !== undefined,
    get size() {
      return byToken.size;
    },
    clear() {
      for (const token of [...byToken.keys()]) expire(token);
    },
  };
}

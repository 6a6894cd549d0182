/** Tokens that open a call's live socket once: for pages whose WebSocket can carry no header. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";

export interface LiveTokens {
  issue(of: LiveTokenOwner): { token: string; expiresAtMs: number };
  /** Uses it up. Undefined: unknown, used, expired, or of another call. */
  take(token: string, callId: string): LiveTokenOwner | undefined;
}

export interface LiveTokenOwner {
  readonly orgId: string;
  readonly callId: string;
}

const tokenLifeMs = 60_000;

export function createLiveTokens(clock: Clock): LiveTokens {
  const tokens = new Map<string, LiveTokenOwner & { expiresAtMs: number }>();
  return {
    issue(of) {
      const token = randomBytes(32).toString("base64url");
      const expiresAtMs = clock.wallNow() + tokenLifeMs;
      tokens.set(token, { ...of, expiresAtMs });
      clock.setTimer(tokenLifeMs, () => tokens.delete(token));
      return { token, expiresAtMs };
    },
    take(token, callId) {
      const owner = tokens.get(token);
      tokens.delete(token);
      if (owner?.callId !== callId || owner.expiresAtMs <= clock.wallNow()) return undefined;
      return { orgId: owner.orgId, callId };
    },
  };
}

/** Too many requests are refused early: by address before anything is looked up, then by who asks and for which organisation. */
import type { RouteDefinition } from "@parley/contract/route";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { Principal } from "../../platform/http/principal.ts";
import type { RateLimiter, RateVerdict } from "../../platform/limits/rate-limiter.ts";

/** Throws AppError `too_many_requests`. */
export async function limitAddress(
  limiter: RateLimiter,
  route: RouteDefinition,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const classes = route.limit === "strict" ? (["strict", "address"] as const) : (["address"] as const);
  const verdicts = await Promise.all(classes.map((rateClass) => limiter.take(rateClass, request.ip)));
  judge(verdicts, reply, "this address");
}

/** Throws AppError `too_many_requests`. */
export async function limitPrincipal(limiter: RateLimiter, principal: Principal, reply: FastifyReply): Promise<void> {
  const { orgId } = principal;
  const verdicts = await Promise.all([
    principal.kind === "user" ? limiter.take("account", principal.userId) : limiter.take("api-key", principal.keyId),
    ...(orgId === undefined ? [] : [limiter.take("organization", orgId)]),
  ]);
  judge(verdicts, reply, principal.kind === "user" ? "you or your organisation" : "this API key or its organisation");
}

/** The answer tells of the limit that is nearest. */
function judge(verdicts: readonly RateVerdict[], reply: FastifyReply, whose: string): void {
  const [nearest] = verdicts.toSorted((left, right) => share(left) - share(right));
  if (nearest === undefined) return;
  const { limit, remaining, resetMs, isAllowed } = nearest;
  const told = reply.getHeader("ratelimit-remaining");
  if (!isAllowed || told === undefined || remaining < Number(told)) {
    void reply.headers({
      "ratelimit-limit": limit,
      "ratelimit-remaining": remaining,
      "ratelimit-reset": Math.ceil(resetMs / 1000),
    });
  }
  if (isAllowed) return;
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  throw new AppError("too_many_requests", {
    publicMessage: `Too many requests from ${whose}: ${limit} a minute. Try again in ${seconds} s.`,
    retryAfterMs: resetMs,
  });
}

const share = ({ isAllowed, remaining, limit }: RateVerdict) => (isAllowed ? remaining / limit : -1);

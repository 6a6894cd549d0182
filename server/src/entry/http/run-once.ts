/** A write with an `Idempotency-Key` is done once; the second request gets the first one's answer. */
import type { RouteDefinition } from "@parley/contract/route";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { Idempotency } from "../../platform/http/idempotency.ts";
import type { Principal } from "../../platform/http/principal.ts";
import { takesIdempotencyKey } from "./openapi-document.ts";

interface Write {
  readonly route: RouteDefinition;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly principal: Principal | undefined;
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

function keyOf({ route, request }: Write): string | undefined {
  const header = request.headers["idempotency-key"];
  // Of a public route too there is nothing to keep: its answers are tokens, or the same each time.
  if (header === undefined || !takesIdempotencyKey(route)) return undefined;
  if (typeof header !== "string" || !keyPattern.test(header)) {
    throw new AppError("bad_request", {
      publicMessage: "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.",
    });
  }
  return header;
}

/** `run` is told the claim it acts under. A file's content is known by its length only. */
export async function runOnce(
  idempotency: Idempotency,
  write: Write,
  run: (claimId: string | undefined) => Promise<unknown>,
): Promise<unknown> {
  const { route, request, reply, principal } = write;
  const key = keyOf(write);
  const orgId = principal?.orgId;
  if (key === undefined || principal === undefined || orgId === undefined) return await run(undefined);
  const body = route.upload ? (request.headers["content-length"] ?? "") : JSON.stringify(request.body ?? null);
  const partyId = principal.kind === "user" ? principal.userId : principal.keyId;
  const begun = await idempotency.begin({
    orgId,
    partyId,
    key,
    fingerprint: `${request.method} ${request.url}\n${body}`,
  });
  if (begun.kind === "answer") {
    void reply.code(begun.status).header("idempotency-replayed", "true");
    return begun.body;
  }
  const { claimId } = begun;
  try {
    const result = await run(claimId);
    await idempotency.answer({ orgId, claimId, status: route.response.status, body: result });
    return result;
  } catch (error) {
    await idempotency.release({ orgId, claimId });
    throw error;
  }
}

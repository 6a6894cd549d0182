/** From a wish to a waiting media process: plan, token, announcement. */
import { randomBytes } from "node:crypto";
import type { CallAssignment } from "../process-messages.ts";
import type { ApiParts, PlanRequest, PlanVerdict } from "./api-parts.ts";

const tokenLifeMs = 60_000;

export type AnnouncedCall =
  | { readonly verdict: "answer"; readonly assignment: CallAssignment; readonly mediaIndex: number }
  | Exclude<PlanVerdict, { verdict: "answer" }>;

/** Throws AppError `at_capacity` or `draining`. */
export async function announceCall(
  parts: ApiParts,
  request: PlanRequest & { externalId?: string },
): Promise<AnnouncedCall> {
  const compiled = await parts.planCall(request);
  if (compiled.verdict !== "answer") return compiled;
  const assignment: CallAssignment = {
    plan: compiled.plan,
    providers: compiled.providers,
    channel: request.channel,
    token: randomBytes(32).toString("base64url"),
    expiresAtMs: parts.clock.wallNow() + tokenLifeMs,
    ...(request.externalId === undefined ? {} : { externalId: request.externalId }),
  };
  const { mediaIndex } = await parts.link.request("announce", assignment);
  parts.book.add(assignment, mediaIndex);
  return { verdict: "answer", assignment, mediaIndex };
}

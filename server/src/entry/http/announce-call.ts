/** From a wish to a waiting media process: plan, token, announcement. */
import { randomBytes } from "node:crypto";
import type { CallAssignment } from "../process-messages.ts";
import type { ApiParts, PlanRequest, PlanVerdict } from "./api-parts.ts";

const tokenLifeMs = 60_000;

export type AnnouncedCall =
  | { readonly verdict: "answer"; readonly assignment: CallAssignment; readonly mediaIndex: number }
  | Exclude<PlanVerdict, { verdict: "answer" }>;

interface Announcement extends PlanRequest {
  readonly externalId?: string;
  /** How long the media process waits, warm; a minute unless told. */
  readonly waitMs?: number;
}

type Announcing = Pick<ApiParts, "planCall" | "clock" | "link" | "book">;

/** Throws AppError `at_capacity` or `draining`. */
export async function announceCall(parts: Announcing, announcement: Announcement): Promise<AnnouncedCall> {
  const { waitMs = tokenLifeMs, externalId, ...request } = announcement;
  const compiled = await parts.planCall(request);
  if (compiled.verdict !== "answer") return compiled;
  const assignment: CallAssignment = {
    plan: compiled.plan,
    providers: compiled.providers,
    channel: request.channel,
    token: randomBytes(32).toString("base64url"),
    expiresAtMs: parts.clock.wallNow() + waitMs,
    ...(externalId === undefined ? {} : { externalId }),
  };
  const { mediaIndex } = await parts.link.request("announce", assignment);
  parts.book.add(assignment, mediaIndex);
  return { verdict: "answer", assignment, mediaIndex };
}

/** Announced while it rings: the vendors are warm and the greeting is ready when somebody answers. */
export function createPlacedCallAnnouncer(parts: Announcing): {
  announce(request: PlanRequest & { callId: string; waitMs: number }): Promise<void>;
  withdraw(callId: string): Promise<void>;
} {
  return {
    async announce(request) {
      await announceCall(parts, request);
    },
    async withdraw(callId) {
      if (parts.book.find(callId)?.state !== "waiting") return;
      // It expires by itself where it cannot be told.
      await parts.link.request("control", { callId, command: { type: "hang-up" } }).catch(() => undefined);
    },
  };
}

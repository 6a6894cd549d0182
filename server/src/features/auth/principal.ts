/** What a session's bearer may do now: asked of the database with each request, so a revoked session or a changed role counts at once. */
import { permissionsOf } from "@parley/contract/permission";
import { and, eq, gt, isNull } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { UserPrincipal } from "../../platform/http/principal.ts";
import { memberships } from "../organizations/index.ts";
import type { AccessTokens } from "./access-token.ts";
import { sessions, users } from "./auth.tables.ts";

export interface PrincipalParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
}

/** Throws AppError `token_expired`, or `unauthorized` for a token or a session that does not stand. */
export async function readPrincipal(
  { db, clock, accessTokens }: PrincipalParts,
  accessToken: string,
  byCookie: boolean,
): Promise<UserPrincipal> {
  const { userId, sessionId, orgId } = await accessTokens.verify(accessToken);
  const now = new Date(clock.wallNow());
  const [row] = await db.withUser(userId, (tx) =>
    tx
      .select({ isInstallationAdmin: users.isInstallationAdmin, role: memberships.role })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(memberships, and(eq(memberships.userId, users.id), eq(memberships.orgId, orgId ?? "")))
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt), gt(sessions.expiresAt, now))),
  );
  if (row === undefined)
    throw new AppError("unauthorized", { publicMessage: "This session has ended. Sign in again." });
  const { role, isInstallationAdmin } = row;
  const inOrganization =
    role === null || orgId === undefined
      ? { orgId: undefined, role: undefined, permissions: [] }
      : { orgId, role, permissions: permissionsOf[role] };
  return { kind: "user", userId, sessionId, ...inOrganization, isInstallationAdmin, byCookie };
}

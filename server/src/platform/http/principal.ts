/** Who is asking, once they are known. */
import type { Permission, Role } from "@parley/contract/permission";

/** A person, in one of their organisations (or in none yet). */
export interface UserPrincipal {
  readonly kind: "user";
  readonly userId: string;
  readonly sessionId: string;
  readonly orgId: string | undefined;
  readonly role: Role | undefined;
  readonly permissions: readonly Permission[];
  readonly isInstallationAdmin: boolean;
  /** The cookie travels by itself, so only our own pages may use it. */
  readonly byCookie: boolean;
}

export interface KeyPrincipal {
  readonly kind: "api-key";
  readonly keyId: string;
  readonly orgId: string;
  readonly permissions: readonly Permission[];
}

export type Principal = UserPrincipal | KeyPrincipal;

/** Who did it, for the audit log: ids only. */
export interface Actor {
  readonly kind: "user" | "api-key" | "caller" | "system" | "installation-admin";
  /** Of the user, key or call; `system` for jobs. */
  readonly id: string;
  /** Of the Idempotency-Key it acts under: the deed's transaction commits it. */
  readonly claimId?: string;
  /** Whose the claim is: an organisation that is made or judged by somebody of another one keeps nothing of it. */
  readonly claimOrgId?: string;
}

export function actorOf(principal: Principal, claimId?: string): Actor {
  const { orgId } = principal;
  const claim = claimId === undefined || orgId === undefined ? {} : { claimId, claimOrgId: orgId };
  if (principal.kind === "user") return { kind: "user", id: principal.userId, ...claim };
  return { kind: "api-key", id: principal.keyId, ...claim };
}

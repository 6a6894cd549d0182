/** What the feature's files share. */
import { type Permission, permissionsOf, type Role } from "@parley/contract/permission";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx, UserTx } from "../../platform/db/org-db.ts";
import type { Actor, Principal } from "../../platform/http/principal.ts";
import type { Mailer } from "../../platform/mail/send-mail.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations, Standings } from "../organizations/index.ts";

export interface InvitedPerson {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly language: string;
  readonly timeZone: string;
}

/** What is asked of the people's own feature. */
export interface PeopleOfMembers {
  /** Undefined when nobody has that address. */
  findByEmail(email: string): Promise<string | undefined>;
  hashOfEmail(email: string): Buffer;
  read(tx: UserTx, userId: string): Promise<{ readonly email: string } | undefined>;
  /** Members of the bound organisation; others are left out. */
  readMembers(tx: OrgTx, userIds: readonly string[]): Promise<{ id: string; email: string; name: string }[]>;
  /** Hashes the password now; what it returns makes the account, with a verified address, in a transaction bound to the person. */
  prepareAccount(person: InvitedPerson): Promise<(tx: UserTx) => Promise<void>>;
}

export interface MemberParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly audit: AuditLog;
  readonly organizations: Organizations;
  readonly standings: Standings;
  readonly mailer: Mailer;
  readonly people: PeopleOfMembers;
  /** What a member made can do no more than the member. */
  readonly narrowKeys: (tx: OrgTx, userId: string, permissions: readonly Permission[]) => Promise<void>;
  /** Where the mails' links lead. */
  readonly origin: () => string;
}

export interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
  readonly role: Role;
}

/** A key is no owner, whatever it may do. */
export function roleOf(principal: Principal): Role {
  if (principal.kind === "api-key") return "admin";
  return principal.role ?? "viewer";
}

/** A key with few permissions must not make a person with more: they would act in its stead. Throws AppError `forbidden`. */
export function requireMayGive(principal: Principal, role: Role): void {
  if (principal.kind === "user" || role === "owner") return;
  const lacking = permissionsOf[role].filter((permission) => !principal.permissions.includes(permission));
  if (lacking.length === 0) return;
  throw new AppError("forbidden", {
    publicMessage: `role: this API key cannot give what it does not have: ${lacking.join(", ")}.`,
  });
}

/** Owners alone make, demote and remove owners. */
export function requireMayTouch(asker: Role, ...touched: readonly Role[]): void {
  if (asker === "owner" || !touched.includes("owner")) return;
  throw new AppError("forbidden", { publicMessage: "Only an owner may make, demote or remove an owner." });
}

/** Changes of an organisation's members go one after the other: the last owner and the limit hold under haste too. */
export async function lockMembers(tx: OrgTx, orgId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`members:${orgId}`}, 0))`);
}

export const permissionsAs = (role: Role): readonly Permission[] => permissionsOf[role];

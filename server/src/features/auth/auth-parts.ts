/** What the feature's files share. */
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx, UserTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { LockOut } from "../../platform/limits/lock-out.ts";
import type { Mailer } from "../../platform/mail/send-mail.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { userCredentials } from "./auth.tables.ts";
import type { OneTimeTokens } from "./one-time-tokens.ts";
import { verifyPassword } from "./password.ts";
import type { People } from "./people.ts";
import type { SecondFactor } from "./second-factor.ts";
import type { Sessions } from "./sessions.ts";

export interface AuthParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly audit: AuditLog;
  readonly mailer: Mailer;
  readonly lockOut: LockOut;
  readonly organizations: Pick<Organizations, "create">;
  readonly people: People;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly oneTimeTokens: OneTimeTokens;
  /** True with a database of the owner's: the first person who signs up administers the installation. */
  readonly firstPersonAdministers: boolean;
  /** Where the mails' links lead: never what a request says of itself. */
  readonly origin: () => string;
}

/** Who acts, and in which organisation's audit log it is told. */
export interface Self {
  readonly userId: string;
  readonly orgId: string | undefined;
  /** Of the request; the person themselves unless told. */
  readonly actor?: Actor;
}

/** A person's own deed, with its audit entry where they are in an organisation. */
export async function doAsPerson<T>(
  { db, audit }: Pick<AuthParts, "db" | "audit">,
  { self, action }: { self: Self; action: string },
  work: (tx: UserTx) => Promise<T>,
): Promise<T> {
  const { userId, orgId } = self;
  if (orgId === undefined) return await db.withUser(userId, work);
  const actor: Actor = self.actor ?? { kind: "user", id: userId };
  return await db.withUserInOrg({ userId, orgId }, async (tx: UserTx & OrgTx) => {
    const result = await work(tx);
    await audit.append(tx, { orgId, actor, action, subject: userId });
    return result;
  });
}

export async function readCredentials(tx: UserTx, userId: string) {
  const [row] = await tx.select().from(userCredentials).where(eq(userCredentials.userId, userId));
  return row;
}

/** Throws AppError `bad_request` when it is not the person's password, `too_many_requests` after too many tries. */
export async function requirePassword(
  { db, lockOut }: Pick<AuthParts, "db" | "lockOut">,
  { userId, password, address }: { userId: string; password: string | undefined; address: string },
): Promise<void> {
  const attempt = { account: userId, address };
  await lockOut.check(attempt);
  if (password === undefined) throw badRequest("currentPassword: send your password too.");
  const kept = await db.withUser(userId, (tx) => readCredentials(tx, userId));
  if (await verifyPassword(password, kept)) return await lockOut.succeed(attempt);
  await lockOut.fail(attempt);
  throw badRequest(
    kept?.passwordHash
      ? "currentPassword: this is not your password."
      : "currentPassword: your account has no password yet. Ask for a password reset to make one.",
  );
}

export const badRequest = (publicMessage: string) => new AppError("bad_request", { publicMessage });

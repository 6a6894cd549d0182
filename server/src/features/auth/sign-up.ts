/** Making an account, and the first organisation with it: all in one transaction. */
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { DbError } from "../../platform/db/db-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx, UserTx } from "../../platform/db/org-db.ts";
import { userCredentials } from "./auth.tables.ts";
import type { AuthParts } from "./auth-parts.ts";
import { composeMail } from "./mail-texts.ts";
import { hashPassword, type PasswordHash } from "./password.ts";
import type { Device, OpenedSession } from "./sessions.ts";

export interface SignUp {
  readonly email: string;
  /** Undefined for people who sign in elsewhere; their address is verified there. */
  readonly password: string | undefined;
  readonly name: string;
  readonly language: string;
  readonly timeZone: string;
  readonly organizationName?: string;
  readonly device: Device;
}

/** Any number will do as long as every Parley uses the same: the first person is one. */
const firstPersonLock = 7_275_392;

/** Throws AppError `conflict` when the address has an account. */
export async function signUp(parts: AuthParts, given: SignUp): Promise<OpenedSession> {
  const { db, clock, oneTimeTokens, mailer } = parts;
  const isVerified = given.password === undefined;
  const hash = given.password === undefined ? undefined : await hashPassword(given.password);
  const userId = newId("user", clock.wallNow());
  const { organizationName: name } = given;
  const orgId = name === undefined ? undefined : newId("org", clock.wallNow());
  const make = async (tx: UserTx) => {
    await insertPerson(parts, tx, { userId, given, hash });
    return isVerified ? undefined : await oneTimeTokens.make(tx, { userId, purpose: "verify-email" });
  };
  const open = (tx: UserTx) =>
    parts.sessions.open(tx, userId, { device: given.device, ...(orgId === undefined ? {} : { orgId }) });
  const made =
    orgId === undefined || name === undefined
      ? db.withUser(userId, async (tx) => ({ token: await make(tx), session: await open(tx) }))
      : db.withUserInOrg({ userId, orgId }, async (tx) => {
          const token = await make(tx);
          await makeOrganization(parts, tx, { userId, orgId, name });
          return { token, session: await open(tx) };
        });
  const { token, session } = await made.catch(explainTaken);
  if (token !== undefined) {
    const { email: to, language } = given;
    mailer.sendSoon(async () => composeMail({ kind: "verify-email", to, language, token, origin: parts.origin() }));
  }
  return session;
}

async function makeOrganization(
  { organizations, audit }: AuthParts,
  tx: OrgTx,
  { userId, orgId, name }: { userId: string; orgId: string; name: string },
): Promise<void> {
  await organizations.create(tx, { orgId, name, ownerId: userId });
  await audit.append(tx, { orgId, actor: { kind: "user", id: userId }, action: "auth.sign-up", subject: orgId });
}

async function insertPerson(
  parts: AuthParts,
  tx: UserTx,
  { userId, given, hash }: { userId: string; given: SignUp; hash: PasswordHash | undefined },
): Promise<void> {
  const { email, name, language, timeZone } = given;
  const person = { id: userId, email, name, language, timeZone, isEmailVerified: hash === undefined };
  await parts.people.insert(tx, { ...person, isInstallationAdmin: await isFirst(parts, tx) });
  await tx.insert(userCredentials).values({ userId, updatedAt: new Date(parts.clock.wallNow()), ...hash });
}

async function isFirst({ firstPersonAdministers }: AuthParts, tx: UserTx): Promise<boolean> {
  if (!firstPersonAdministers) return false;
  await tx.execute(sql`select pg_advisory_xact_lock(${firstPersonLock})`);
  const { rows } = await tx.execute(sql`select id from first_person() as t(id)`);
  return rows.length === 0;
}

function explainTaken(error: unknown): never {
  if (error instanceof DbError && error.constraint === "users_email_hash_key") {
    throw new AppError("conflict", {
      publicMessage: "email: this address has an account already. Sign in, or reset its password.",
    });
  }
  throw error;
}

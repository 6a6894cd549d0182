/** What a person reads and changes of themselves. */
import type { Account } from "@parley/contract/account";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { UserTx } from "../../platform/db/org-db.ts";
import type { Actor, UserPrincipal } from "../../platform/http/principal.ts";
import { type AuthParts, badRequest, doAsPerson, readCredentials, requirePassword, type Self } from "./auth-parts.ts";
import { composeMail } from "./mail-texts.ts";
import { normaliseEmail, type Person } from "./people.ts";

/** The person who asks, from where. */
export interface Asking {
  readonly principal: UserPrincipal;
  readonly actor: Actor;
  readonly address: string;
}

export const selfOf = ({ principal: { userId, orgId }, actor }: Omit<Asking, "address">): Self => ({
  ...{ userId, orgId, actor },
});

export interface ProfileChange {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly language?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly currentPassword?: string | undefined;
}

const gone = () => new AppError("unauthorized", { publicMessage: "This account is not there any more." });

export async function readAccount(parts: AuthParts, principal: UserPrincipal): Promise<Account> {
  const { userId } = principal;
  return await parts.db.withUser(userId, async (tx) => {
    const person = await parts.people.read(tx, userId);
    if (person === undefined) throw gone();
    const credentials = await readCredentials(tx, userId);
    const pending = await parts.oneTimeTokens.pendingAddress(tx, userId);
    const pendingEmail = pending && (await openPending(parts, tx, { userId, sealed: pending.sealedEmail }));
    return {
      ...{ id: userId, name: person.name, email: person.email, emailVerified: person.isEmailVerified },
      ...{ pendingEmail: pendingEmail ?? null, language: person.language, timeZone: person.timeZone },
      hasPassword: (credentials?.passwordHash ?? null) !== null,
      secondFactor: (credentials?.totpConfirmedAt ?? null) !== null,
      recoveryCodesLeft: await parts.secondFactor.recoveryCodesLeft(tx, userId),
      isInstallationAdmin: person.isInstallationAdmin,
      sessionId: principal.sessionId,
      organizationId: principal.orgId ?? null,
      organizations: await readOrganizations(tx, userId),
      createdAt: new Date(person.createdAtMs).toISOString(),
    };
  });
}

const openPending = async (parts: AuthParts, tx: UserTx, { userId, sealed }: { userId: string; sealed: Buffer }) =>
  String(await parts.people.open(tx, { userId, column: "new-email" }, sealed));

/** The oldest first. */
async function readOrganizations(tx: UserTx, userId: string): Promise<Account["organizations"]> {
  const { rows } = await tx.execute<Account["organizations"][number]>(
    sql`select o.org_id as id, o.name, m.role from memberships m join organizations o on o.org_id = m.org_id
        where m.user_id = ${userId} order by m.created_at, o.org_id`,
  );
  return rows.map(({ id, name, role }) => ({ id, name, role }));
}

/** A new address counts once its mail is answered; the old one is told. */
export async function changeProfile(parts: AuthParts, asking: Asking, change: ProfileChange): Promise<void> {
  const { principal, address } = asking;
  const { userId } = principal;
  const person = await parts.db.withUser(userId, (tx) => parts.people.read(tx, userId));
  if (person === undefined) throw gone();
  const { name, language, timeZone, email } = change;
  const isNewEmail = email !== undefined && normaliseEmail(email) !== normaliseEmail(person.email);
  if (isNewEmail) await requirePassword(parts, { userId, password: change.currentPassword, address });
  const plain = Object.fromEntries(
    Object.entries({ name, language, timeZone }).filter(([, value]) => value !== undefined),
  );
  const token = await doAsPerson(parts, { self: selfOf(asking), action: "account.update" }, async (tx) => {
    await parts.people.change(tx, userId, plain);
    return isNewEmail ? await makeChangeToken(parts, tx, { userId, email }) : undefined;
  });
  if (token !== undefined && email !== undefined) tellBoth(parts, { person, language, email, token });
}

async function makeChangeToken(
  { people, oneTimeTokens }: AuthParts,
  tx: UserTx,
  { userId, email }: { userId: string; email: string },
): Promise<string> {
  const sealedEmail = await people.seal(tx, { userId, column: "new-email" }, email.trim());
  const newAddress = { emailHash: people.hashOfEmail(email), sealedEmail };
  return await oneTimeTokens.make(tx, { userId, purpose: "verify-email", newAddress });
}

function tellBoth(
  { mailer, origin }: AuthParts,
  about: { person: Person; language: string | undefined; email: string; token: string },
): void {
  const { person, email, token } = about;
  const common = { language: about.language ?? person.language, origin: origin() };
  mailer.sendSoon(async () => composeMail({ ...common, kind: "verify-email", to: email, token }));
  mailer.sendSoon(async () => composeMail({ ...common, kind: "email-change", to: person.email }));
}

/** Throws AppError `conflict` when the address is verified already. */
export async function resendVerification(parts: AuthParts, asking: Asking): Promise<void> {
  const self = selfOf(asking);
  const { userId } = self;
  const mail = await doAsPerson(parts, { self, action: "account.resend-verification" }, async (tx) => {
    const person = await parts.people.read(tx, userId);
    if (person === undefined) throw gone();
    const pending = await parts.oneTimeTokens.pendingAddress(tx, userId);
    if (pending === undefined && person.isEmailVerified) {
      throw new AppError("conflict", { publicMessage: "Your address is verified already." });
    }
    const to =
      pending === undefined ? person.email : await openPending(parts, tx, { userId, sealed: pending.sealedEmail });
    const newAddress = pending === undefined ? {} : { newAddress: pending };
    const token = await parts.oneTimeTokens.make(tx, { userId, purpose: "verify-email", ...newAddress });
    return { to, language: person.language, token };
  });
  parts.mailer.sendSoon(async () => composeMail({ ...mail, kind: "verify-email", origin: parts.origin() }));
}

/** Throws AppError `bad_request` for a token that does not stand, `conflict` when the new address has become somebody else's. */
export async function verifyEmail(parts: AuthParts, token: string): Promise<void> {
  const { people, oneTimeTokens } = parts;
  const used = await oneTimeTokens
    .use(token, "verify-email", async (tx, { userId, newAddress }) => {
      const sealed = newAddress?.sealedEmail;
      const email = sealed === undefined ? {} : { email: await openPending(parts, tx, { userId, sealed }) };
      await people.change(tx, userId, { ...email, isEmailVerified: true });
      // A reset sent to the former address must not outlive it.
      await oneTimeTokens.drop(tx, userId, "reset-password");
      return true;
    })
    .catch((error: unknown) => {
      if (!(error instanceof DbError) || error.constraint !== "users_email_hash_key") throw error;
      throw new AppError("conflict", { publicMessage: "This address has another account already." });
    });
  if (used === undefined) throw badRequest("token: this link was used or is too old. Ask for a new mail.");
}

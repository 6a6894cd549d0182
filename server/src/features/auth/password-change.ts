/** A new password: by the old one, or by a mail to the person's address. */
import { eq } from "drizzle-orm";
import type { UserTx } from "../../platform/db/org-db.ts";
import { userCredentials, users } from "./auth.tables.ts";
import { type AuthParts, badRequest, doAsPerson, requirePassword } from "./auth-parts.ts";
import { composeMail } from "./mail-texts.ts";
import { hashPassword } from "./password.ts";
import { type Asking, selfOf } from "./profile.ts";

/** Every other session ends. */
export async function changePassword(
  parts: AuthParts,
  asking: Asking,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<void> {
  const { principal, address } = asking;
  const { userId, sessionId } = principal;
  await requirePassword(parts, { userId, password: currentPassword, address });
  const hash = await hashPassword(newPassword);
  await doAsPerson(parts, { self: selfOf(asking), action: "account.change-password" }, async (tx) => {
    await setPassword(parts, tx, { userId, hash });
    await parts.sessions.endAll(tx, userId, { except: sessionId, reason: "password-changed" });
  });
}

async function setPassword(
  { clock, oneTimeTokens }: AuthParts,
  tx: UserTx,
  { userId, hash }: { userId: string; hash: Awaited<ReturnType<typeof hashPassword>> },
): Promise<void> {
  const updatedAt = new Date(clock.wallNow());
  await tx
    .update(userCredentials)
    .set({ ...hash, updatedAt })
    .where(eq(userCredentials.userId, userId));
  // Neither an older reset nor a change of address that somebody else began outlives the new password.
  await oneTimeTokens.drop(tx, userId, "reset-password");
  await oneTimeTokens.drop(tx, userId, "verify-email");
}

/** Everything happens behind the answer, which is the same for an address nobody has. */
export function requestPasswordReset(parts: AuthParts, email: string): void {
  parts.mailer.sendSoon(async () => {
    const userId = await parts.people.findByEmail(email);
    if (userId === undefined) return undefined;
    return await parts.db.withUser(userId, async (tx) => {
      const person = await parts.people.read(tx, userId);
      if (person === undefined) return undefined;
      const token = await parts.oneTimeTokens.make(tx, { userId, purpose: "reset-password" });
      const { email: to, language } = person;
      return composeMail({ kind: "reset-password", to, language, token, origin: parts.origin() });
    });
  });
}

/** Throws AppError `bad_request` for a token that does not stand. Who reads the mail owns the address: it is verified now. */
export async function resetPassword(parts: AuthParts, token: string, password: string): Promise<void> {
  const hash = await hashPassword(password);
  const used = await parts.oneTimeTokens.use(token, "reset-password", async (tx, { userId }) => {
    const updatedAt = new Date(parts.clock.wallNow());
    // Whoever made the account with an address that is not theirs keeps its owner out with no second factor.
    const before = await parts.people.read(tx, userId);
    if (before?.isEmailVerified === false) await parts.secondFactor.turnOff(tx, userId);
    await tx.update(users).set({ emailVerifiedAt: updatedAt, updatedAt }).where(eq(users.id, userId));
    await setPassword(parts, tx, { userId, hash });
    await parts.sessions.endAll(tx, userId, { reason: "password-changed" });
    return true;
  });
  if (used === undefined) throw badRequest("token: this link was used or is too old. Ask for a new mail.");
}

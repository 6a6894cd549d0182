/** The account of somebody who comes by an invitation: its link came to their address, so the address is verified. */
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { UserTx } from "../../platform/db/org-db.ts";
import { userCredentials } from "./auth.tables.ts";
import { hashPassword } from "./password.ts";
import type { People } from "./people.ts";

export interface InvitedAccount {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly language: string;
  readonly timeZone: string;
}

/** Hashes the password now; what it returns makes the account in a transaction, and throws AppError `conflict` for a taken address. */
export async function prepareInvitedAccount(
  { people, clock }: { people: People; clock: Clock },
  { userId, password, ...person }: InvitedAccount,
): Promise<(tx: UserTx) => Promise<void>> {
  const hash = await hashPassword(password);
  return async (tx) => {
    await people.insert(tx, { ...person, id: userId, isEmailVerified: true }).catch(explainTaken);
    await tx.insert(userCredentials).values({ userId, updatedAt: new Date(clock.wallNow()), ...hash });
  };
}

function explainTaken(error: unknown): never {
  if (error instanceof DbError && error.constraint === "users_email_hash_key") {
    throw new AppError("conflict", {
      publicMessage: "The invited address has an account by now. Sign in, then accept.",
    });
  }
  throw error;
}

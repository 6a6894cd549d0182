/** E-mail, password and, where it is on, the second factor. Neither the answer nor its time tells whether there is an account. */
import { AppError } from "../../kernel/app-error.ts";
import type { UserTx } from "../../platform/db/org-db.ts";
import { memberships } from "../organizations/index.ts";
import { type AuthParts, doAsPerson, readCredentials } from "./auth-parts.ts";
import { verifyPassword } from "./password.ts";
import { normaliseEmail } from "./people.ts";
import type { Device, OpenedSession } from "./sessions.ts";

export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly code?: string | undefined;
  readonly recoveryCode?: string | undefined;
  readonly device: Device;
}

const wrong = () => new AppError("unauthorized", { publicMessage: "The e-mail address or the password is wrong." });

/** Throws AppError `unauthorized`, `second_factor_required` or `too_many_requests`. */
export async function signIn(parts: AuthParts, given: SignIn): Promise<OpenedSession> {
  const { db, people, lockOut } = parts;
  const attempt = { account: normaliseEmail(given.email), address: given.device.address ?? "unknown" };
  await lockOut.check(attempt);
  const userId = await people.findByEmail(given.email);
  const kept = userId === undefined ? undefined : await db.withUser(userId, (tx) => readCredentials(tx, userId));
  if (!(await verifyPassword(given.password, kept)) || userId === undefined) {
    await lockOut.fail(attempt);
    throw wrong();
  }
  const verdict = await db.withUser(userId, (tx) => checkSecondFactor(parts, tx, { ...given, userId }));
  if (verdict === "wrong") {
    await lockOut.fail(attempt);
    throw new AppError("second_factor_required", {
      publicMessage: "This code is wrong or was used already. Wait for the next one.",
    });
  }
  if (verdict === "missing") {
    throw new AppError("second_factor_required", {
      publicMessage: "Send `code` of the authenticator app too, or a `recoveryCode`.",
    });
  }
  await lockOut.succeed(attempt);
  return await openSession(parts, { userId, device: given.device, action: "auth.sign-in" });
}

/** A code, or a recovery code; either works once. */
export async function checkSecondFactor(
  { secondFactor }: Pick<AuthParts, "secondFactor">,
  tx: UserTx,
  given: { userId: string; code?: string | undefined; recoveryCode?: string | undefined },
): Promise<"right" | "wrong" | "missing"> {
  const { userId, code, recoveryCode } = given;
  if (!(await secondFactor.isOn(tx, userId))) return "right";
  if (code === undefined && recoveryCode === undefined) return "missing";
  const isRight =
    code === undefined
      ? await secondFactor.useRecoveryCode(tx, userId, recoveryCode ?? "")
      : await secondFactor.checkCode(tx, userId, code);
  return isRight ? "right" : "wrong";
}

/** In the oldest organisation of the person's, whose audit log tells of it. */
export async function openSession(
  parts: AuthParts,
  { userId, device, action }: { userId: string; device: Device; action: string },
): Promise<OpenedSession> {
  const [oldest] = await parts.db.withUser(userId, (tx) =>
    tx.select({ orgId: memberships.orgId }).from(memberships).orderBy(memberships.createdAt).limit(1),
  );
  const orgId = oldest?.orgId;
  return await doAsPerson(parts, { self: { userId, orgId }, action }, (tx) =>
    parts.sessions.open(tx, userId, { device, ...(orgId === undefined ? {} : { orgId }) }),
  );
}

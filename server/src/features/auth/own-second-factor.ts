/** Turning the second factor on and off. */
import { AppError } from "../../kernel/app-error.ts";
import { type AuthParts, badRequest, doAsPerson, requirePassword } from "./auth-parts.ts";
import { type Asking, selfOf } from "./profile.ts";
import { checkSecondFactor } from "./sign-in.ts";

const isOn = () => new AppError("conflict", { publicMessage: "The second factor is on already. Turn it off first." });
const wrongCode = () => badRequest("code: this code is wrong or was used already. Wait for the next one.");

export async function startSecondFactor(
  parts: AuthParts,
  asking: Asking,
  currentPassword: string,
): Promise<{ secret: string; otpauthUri: string }> {
  const { address, principal } = asking;
  const { userId } = principal;
  await requirePassword(parts, { userId, password: currentPassword, address });
  return await doAsPerson(parts, { self: selfOf(asking), action: "account.start-totp" }, async (tx) => {
    if (await parts.secondFactor.isOn(tx, userId)) throw isOn();
    const person = await parts.people.read(tx, userId);
    return await parts.secondFactor.start(tx, { userId, label: person?.email ?? userId });
  });
}

export async function confirmSecondFactor(parts: AuthParts, asking: Asking, code: string): Promise<string[]> {
  const { address, principal } = asking;
  const { userId } = principal;
  const attempt = { account: userId, address };
  await parts.lockOut.check(attempt);
  const codes = await doAsPerson(parts, { self: selfOf(asking), action: "account.confirm-totp" }, async (tx) => {
    if (await parts.secondFactor.isOn(tx, userId)) throw isOn();
    return await parts.secondFactor.confirm(tx, userId, code);
  });
  if (codes !== undefined) return codes;
  await parts.lockOut.fail(attempt);
  throw wrongCode();
}

export async function disableSecondFactor(
  parts: AuthParts,
  asking: Asking,
  given: { currentPassword: string; code?: string | undefined; recoveryCode?: string | undefined },
): Promise<void> {
  const { address, principal } = asking;
  const { userId } = principal;
  await requirePassword(parts, { userId, password: given.currentPassword, address });
  const verdict = await doAsPerson(parts, { self: selfOf(asking), action: "account.disable-totp" }, async (tx) => {
    const checked = await checkSecondFactor(parts, tx, { ...given, userId });
    if (checked === "right") await parts.secondFactor.turnOff(tx, userId);
    return checked;
  });
  if (verdict === "right") return;
  if (verdict === "missing") throw badRequest("code: send a code of the authenticator app, or a recoveryCode.");
  await parts.lockOut.fail({ account: userId, address });
  throw wrongCode();
}

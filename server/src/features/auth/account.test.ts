import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { type AuthDesk, authDesk, deskDevice, deskPassword } from "../../testing/auth-desk.ts";

const email = "salma.adel@example.com";
const hourMs = 3_600_000;

async function signedUp(desk: AuthDesk, more: { organizationName?: string; language?: string } = {}) {
  const session = await desk.signUp(email, more);
  const asking = desk.asking(await desk.principalOf(session));
  return { session, asking, read: () => desk.auth.readAccount(asking.principal) };
}

const signIn = (
  desk: AuthDesk,
  more: { email?: string; password?: string; code?: string; recoveryCode?: string } = {},
) => desk.auth.signIn({ email, password: deskPassword, device: deskDevice, ...more });

describe("profile", () => {
  test("name, language and time zone change; the audit log tells that it was done and not what", async () => {
    await using desk = await authDesk();
    const { asking, read } = await signedUp(desk, { organizationName: "One" });
    await desk.auth.changeProfile(asking, { name: "Salma A.", language: "ar-EG", timeZone: "Europe/London" });
    expect(await read()).toMatchObject({ name: "Salma A.", language: "ar-EG", timeZone: "Europe/London", email });
    const { rows } = await desk.db.asAdmin("select action, facts from audit_entries order by seq");
    expect(rows.at(-1)).toEqual({ action: "account.update", facts: {} });
  });

  test("sign-up's mail verifies the address, once and for three days", async () => {
    await using desk = await authDesk();
    const { asking, read } = await signedUp(desk);
    const first = await desk.mailTo(email);
    expect(first.link).toBe(`https://parley.example/verify-email#token=${first.token}`);
    await desk.auth.verifyEmail(first.token);
    expect((await read()).emailVerified).toBe(true);
    await expect(desk.auth.verifyEmail(first.token)).rejects.toMatchObject({ code: "bad_request" });
    await expect(desk.auth.resendVerification(asking)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a verification that is too old, and one that a newer replaced, stand for nothing", async () => {
    await using desk = await authDesk();
    const { asking, read } = await signedUp(desk);
    const first = await desk.mailTo(email);
    await desk.auth.resendVerification(asking);
    await expect(desk.auth.verifyEmail(first.token)).rejects.toMatchObject({ code: "bad_request" });
    const second = await desk.mailTo(email);
    await desk.clock.advance(72 * hourMs + 1);
    await expect(desk.auth.verifyEmail(second.token)).rejects.toMatchObject({ code: "bad_request" });
    expect((await read()).emailVerified).toBe(false);
  });

  test("a new address needs the password, counts once its mail is answered, and the old one is told", async () => {
    await using desk = await authDesk();
    const { asking, read } = await signedUp(desk);
    const change = { email: "new@example.com" };
    await expect(desk.auth.changeProfile(asking, change)).rejects.toMatchObject({ code: "bad_request" });
    await expect(desk.auth.changeProfile(asking, { ...change, currentPassword: "wrong" })).rejects.toMatchObject({
      code: "bad_request",
    });
    await desk.auth.changeProfile(asking, { ...change, currentPassword: deskPassword });
    expect(await read()).toMatchObject({ email, pendingEmail: "new@example.com" });
    const { token } = await desk.mailTo("new@example.com");
    expect((await desk.mailTo(email)).subject).toContain("about to change");
    await desk.auth.verifyEmail(token);
    expect(await read()).toMatchObject({ email: "new@example.com", pendingEmail: null, emailVerified: true });
    await signIn(desk, { email: "new@example.com" });
    await expect(signIn(desk)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("an address that became another's meanwhile is refused at its mail, and asking for it tells nothing", async () => {
    await using desk = await authDesk();
    const { asking, read } = await signedUp(desk);
    await desk.signUp("taken@example.com");
    await desk.auth.changeProfile(asking, { email: "taken@example.com", currentPassword: deskPassword });
    expect((await read()).pendingEmail).toBe("taken@example.com");
    const find = () => desk.auth.keptMail().find((mail) => mail.to === "taken@example.com");
    await expect.poll(() => desk.auth.keptMail().filter((mail) => mail.to === "taken@example.com").length).toBe(2);
    const token = /#token=(\S+)/.exec(find()?.link ?? "")?.[1] ?? "";
    await expect(desk.auth.verifyEmail(token)).rejects.toMatchObject({ code: "conflict" });
    expect((await read()).email).toBe(email);
  });
});

describe("passwords", () => {
  test("changing it needs the old one and ends every other session", async () => {
    await using desk = await authDesk();
    const { session, asking } = await signedUp(desk, { organizationName: "One" });
    const other = await signIn(desk);
    const newPassword = "another good one";
    await expect(desk.auth.changePassword(asking, { currentPassword: "wrong", newPassword })).rejects.toMatchObject({
      code: "bad_request",
    });
    await desk.auth.changePassword(asking, { currentPassword: deskPassword, newPassword });
    await desk.principalOf(session);
    await expect(desk.principalOf(other)).rejects.toMatchObject({ code: "unauthorized" });
    await expect(signIn(desk)).rejects.toMatchObject({ code: "unauthorized" });
    await signIn(desk, { password: newPassword });
  });

  test("a reset works once and for an hour, ends every session, and takes a change of address back that was under way", async () => {
    await using desk = await authDesk();
    const { session, asking, read } = await signedUp(desk, { language: "ar-EG" });
    await desk.auth.changeProfile(asking, { email: "thief@example.com", currentPassword: deskPassword });
    const theirs = await desk.mailTo("thief@example.com");
    desk.auth.requestPasswordReset("Salma.Adel@example.com");
    await expect.poll(() => desk.auth.keptMail()[0]?.link).toContain("/reset-password#");
    const { token, text, subject } = await desk.mailTo(email);
    expect(`${subject} ${text}`).toMatch(/كلمة المرور/);
    await expect(desk.auth.verifyEmail(token)).rejects.toMatchObject({ code: "bad_request" });
    await desk.auth.resetPassword(token, "a new password");
    await expect(desk.principalOf(session)).rejects.toMatchObject({ code: "unauthorized" });
    await expect(desk.auth.resetPassword(token, "and another one")).rejects.toMatchObject({ code: "bad_request" });
    await expect(desk.auth.verifyEmail(theirs.token)).rejects.toMatchObject({ code: "bad_request" });
    await signIn(desk, { password: "a new password" });
    expect(await read()).toMatchObject({ email, emailVerified: true, pendingEmail: null });

    desk.auth.requestPasswordReset(email);
    await expect.poll(async () => (await desk.mailTo(email)).token).not.toBe(token);
    const late = await desk.mailTo(email);
    await desk.clock.advance(hourMs + 1);
    await expect(desk.auth.resetPassword(late.token, "too late for this")).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("nobody learns from a reset whether there is an account: no mail, and nothing waits for one", async () => {
    await using desk = await authDesk();
    expect(desk.auth.requestPasswordReset("nobody@example.com")).toBeUndefined();
    await signedUp(desk);
    await desk.mailTo(email);
    expect(desk.auth.keptMail().map((mail) => mail.to)).toEqual([email]);
  });
});

describe("second factor", () => {
  async function withTotp(desk: AuthDesk) {
    const person = await signedUp(desk, { organizationName: "One" });
    const { secret, otpauthUri } = await desk.auth.startSecondFactor(person.asking, deskPassword);
    const code = () => generate({ secret, epoch: Math.floor(desk.clock.wallNow() / 1000) });
    const recoveryCodes = await desk.auth.confirmSecondFactor(person.asking, await code());
    return { ...person, secret, otpauthUri, code, recoveryCodes };
  }

  test("is on once a code is confirmed, and a code that was taken is refused, also at once and when it is older", async () => {
    await using desk = await authDesk();
    const { code, otpauthUri, read } = await withTotp(desk);
    expect(otpauthUri).toMatch(/^otpauth:\/\/totp\/Parley:salma\.adel(%40|@)example\.com\?/);
    expect(await read()).toMatchObject({ secondFactor: true, recoveryCodesLeft: 10 });
    await expect(signIn(desk)).rejects.toMatchObject({ code: "second_factor_required" });
    // The code that confirmed it was taken by that.
    await expect(signIn(desk, { code: await code() })).rejects.toMatchObject({ code: "second_factor_required" });
    const older = await code();
    await desk.clock.advance(30_000);
    const next = await code();
    const both = await Promise.allSettled([signIn(desk, { code: next }), signIn(desk, { code: next })]);
    expect(both.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(signIn(desk, { code: older })).rejects.toMatchObject({ code: "second_factor_required" });
  });

  test("a recovery code works once, and another person's never", async () => {
    await using desk = await authDesk();
    const { recoveryCodes, read } = await withTotp(desk);
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = "", second = ""] = recoveryCodes;
    await signIn(desk, { recoveryCode: first.toUpperCase().replaceAll("-", " ") });
    await expect(signIn(desk, { recoveryCode: first })).rejects.toMatchObject({ code: "second_factor_required" });
    expect(await read()).toMatchObject({ recoveryCodesLeft: 9 });
    const kept = await desk.db.asAdmin("select encode(code_hash, 'escape') as hash from user_recovery_codes");
    expect(JSON.stringify(kept.rows)).not.toContain(second);
  });

  test("a wrong password tells nothing of the second factor; guessed codes are locked out", async () => {
    await using desk = await authDesk();
    await withTotp(desk);
    await expect(signIn(desk, { password: "wrong" })).rejects.toMatchObject({ code: "unauthorized" });
    const codes: string[] = [];
    for (let tries = 0; tries < 6; tries++) {
      codes.push((await signIn(desk, { code: "000000" }).catch((error) => error)).code);
    }
    expect(codes).toContain("too_many_requests");
  });

  test("is turned off by password and code, not by a password alone; starting anew while it is on is refused", async () => {
    await using desk = await authDesk();
    const { asking, code, recoveryCodes, read } = await withTotp(desk);
    await expect(desk.auth.startSecondFactor(asking, deskPassword)).rejects.toMatchObject({ code: "conflict" });
    const currentPassword = deskPassword;
    await expect(desk.auth.disableSecondFactor(asking, { currentPassword })).rejects.toMatchObject({
      code: "bad_request",
    });
    await expect(desk.auth.disableSecondFactor(asking, { currentPassword, code: await code() })).rejects.toMatchObject({
      code: "bad_request",
    });
    await desk.auth.disableSecondFactor(asking, { currentPassword, recoveryCode: recoveryCodes[0] });
    expect(await read()).toMatchObject({ secondFactor: false, recoveryCodesLeft: 0 });
    await signIn(desk);
  });

  test("whoever made the account with another's address keeps them out of it with no second factor", async () => {
    await using desk = await authDesk();
    await withTotp(desk);
    desk.auth.requestPasswordReset(email);
    await expect.poll(() => desk.auth.keptMail()[0]?.link).toContain("/reset-password#");
    const { token } = await desk.mailTo(email);
    await desk.auth.resetPassword(token, "a password of the owner's");
    await signIn(desk, { password: "a password of the owner's" });
  });

  test("a secret that was never confirmed is no second factor", async () => {
    await using desk = await authDesk();
    const { asking } = await signedUp(desk);
    await desk.auth.startSecondFactor(asking, deskPassword);
    await expect(desk.auth.confirmSecondFactor(asking, "000000")).rejects.toMatchObject({ code: "bad_request" });
    await signIn(desk);
  });
});

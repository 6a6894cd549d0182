import { createHmac } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { newKey } from "../../platform/crypto/envelope.ts";
import { authDesk, deskDevice, deskPassword } from "../../testing/auth-desk.ts";
import { createAccessTokens } from "./access-token.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const email = "salma.adel@example.com";
const from = (address: string) => ({ ...deskDevice, address });

describe("sign-up and sign-in", () => {
  test("a person with an organisation owns it, is told in its audit log, and is sealed in the database", async () => {
    await using desk = await authDesk();
    const session = await desk.signUp(email, { organizationName: "Adel Clinic" });
    const principal = await desk.principalOf(session);
    expect(principal).toMatchObject({ kind: "user", role: "owner", orgId: session.orgId, isInstallationAdmin: false });
    expect(principal.permissions).toContain("privacy:write");
    const account = await desk.auth.readAccount(principal);
    expect(account).toMatchObject({ email, name: "Salma Adel", emailVerified: false, timeZone: "Africa/Cairo" });
    expect(account.organizations).toEqual([{ id: session.orgId, name: "Adel Clinic", role: "owner" }]);
    const { rows } = await desk.db.asAdmin("select action, actor_id from audit_entries");
    expect(rows).toEqual([{ action: "auth.sign-up", actor_id: session.userId }]);
    for (const table of ["users", "user_credentials", "sessions", "refresh_tokens", "one_time_tokens"]) {
      const kept = await desk.db.asAdmin(
        `select string_agg(encode(convert_to(t::text, 'UTF8'), 'escape'), '') as all from ${table} t`,
      );
      const hex = (word: string) => Buffer.from(word).toString("hex");
      for (const word of [email, "Salma", deskPassword, session.refreshToken, "192.0.2.7"]) {
        expect(String(kept.rows[0]?.all), `${table} ${word}`).not.toContain(word);
        expect(String(kept.rows[0]?.all), `${table} ${word}`).not.toContain(hex(word));
      }
    }
  });

  test("an address has one account, in any case of letters; a wrong password or address is told alike", async () => {
    await using desk = await authDesk();
    await desk.signUp(email);
    await expect(desk.signUp("Salma.Adel@Example.com ")).rejects.toMatchObject({ code: "conflict" });
    const signIn = (as: string, password: string) => desk.auth.signIn({ email: as, password, device: deskDevice });
    expect((await signIn("SALMA.adel@example.com", deskPassword)).orgId).toBeUndefined();
    const wrongPassword = await signIn(email, "wrong").catch((error: unknown) => error);
    const wrongAddress = await signIn("nobody@example.com", "wrong").catch((error: unknown) => error);
    expect(wrongPassword).toMatchObject({ code: "unauthorized" });
    expect(String(wrongAddress)).toBe(String(wrongPassword));
  });

  test("trying passwords is locked out, for the account whose it is and for one that is not there", async () => {
    await using desk = await authDesk();
    await desk.signUp(email);
    for (const as of ["nobody@example.com", email]) {
      const codes: unknown[] = [];
      for (let tries = 0; tries < 7; tries++) {
        const failed = await desk.auth.signIn({ email: as, password: "wrong", device: deskDevice }).catch((e) => e);
        codes.push(failed.code);
      }
      expect(codes).toContain("too_many_requests");
    }
    await expect(desk.auth.signIn({ email, password: deskPassword, device: deskDevice })).rejects.toMatchObject({
      code: "too_many_requests",
    });
  });

  test("the first person administers an installation with a database of its owner's, and no other, at once too", async () => {
    await using desk = await authDesk({ firstPersonAdministers: true });
    const sessions = await Promise.all(
      ["a@example.com", "b@example.com", "c@example.com"].map((each) => desk.signUp(each)),
    );
    const principals = await Promise.all(sessions.map(desk.principalOf));
    expect(principals.filter((each) => each.isInstallationAdmin)).toHaveLength(1);
  });
});

describe("tokens", () => {
  test("an access token lives five minutes and a refresh token is used once", async () => {
    await using desk = await authDesk();
    const first = await desk.signUp(email);
    await desk.clock.advance(5 * minuteMs - 1000);
    await desk.principalOf(first);
    await desk.clock.advance(2000);
    await expect(desk.principalOf(first)).rejects.toMatchObject({ code: "token_expired" });
    const second = await desk.auth.sessions.refresh(first.refreshToken, {});
    expect(second.sessionId).toBe(first.sessionId);
    await desk.principalOf(second);
  });

  test("a used refresh token that comes again ends the whole session, and what came of it", async () => {
    await using desk = await authDesk();
    const first = await desk.signUp(email);
    const other = await desk.auth.signIn({ email, password: deskPassword, device: deskDevice });
    const second = await desk.auth.sessions.refresh(first.refreshToken, {});
    await expect(desk.auth.sessions.refresh(first.refreshToken, {})).rejects.toMatchObject({ code: "unauthorized" });
    await expect(desk.auth.sessions.refresh(second.refreshToken, {})).rejects.toMatchObject({ code: "unauthorized" });
    await expect(desk.principalOf(second)).rejects.toMatchObject({ code: "unauthorized" });
    await desk.principalOf(other);
  });

  test("of one refresh token shown twice at the same moment one gets an answer at most", async () => {
    await using desk = await authDesk();
    const { refreshToken } = await desk.signUp(email);
    const results = await Promise.allSettled([1, 2, 3].map(() => desk.auth.sessions.refresh(refreshToken, {})));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  test("a session that nobody refreshes is over after thirty days", async () => {
    await using desk = await authDesk();
    const session = await desk.signUp(email);
    await desk.clock.advance(30 * dayMs + 1000);
    await expect(desk.auth.sessions.refresh(session.refreshToken, {})).rejects.toMatchObject({ code: "unauthorized" });
    await expect(desk.auth.sessions.refresh("prt_nothing", {})).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a token of another key, another audience or no signature is nobody's", async () => {
    await using desk = await authDesk();
    const { userId, sessionId } = await desk.signUp(email);
    const foreign = createAccessTokens({ masterKey: newKey(), clock: desk.clock });
    const claims = { userId, sessionId, orgId: undefined };
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const unsigned = `${encode({ alg: "none" })}.${encode({ sub: userId, sid: sessionId, exp: 9e9 })}.`;
    const guessed = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(userId)
      .setExpirationTime("1h")
      .sign(createHmac("sha256", "x").digest());
    for (const accessToken of [await foreign.sign(claims), unsigned, guessed, "a.b.c"]) {
      await expect(desk.principalOf({ accessToken })).rejects.toMatchObject({ code: "unauthorized" });
    }
  });

  test("a person chooses among their own organisations; a changed role and a lost membership count at once", async () => {
    await using desk = await authDesk();
    const mine = await desk.signUp(email, { organizationName: "One" });
    const theirs = await desk.signUp("other@example.com", { organizationName: "Two" });
    await expect(desk.auth.sessions.refresh(mine.refreshToken, { orgId: theirs.orgId! })).rejects.toMatchObject({
      code: "not_found",
    });
    await desk.db.asAdmin("insert into memberships (org_id, user_id, role) values ($1, $2, 'viewer')", [
      theirs.orgId,
      mine.userId,
    ]);
    const chosen = await desk.auth.sessions.refresh(mine.refreshToken, { orgId: theirs.orgId! });
    const principal = await desk.principalOf(chosen);
    expect(principal).toMatchObject({ orgId: theirs.orgId, role: "viewer" });
    expect(principal.permissions).not.toContain("agents:write");
    await desk.db.asAdmin("update memberships set role = 'admin' where user_id = $1 and org_id = $2", [
      mine.userId,
      theirs.orgId,
    ]);
    expect((await desk.principalOf(chosen)).permissions).toContain("agents:write");
    await desk.db.asAdmin("delete from memberships where user_id = $1 and org_id = $2", [mine.userId, theirs.orgId]);
    expect(await desk.principalOf(chosen)).toMatchObject({ orgId: undefined, role: undefined, permissions: [] });
    const account = await desk.auth.readAccount(await desk.principalOf(chosen));
    expect(account.organizations.map((each) => each.name)).toEqual(["One"]);
  });
});

describe("sessions", () => {
  test("are listed with what signed in, and end at once when they are revoked; nobody ends another's", async () => {
    await using desk = await authDesk();
    const first = await desk.signUp(email, { organizationName: "One" });
    await desk.clock.advance(1000);
    const second = await desk.auth.signIn({ email, password: deskPassword, device: from("198.51.100.9") });
    const stranger = await desk.principalOf(await desk.signUp("other@example.com"));
    const principal = await desk.principalOf(second);
    const listed = await desk.auth.listSessions(principal.userId);
    expect(listed.map((each) => [each.id, each.address, each.userAgent])).toEqual([
      [second.sessionId, "198.51.100.9", "vitest"],
      [first.sessionId, "192.0.2.7", "vitest"],
    ]);
    expect(await desk.auth.endOwnSession(desk.asking(stranger), first.sessionId)).toBe(false);
    await desk.principalOf(first);
    expect(await desk.auth.endOwnSession(desk.asking(principal), first.sessionId)).toBe(true);
    await expect(desk.principalOf(first)).rejects.toMatchObject({ code: "unauthorized" });
    await expect(desk.auth.sessions.refresh(first.refreshToken, {})).rejects.toMatchObject({ code: "unauthorized" });
    expect(await desk.auth.endOwnSession(desk.asking(principal), first.sessionId)).toBe(false);
    await desk.auth.sessions.endByToken(second.refreshToken);
    await expect(desk.principalOf(second)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("the demo's person has a real session, and keeps it by its refresh token", async () => {
    await using desk = await authDesk();
    const { createOrganizations, demoOrganization } = await import("../organizations/index.ts");
    await createOrganizations({ db: desk.db.orgDb, masterKey: newKey() }).ensure(demoOrganization);
    const { ensureDemoPerson } = await import("./demo-person.ts");
    const about = { db: desk.db.orgDb, people: desk.auth.people };
    await ensureDemoPerson(about);
    await ensureDemoPerson(about);
    const first = await desk.auth.signInToDemo({ device: deskDevice, refreshToken: undefined });
    expect(await desk.principalOf(first)).toMatchObject({ userId: "user_demo", orgId: "org_demo", role: "owner" });
    const same = await desk.auth.signInToDemo({ device: deskDevice, refreshToken: first.refreshToken });
    expect(same.sessionId).toBe(first.sessionId);
    const fresh = await desk.auth.signInToDemo({ device: deskDevice, refreshToken: "prt_nothing" });
    expect(fresh.sessionId).not.toBe(first.sessionId);
  });
});

import { type Permission, permissions, permissionsOf, type Role } from "@parley/contract/permission";
import { expect, test } from "vitest";
import { createAuditLog } from "../features/audit/index.ts";
import { createAuth } from "../features/auth/index.ts";
import { createOrganizations, finishErasures } from "../features/organizations/index.ts";
import { newKey } from "../platform/crypto/envelope.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { actorOf, type UserPrincipal } from "../platform/http/principal.ts";
import { createCounterStore } from "../platform/limits/counter.ts";
import { createLockOut } from "../platform/limits/lock-out.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { waitUntil } from "../testing/running-platform.ts";
import { testDatabase } from "../testing/test-database.ts";
import { openTenants } from "./tenants.ts";

const password = "correct horse battery";
const device = { userAgent: "vitest", address: "192.0.2.7" };

/** Organisations over a real database, with a clock that stands still and mail that is kept. */
async function openDesk() {
  const database = await testDatabase();
  const db = database.orgDb;
  const clock = createManualClock();
  const masterKey = newKey();
  const mailer = createMailer({ clock, log: silentLog });
  const store = createCounterStore({ clock, log: silentLog });
  const organizations = createOrganizations({ db, masterKey });
  const common = { db, clock, masterKey, mailer, organizations, origin: () => "https://parley.example" };
  const committed: { claimId: string; orgId: string }[] = [];
  const audit = createAuditLog({ clock, commitClaim: async (_tx, claim) => void committed.push(claim) });
  const auth = createAuth({
    ...common,
    audit,
    lockOut: createLockOut({ store, secret: newKey() }),
    ...{ firstPersonAdministers: false, isEmbedded: true, isSecure: true },
  });
  const tenants = openTenants(common, { audit, auth, clock, mailer, origin: common.origin });

  const signUp = async (email: string, organizationName?: string): Promise<UserPrincipal> => {
    const given = { email, password, name: "Salma Adel", language: "en", timeZone: "Africa/Cairo", device };
    const session = await auth.signUp({ ...given, ...(organizationName === undefined ? {} : { organizationName }) });
    return await auth.principalOf(session.accessToken, false);
  };
  const tokenOf = async (email: string, nth = 1): Promise<string> => {
    const links = () => mailer.kept().filter((mail) => mail.to === email && mail.link?.includes("accept-invitation"));
    await waitUntil(() => links().length >= nth);
    return links()[0]?.link?.split("#token=")[1] ?? "";
  };
  return {
    ...{ database, db, clock, mailer, organizations, auth, tenants, committed, signUp, tokenOf },
    /** Of an organisation that asks in a role. */
    asked: (principal: UserPrincipal, role: Role = "owner") => ({
      ...{ orgId: principal.orgId ?? "", actor: actorOf(principal), role },
    }),
    async join(owner: UserPrincipal, email: string, role: Role): Promise<UserPrincipal> {
      const { invitations } = tenants.membership;
      await invitations.create({
        orgId: owner.orgId ?? "",
        actor: actorOf(owner),
        role: "owner",
        wish: { email, role },
      });
      const acceptance = { token: await tokenOf(email), name: "Omar Said", password };
      await tenants.membership.accept({ principal: undefined, acceptance });
      const session = await auth.signIn({ email, password, device, code: undefined, recoveryCode: undefined });
      return await auth.principalOf(session.accessToken, false);
    },
    async [Symbol.asyncDispose]() {
      store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

const codeOf = async (asked: Promise<unknown>): Promise<unknown> =>
  await asked.then(
    () => "done",
    (error: { code?: string }) => error.code ?? error,
  );

test("an invited person joins with the role, once; what is stored tells neither address nor token", async () => {
  await using desk = await openDesk();
  const { membership } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const wish = { email: "Nadia@clinic.example", role: "operator" as const };
  const { id } = await membership.invitations.create({ ...desk.asked(owner), wish });
  const token = await desk.tokenOf("Nadia@clinic.example");
  const stored = await desk.database.asAdmin("select invitations::text as text from invitations");
  expect(String(stored.rows[0]?.text)).toContain(id);
  expect(String(stored.rows[0]?.text)).not.toContain(token);
  const hex = Buffer.from("clinic.example").toString("hex");
  expect(String(stored.rows[0]?.text)).not.toContain(hex);

  expect(await codeOf(membership.accept({ principal: undefined, acceptance: { token } }))).toBe("bad_request");
  const acceptance = { token, name: "Nadia Fahmy", password };
  await desk.clock.advance(1000);
  expect(await membership.accept({ principal: undefined, acceptance })).toEqual({
    organizationId: owner.orgId,
    role: "operator",
  });
  expect(await codeOf(membership.accept({ principal: undefined, acceptance }))).toBe("not_found");
  const { items } = await membership.members.list(owner.orgId ?? "", { limit: 10 });
  expect(items.map(({ name, email, role }) => [name, email, role])).toEqual([
    ["Salma Adel", "owner@clinic.example", "owner"],
    ["Nadia Fahmy", "Nadia@clinic.example", "operator"],
  ]);
  expect(items[0]?.lastSeenAt).not.toBeNull();
  expect(items[1]?.lastSeenAt).toBeNull();
  expect((await membership.invitations.list(owner.orgId ?? "", { limit: 10 })).items).toEqual([]);
});

test("somebody who has an account accepts signed in, with the invited address alone", async () => {
  await using desk = await openDesk();
  const { membership } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const [invited, stranger] = [await desk.signUp("kim@else.example"), await desk.signUp("pat@else.example")];
  await membership.invitations.create({ ...desk.asked(owner), wish: { email: "KIM@else.example", role: "viewer" } });
  const acceptance = { token: await desk.tokenOf("KIM@else.example") };
  expect(await codeOf(membership.accept({ principal: undefined, acceptance }))).toBe("unauthorized");
  expect(await codeOf(membership.accept({ principal: stranger, acceptance }))).toBe("forbidden");
  expect(await membership.accept({ principal: invited, acceptance })).toMatchObject({ role: "viewer" });
  expect(await desk.tenants.organizationSettings.listOf(invited.userId)).toMatchObject([
    { name: "Clinic", role: "viewer" },
  ]);
  expect(await desk.tenants.organizationSettings.listOf(stranger.userId)).toEqual([]);
  const again = membership.invitations.create({
    ...desk.asked(owner),
    wish: { email: "kim@else.example", role: "admin" },
  });
  expect(await codeOf(again)).toBe("conflict");
});

test("a link dies of time, of being revoked, of being sent again and of a newer invitation", async () => {
  await using desk = await openDesk();
  const { invitations, accept } = desk.tenants.membership;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const asked = desk.asked(owner);
  const email = "nadia@clinic.example";
  const accepted = (token: string) =>
    codeOf(accept({ principal: undefined, acceptance: { token, name: "Nadia Fahmy", password } }));
  await invitations.create({ ...asked, wish: { email, role: "viewer" } });
  const first = await desk.tokenOf(email, 1);
  const { id } = await invitations.create({ ...asked, wish: { email, role: "viewer" } });
  const second = await desk.tokenOf(email, 2);
  expect(await accepted(first)).toBe("not_found");
  await invitations.resend({ ...asked, invitationId: id });
  const third = await desk.tokenOf(email, 3);
  expect(await accepted(second)).toBe("not_found");
  await desk.clock.advance(7 * 24 * 3_600_000 + 1);
  expect(await accepted(third)).toBe("not_found");
  await invitations.resend({ ...asked, invitationId: id });
  const fourth = await desk.tokenOf(email, 4);
  await invitations.revoke({ ...asked, invitationId: id });
  expect(await accepted(fourth)).toBe("not_found");
  expect(await codeOf(invitations.resend({ ...asked, invitationId: id }))).toBe("not_found");
});

test("one owner stays, also when two are removed at once; an admin touches no owner", async () => {
  await using desk = await openDesk();
  const { members, invitations } = desk.tenants.membership;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const second = await desk.join(owner, "second@clinic.example", "admin");
  const [asOwner, asAdmin] = [desk.asked(owner), desk.asked(second, "admin")];
  expect(await codeOf(members.remove({ ...asOwner, userId: owner.userId }))).toBe("conflict");
  expect(await codeOf(members.changeRole({ ...asOwner, userId: owner.userId, wanted: "admin" }))).toBe("conflict");
  expect(await codeOf(members.changeRole({ ...asAdmin, userId: second.userId, wanted: "owner" }))).toBe("forbidden");
  expect(await codeOf(members.changeRole({ ...asAdmin, userId: owner.userId, wanted: "viewer" }))).toBe("forbidden");
  expect(await codeOf(members.remove({ ...asAdmin, userId: owner.userId }))).toBe("forbidden");
  const wish = { email: "third@clinic.example", role: "owner" as const };
  expect(await codeOf(invitations.create({ ...asAdmin, wish }))).toBe("forbidden");
  expect(await codeOf(members.remove({ ...asOwner, userId: "user_unknown" }))).toBe("not_found");

  await members.changeRole({ ...asOwner, userId: second.userId, wanted: "owner" });
  const left = [owner, second].map(({ userId }) => codeOf(members.remove({ ...asOwner, userId })));
  expect(new Set(await Promise.all(left))).toEqual(new Set(["conflict", "done"]));
});

test("another organisation's members, invitations and keys are no such thing here", async () => {
  await using desk = await openDesk();
  const { membership, apiKeys } = desk.tenants;
  const [here, there] = [await desk.signUp("a@a.example", "Here"), await desk.signUp("b@b.example", "There")];
  const wish = { email: "c@c.example", role: "viewer" as const };
  const { id: invitationId } = await membership.invitations.create({ ...desk.asked(there), wish });
  const key = await apiKeys.create({
    ...desk.asked(there),
    principal: there,
    wanted: { name: "CI", permissions: ["calls:read"] },
  });
  const asked = desk.asked(here);
  expect(await codeOf(membership.members.remove({ ...asked, userId: there.userId }))).toBe("not_found");
  expect(await codeOf(membership.invitations.revoke({ ...asked, invitationId }))).toBe("not_found");
  expect(await codeOf(apiKeys.revoke({ ...asked, keyId: key.id }))).toBe("not_found");
  expect((await apiKeys.list(asked.orgId, { limit: 10 })).items).toEqual([]);
  expect((await membership.members.list(asked.orgId, { limit: 10 })).items).toHaveLength(1);
});

test("a key acts for its organisation with its permissions until it is revoked or expires; the store holds no key", async () => {
  await using desk = await openDesk();
  const { apiKeys } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const wanted = {
    name: "CI",
    permissions: ["calls:read", "agents:read"] as Permission[],
    expiresAt: new Date(desk.clock.wallNow() + 3_600_000).toISOString(),
  };
  const asked = { ...desk.asked(owner), principal: owner };
  const made = await apiKeys.create({ ...asked, wanted });
  expect(made.key).toMatch(/^parley_[a-z0-9]{8}_[\w-]{43}$/);
  expect(made.key.startsWith(`${made.prefix}_`)).toBe(true);
  expect(await apiKeys.verify(made.key)).toEqual({
    ...{ kind: "api-key", keyId: made.id, orgId: owner.orgId, permissions: wanted.permissions },
  });
  expect(await apiKeys.verify(`${made.key}x`)).toBeUndefined();
  const stored = await desk.database.asAdmin("select api_keys::text as text from api_keys");
  expect(JSON.stringify(stored.rows)).not.toContain(made.key.slice(16));
  await waitUntil(async () => (await apiKeys.list(asked.orgId, { limit: 10 })).items[0]?.lastUsedAt !== null);

  const viewer = { ...owner, role: "viewer" as const, permissions: permissionsOf.viewer };
  expect(
    await codeOf(apiKeys.create({ ...asked, principal: viewer, wanted: { ...wanted, permissions: ["calls:write"] } })),
  ).toBe("forbidden");
  const past = { ...wanted, expiresAt: new Date(desk.clock.wallNow()).toISOString() };
  expect(await codeOf(apiKeys.create({ ...asked, wanted: past }))).toBe("bad_request");
  await desk.clock.advance(3_600_000);
  expect(await apiKeys.verify(made.key)).toBeUndefined();

  const other = await apiKeys.create({ ...asked, wanted: { name: "CI", permissions: ["calls:read"] } });
  expect(await apiKeys.verify(other.key)).toBeDefined();
  await apiKeys.revoke({ ...asked, keyId: other.id });
  expect(await apiKeys.verify(other.key)).toBeUndefined();
});

test("a key revoked by another node works here two seconds at most", async () => {
  await using desk = await openDesk();
  const { apiKeys } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const wanted = { name: "CI", permissions: ["calls:read"] as Permission[] };
  const { key } = await apiKeys.create({ ...desk.asked(owner), principal: owner, wanted });
  expect(await apiKeys.verify(key)).toBeDefined();
  await desk.database.asAdmin("update api_keys set revoked_at = now()");
  await desk.clock.advance(2000);
  expect(await apiKeys.verify(key)).toBeUndefined();
});

test("what a member made does no more than the member, and nothing once they are gone", async () => {
  await using desk = await openDesk();
  const { apiKeys, membership } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const admin = await desk.join(owner, "admin@clinic.example", "admin");
  const asked = { ...desk.asked(admin, "admin"), principal: admin };
  const wanted = { name: "CI", permissions: ["calls:read", "api-keys:write", "agents:write"] as Permission[] };
  const { key, id } = await apiKeys.create({ ...asked, wanted });
  const principal = await apiKeys.verify(key);
  if (principal === undefined) throw new Error("the key does not work");
  const ofKey = { orgId: principal.orgId, actor: actorOf(principal), principal };
  const child = await apiKeys.create({
    ...ofKey,
    wanted: { name: "made by a key", permissions: ["calls:read", "agents:write"] },
  });
  expect(child.createdBy).toBe(id);
  await membership.members.changeRole({ ...desk.asked(owner), userId: admin.userId, wanted: "operator" });
  await desk.clock.advance(2000);
  expect((await apiKeys.verify(key))?.permissions).toEqual(["calls:read"]);
  expect((await apiKeys.verify(child.key))?.permissions).toEqual(["calls:read"]);
  await membership.members.remove({ ...desk.asked(owner), userId: admin.userId });
  await desk.clock.advance(2000);
  expect(await apiKeys.verify(key)).toBeUndefined();
  expect(await apiKeys.verify(child.key)).toBeUndefined();
});

test("the demo's key may have any form, and another text takes its place", async () => {
  await using desk = await openDesk();
  const { apiKeys } = desk.tenants;
  await desk.organizations.ensure({ orgId: "org_demo", name: "Demo" });
  const demo = { orgId: "org_demo", keyId: "key_demo", name: "Demo" };
  for (const key of ["pk_demo_abc", "any text at all: ü"]) await apiKeys.ensure({ ...demo, key });
  expect(await apiKeys.verify("pk_demo_abc")).toBeUndefined();
  expect(await apiKeys.verify("any text at all: ü")).toMatchObject({
    keyId: "key_demo",
    orgId: "org_demo",
    permissions,
  });
});

test("settings change field by field, and a policy by its name", async () => {
  await using desk = await openDesk();
  const { organizationSettings: settings } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const asked = desk.asked(owner);
  expect(await settings.get(asked.orgId)).toMatchObject({ name: "Clinic", country: null });
  const policies = { disclosure: { greeting: "always" as const } };
  await settings.update({ ...asked, change: { language: "ar-EG", country: "EG", policies } });
  // Another feature's concern.
  await desk.database.asAdmin(`update organizations set policies = policies || '{"other": {"kept": true}}'`);
  const changed = await settings.update({ ...asked, change: { name: "Clinic Two", policies } });
  expect(changed).toMatchObject({ name: "Clinic Two", language: "ar-EG", country: "EG", policies });
  const stored = await desk.database.asAdmin("select policies from organizations");
  expect(stored.rows).toEqual([{ policies: { ...policies, other: { kept: true } } }]);
});

test("an erased organisation's key goes first, then every row; a cut-off erasure is finished at the next start", async () => {
  await using desk = await openDesk();
  const { organizationSettings: settings, apiKeys } = desk.tenants;
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const kept = await desk.signUp("other@else.example", "Other");
  const asked = desk.asked(owner);
  const made = await apiKeys.create({
    ...asked,
    principal: owner,
    wanted: { name: "CI", permissions: ["calls:read"] },
  });
  expect(await codeOf(settings.erase({ ...asked, confirm: "clinic" }))).toBe("bad_request");
  // The connection dies after the key's transaction.
  await desk.database.asAdmin(
    "create function cut() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$",
  );
  await desk.database.asAdmin("create trigger cut before delete on organizations for each row execute function cut()");
  expect(await codeOf(settings.erase({ ...asked, confirm: "Clinic" }))).toBe("P0001");
  const half = await desk.database.asAdmin(
    "select name, length(key_wrap) as key from organizations where org_id = $1",
    [asked.orgId],
  );
  expect(half.rows).toEqual([{ name: "erased", key: 0 }]);
  expect(await codeOf(settings.get(asked.orgId))).toBe("not_found");
  await desk.clock.advance(2000);
  expect(await apiKeys.verify(made.key)).toBeUndefined();
  expect(await codeOf(desk.db.withOrg(asked.orgId, (tx) => desk.organizations.keyOf(tx, asked.orgId)))).toBe(
    "not_found",
  );

  await desk.database.asAdmin("drop trigger cut on organizations");
  // What lies outside the database goes first: while it cannot, the rows that name it stay.
  const outside: string[] = [];
  let isBucketAway = true;
  const leftovers = {
    removeOutside: async (orgId: string) => {
      if (isBucketAway) throw new Error("the bucket is away");
      outside.push(orgId);
    },
    onFailed: () => undefined,
  };
  expect(await finishErasures(desk.db, leftovers)).toBe(0);
  isBucketAway = false;
  expect(await finishErasures(desk.db, leftovers)).toBe(1);
  expect(await finishErasures(desk.db, leftovers)).toBe(0);
  expect(outside).toEqual([asked.orgId]);
  const left = await desk.database.asAdmin("select org_id from organizations");
  expect(left.rows).toEqual([{ org_id: kept.orgId }]);
  const entries = await desk.database.asAdmin("select count(*)::int as count from audit_entries where org_id = $1", [
    asked.orgId,
  ]);
  expect(entries.rows).toEqual([{ count: 0 }]);
});

test("the administrator makes, limits, suspends and resumes organisations, and sees names and numbers", async () => {
  await using desk = await openDesk();
  const { installation, standings, membership } = desk.tenants;
  const asker = { kind: "user", id: "user_admin" } as const;
  const wish = { name: "New Clinic", ownerEmail: "first@new.example", limits: { maxMembers: 1 } };
  const made = await installation.create({ asker, wish });
  expect(made).toMatchObject({ name: "New Clinic", members: 0, limits: { maxMembers: 1, maxConcurrentCalls: null } });
  const acceptance = { token: await desk.tokenOf("first@new.example"), name: "First Owner", password };
  expect(await membership.accept({ principal: undefined, acceptance })).toEqual({
    organizationId: made.id,
    role: "owner",
  });

  const actor = { kind: "user", id: "user_x" } as const;
  const second = { email: "second@new.example", role: "viewer" as const };
  await membership.invitations.create({ orgId: made.id, actor, role: "owner", wish: second });
  const more = { token: await desk.tokenOf("second@new.example"), name: "Second", password };
  expect(await codeOf(membership.accept({ principal: undefined, acceptance: more }))).toBe("conflict");
  const limits = { maxMembers: 2, maxConcurrentCalls: 0 };
  expect((await installation.limit({ asker, orgId: made.id, change: limits })).limits).toEqual({
    ...limits,
    maxCallsPerDay: null,
  });
  expect(await standings.isSuspended(made.id)).toBe(false);
  expect(await installation.setSuspended({ asker, orgId: made.id, suspended: true })).toMatchObject({
    suspendedAt: expect.any(String),
  });
  expect(await standings.isSuspended(made.id)).toBe(true);
  expect(await codeOf(membership.accept({ principal: undefined, acceptance: more }))).toBe("suspended");
  expect(await installation.setSuspended({ asker, orgId: made.id, suspended: false })).toMatchObject({
    suspendedAt: null,
    limits: { maxMembers: 2 },
  });
  expect(await membership.accept({ principal: undefined, acceptance: more })).toMatchObject({ role: "viewer" });
  expect(await codeOf(installation.get("org_unknown"))).toBe("not_found");
  expect(await codeOf(installation.setSuspended({ asker, orgId: "org_unknown", suspended: true }))).toBe("not_found");

  // Ids of one moment are in no order.
  await desk.clock.advance(1);
  await desk.signUp("other@else.example", "Other");
  const page = await installation.list({ limit: 1 });
  const next = await installation.list({ limit: 5, cursor: page.nextCursor ?? "" });
  expect([...page.items, ...next.items].map(({ name, members }) => [name, members])).toEqual([
    ["New Clinic", 2],
    ["Other", 1],
  ]);
  const told = await desk.database.asAdmin(
    "select action, actor_kind from audit_entries where actor_id = $1 order by seq",
    [asker.id],
  );
  expect(told.rows.map(({ action }) => action)).toContain("installation.suspend-organization");
  expect(new Set(told.rows.map((row) => row.actor_kind))).toEqual(new Set(["installation-admin"]));
});

test("what is done to another organisation takes the request's claim along, which is its asker's own", async () => {
  await using desk = await openDesk();
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const { installation, organizationSettings: settings } = desk.tenants;
  const claimed = async (claimId: string, work: (asker: ReturnType<typeof actorOf>) => Promise<unknown>) => {
    desk.committed.length = 0;
    await work(actorOf(owner, claimId));
    expect(new Set(desk.committed.map((claim) => JSON.stringify(claim)))).toEqual(
      new Set([JSON.stringify({ claimId, orgId: owner.orgId })]),
    );
  };
  const wanted = { name: "Second", language: "en-US", timeZone: "UTC", country: "US" };
  await claimed("idem_1", (actor) => settings.create({ actor, userId: owner.userId, wanted }));
  const wish = { name: "New Clinic", ownerEmail: "first@new.example" };
  await claimed("idem_2", (asker) => installation.create({ asker, wish }));
  const { items } = await installation.list({ limit: 10 });
  const orgId = items.find(({ name }) => name === "New Clinic")?.id ?? "";
  await claimed("idem_3", (asker) => installation.limit({ asker, orgId, change: { maxMembers: 3 } }));
  await claimed("idem_4", (asker) => installation.setSuspended({ asker, orgId, suspended: true }));
});

test("an organisation cannot lift its own limits or suspension, whatever its code does", async () => {
  await using desk = await openDesk();
  const owner = await desk.signUp("owner@clinic.example", "Clinic");
  const orgId = owner.orgId ?? "";
  await desk.tenants.installation.setSuspended({ asker: { kind: "user", id: "user_admin" }, orgId, suspended: true });
  for (const attempt of [
    "update organization_standings set suspended_at = null",
    "delete from organization_standings",
    "insert into organization_standings (org_id) values ('org_x')",
  ]) {
    expect(await codeOf(desk.db.withOrg(orgId, (tx) => tx.execute(attempt)))).toBe("42501");
  }
});

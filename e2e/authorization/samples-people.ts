import { createHmac } from "node:crypto";
import { ask } from "./ask.ts";
import { keepId, type Made, of, plain, type Samples } from "./sample.ts";
import { operationOf, passwordOfAll } from "./tenant.ts";

const ofNobody = "of no organisation";

const base32 = (text: string) => {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

/** RFC 6238, six digits, 30 s. */
function codeNow(secret: string): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The token of the newest mail to this address, as the installation's administrator reads it. */
async function tokenOfMail({ world, tenant }: Made, to: string): Promise<string> {
  const operation = operationOf(world, "dev-mail.list");
  for (let attempt = 0; attempt < 100; attempt++) {
    const { json } = await ask(world.walked.url, operation, { headers: await administratorOf(tenant) });
    const items = (json["items"] ?? []) as { to: string; link: string | null }[];
    const link = items.find((mail) => mail.to === to && mail.link !== null)?.link;
    if (link) return new URL(link).hash.replace("#token=", "");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The mail did not come.");
}

/** The demo's owner is made the administrator by hand: an embedded installation has none. */
export async function administratorOf({ walked }: Pick<Made["tenant"], "walked">): Promise<Record<string, string>> {
  await walked.sql("update users set is_installation_admin = true where id = 'user_demo'");
  const answer = await fetch(`${walked.url}/api/v1/auth/demo`, { method: "POST" });
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith("parley_session="));
  return { cookie: (cookie ?? "").split(";")[0] ?? "" };
}

const kept = new Map<string, string>();
const mailed = (name: string) => async (made: Made) =>
  void kept.set(name, await tokenOfMail(made, made.person?.email ?? ""));

export const signing: Samples = {
  "auth.sign-up": {
    as: "nobody",
    send: (_at, tenant) => ({
      body: { email: `${tenant.word("signup")}@example.org`, password: passwordOfAll, name: tenant.word("signup") },
    }),
  },
  "auth.sign-in": {
    as: "nobody",
    send: (_at, { owner }) => ({ body: { email: owner.email, password: owner.password } }),
  },
  "auth.token": {
    as: "person",
    send: (_at, _tenant, person) => ({ body: { refreshToken: person?.refreshToken } }),
    alsoAttacked: [
      (at, { owner }) => ({ body: { refreshToken: owner.refreshToken, organizationId: at("organization") } }),
    ],
  },
  "auth.verify-email": {
    as: "person",
    before: mailed("verify"),
    send: () => ({ body: { token: kept.get("verify") } }),
  },
  "auth.request-password-reset": { as: "nobody", send: (_at, { owner }) => ({ body: { email: owner.email } }) },
  "auth.reset-password": {
    as: "person",
    async before(made) {
      const body = { email: made.person?.email };
      await ask(made.world.walked.url, operationOf(made.world, "auth.request-password-reset"), { sent: { body } });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await mailed("reset")(made);
    },
    send: () => ({ body: { token: kept.get("reset"), password: `${passwordOfAll} anew` } }),
  },
  "auth.start-oidc": { as: "nobody", status: 404 },
  "auth.finish-oidc": { as: "nobody", status: 404 },
  "auth.demo": { as: "nobody" },
  "auth.sign-out": {
    as: "person",
    send: (_at, _tenant, person) => ({ body: { refreshToken: person?.refreshToken } }),
  },
  "account.get": plain,
  "account.update": { send: (_at, tenant) => ({ body: { name: tenant.word("owner"), language: "ar-EG" } }) },
  "account.resend-verification": { as: "person", unaudited: ofNobody },
  "account.change-password": {
    as: "person",
    unaudited: ofNobody,
    send: () => ({ body: { currentPassword: passwordOfAll, newPassword: `${passwordOfAll} anew` } }),
  },
  "account.start-totp": {
    as: "person",
    unaudited: ofNobody,
    send: () => ({ body: { currentPassword: passwordOfAll } }),
  },
  "account.confirm-totp": {
    as: "person",
    unaudited: ofNobody,
    before: async (made) => void kept.set("code", codeNow(await startTotp(made))),
    send: () => ({ body: { code: kept.get("code") } }),
  },
  "account.disable-totp": {
    as: "person",
    unaudited: ofNobody,
    async before(made) {
      const code = codeNow(await startTotp(made));
      const sent = { body: { code } };
      const { json } = await ask(made.world.walked.url, operationOf(made.world, "account.confirm-totp"), {
        sent,
        headers: await personOf(made),
      });
      kept.set("recovery", (json["recoveryCodes"] as string[])[0] ?? "");
    },
    send: () => ({ body: { currentPassword: passwordOfAll, recoveryCode: kept.get("recovery") } }),
  },
  "account.list-sessions": {
    async before({ tenant, world }) {
      const { email, password } = tenant.owner;
      await ask(world.walked.url, operationOf(world, "auth.sign-in"), { sent: { body: { email, password } } });
    },
    keep: ({ json }, tenant) => {
      const other = (json["items"] as { id: string; isCurrent: boolean }[]).find((each) => !each.isCurrent);
      tenant.keep("session", other?.id);
    },
  },
  "dev-mail.list": { as: "administrator" },
};

async function personOf({ world, person }: Made): Promise<Record<string, string>> {
  if (person === undefined) throw new Error("nobody");
  const { userId, sessionId } = person;
  return { authorization: `Bearer ${await world.walked.sign({ userId, sessionId, orgId: undefined })}` };
}

async function startTotp(made: Made): Promise<string> {
  const sent = { body: { currentPassword: passwordOfAll } };
  const operation = operationOf(made.world, "account.start-totp");
  const { json } = await ask(made.world.walked.url, operation, { sent, headers: await personOf(made) });
  return String(json["secret"]);
}

export const organizing: Samples = {
  "organizations.list": plain,
  "organizations.create": {
    as: "person",
    send: (_at, tenant) => ({ body: { name: tenant.word("second organisation") } }),
  },
  "organizations.get": of("organization"),
  "organizations.update": of("organization", {
    send: (_at, tenant) => ({ body: { name: tenant.word("organisation"), country: "EG" } }),
  }),
  "invitations.create": {
    send: (_at, tenant) => ({ body: { email: `${tenant.word("invited")}@example.org`, role: "viewer" } }),
    keep: keepId("invitation"),
  },
  "invitations.list": plain,
  "invitations.resend": of("invitation"),
  "invitations.accept": {
    as: "nobody",
    async before(made) {
      const { tenant } = made;
      const email = `${tenant.word("joins")}@example.org`;
      await tenant.do("invitations.create", { body: { email, role: "viewer" } });
      kept.set("invitation", await tokenOfMail(made, email));
    },
    send: (_at, tenant) => ({
      body: { token: kept.get("invitation"), name: tenant.word("member"), password: passwordOfAll },
    }),
  },
  "members.list": {
    keep: ({ json }, tenant) => {
      const member = (json["items"] as { id: string; role: string }[]).find(({ role }) => role === "viewer");
      tenant.keep("member", member?.id);
    },
  },
  "members.update": of("member", { send: () => ({ body: { role: "operator" } }) }),
  "api-keys.create": {
    send: (_at, tenant) => ({ body: { name: tenant.word("key"), permissions: ["calls:read"] } }),
    keep: ({ json }, tenant) => {
      tenant.keep("key", json["id"]);
      tenant.keep("key itself", json["key"]);
    },
  },
  "api-keys.list": plain,
  "audit-log.list": plain,
  "audit-log.verify": plain,
};

export const administering: Samples = {
  "installation.list-organizations": { as: "administrator" },
  "installation.create-organization": {
    as: "administrator",
    send: (_at, tenant) => ({
      body: { name: tenant.word("administered"), ownerEmail: `${tenant.word("administered")}@example.org` },
    }),
  },
  "installation.get-organization": of("organization", { as: "administrator" }),
  "installation.limit-organization": of("organization", {
    as: "administrator",
    send: () => ({ body: { maxMembers: 500 } }),
  }),
  "installation.suspend-organization": of("organization", { as: "administrator" }),
  "installation.resume-organization": of("organization", { as: "administrator" }),
  "installation.verify-audit-logs": { as: "administrator" },
};

export const leaving: Samples = {
  "account.revoke-session": of("session"),
  "invitations.revoke": of("invitation"),
  "api-keys.revoke": of("key"),
  "members.remove": of("member"),
  "organizations.delete": of("organization", {
    unaudited: "its audit log goes with it",
    send: (_at, tenant) => ({ query: { confirm: tenant.word("organisation") } }),
  }),
};

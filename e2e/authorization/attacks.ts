/** The questions of those who must not: what each sends, and what it should have been told. */
import { createHmac, randomBytes } from "node:crypto";
import { type Permission, permissions, permissionsOf, type Role, roles } from "@parley/contract/permission";
import { type Answer, ask, describeAnswer, type Sent } from "./ask.ts";
import { isOfOrganization, type Operation } from "./operations.ts";
import type { At, Question, Sample } from "./sample.ts";
import { emptying, filling } from "./samples.ts";
import { bearerOf, type Person, signUp, type Tenant, type World } from "./tenant.ts";
import { type Findings, leakOf, noteStatus } from "./walk.ts";

type Headers = Record<string, string>;

export interface Intruder {
  readonly name: string;
  readonly headers: Headers;
}

const sampleOf = (id: string): Sample => filling[id] ?? emptying[id] ?? {};

/** With this organisation's own ids, all of them real. */
function ownQuestion({ id, path }: Operation, tenant: Tenant): Sent {
  const sample = sampleOf(id);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  if (sample.send === undefined) return { params: Object.fromEntries(names.map((name) => [name, "unknown"])) };
  if (sample.as === "person" || sample.as === "nobody") return {};
  return sample.send?.((name) => tenant.id(name), tenant, undefined) ?? {};
}

export const guarded = ({ operations }: World): Operation[] =>
  [...operations.values()].filter(({ permission }) => permission !== undefined);

/** Asks every operation that is given and lists what was not refused with `status`, or said something of the organisation. */
export async function refusalsMissing(
  world: World,
  operations: readonly Operation[],
  about: { intruder: Intruder; of: Tenant; status: number; code?: string; findings: Findings },
): Promise<string[]> {
  const { intruder, of, status, code, findings } = about;
  const wrong: string[] = [];
  for (const operation of operations) {
    const answer = await ask(world.walked.url, operation, {
      sent: ownQuestion(operation, of),
      headers: intruder.headers,
    });
    noteStatus(findings, operation, answer);
    const isRight = answer.status === status && (code === undefined || answer.json["code"] === code);
    const leaked = leakOf(answer, of);
    if (!isRight) wrong.push(`${intruder.name}: ${describeAnswer(operation, answer)}`);
    if (leaked !== undefined) wrong.push(`${intruder.name}: ${describeAnswer(operation, answer)} shows ${leaked}`);
  }
  return wrong;
}

/** Tokens that were never ours, or are not any more: each is nobody. */
export async function forgers({ walked }: World, { owner, orgId }: Tenant): Promise<Intruder[]> {
  const real = await walked.sign({ userId: owner.userId, sessionId: owner.sessionId, orgId });
  const [header = "", payload = "", signature = ""] = real.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, string>;
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as { kid: string };
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const foreignSignature = createHmac("sha256", randomBytes(32)).update(`${header}.${payload}`).digest("base64url");
  const foreign = `${header}.${payload}.${foreignSignature}`;
  const later = { ...claims, exp: Math.floor(Date.now() / 1000) + 1_000_000 };
  const bearer = (name: string, token: string) => ({ name, headers: { authorization: `Bearer ${token}` } });
  return [
    bearer("no token at all", "x"),
    bearer("two dots", ".."),
    bearer("signed with another key", foreign),
    bearer("not signed", `${base64({ alg: "none", kid })}.${payload}.`),
    bearer("a longer life written in", `${header}.${base64(later)}.${signature}`),
    bearer("a key that never was", `pk_live_${"0".repeat(40)}`),
    { name: "a name and a password", headers: { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` } },
    { name: "a forged cookie", headers: { cookie: `parley_session=${foreign}` } },
  ];
}

/** Everything a token of this age is: real, and too old. */
export async function expired({ walked }: World, { owner, orgId }: Tenant): Promise<Intruder[]> {
  const { userId, sessionId } = owner;
  const token = await walked.sign({ userId, sessionId, orgId }, 301_000);
  return [
    { name: "an expired token", headers: { authorization: `Bearer ${token}` } },
    { name: "an expired cookie", headers: { cookie: `parley_session=${token}` } },
  ];
}

/** Ways in that worked once. */
export async function departed(world: World, tenant: Tenant): Promise<Intruder[]> {
  const { walked } = world;
  const newKey = async (more: object = {}) =>
    await tenant.do("api-keys.create", { body: { name: "once", permissions: [...permissions], ...more } });
  const revoked = await newKey();
  await tenant.do("api-keys.revoke", { params: { id: String(revoked["id"]) } });
  const late = await newKey({ expiresAt: new Date(Date.now() + 60_000).toISOString() });
  await walked.sql("update api_keys set expires_at = now() - interval '1 second' where id = $1", [late["id"]]);
  const ended = await signUp(world, { name: tenant.word("gone") });
  await walked.sql("insert into memberships (org_id, user_id, role) values ($1, $2, 'owner')", [
    ...[tenant.orgId, ended.userId],
  ]);
  const headers = await bearerOf(walked, ended, tenant.orgId);
  await walked.sql("update sessions set revoked_at = now() where id = $1", [ended.sessionId]);
  return [
    { name: "a revoked key", headers: { authorization: `Bearer ${String(revoked["key"])}` } },
    { name: "an expired key", headers: { authorization: `Bearer ${String(late["key"])}` } },
    { name: "an ended session", headers },
  ];
}

async function join(world: World, tenant: Tenant, role: Role): Promise<Person> {
  const person = await signUp(world, { name: tenant.word(role) });
  const insert = "insert into memberships (org_id, user_id, role) values ($1, $2, $3)";
  await world.walked.sql(insert, [tenant.orgId, person.userId, role]);
  return person;
}

/** Whoever of the organisation lacks the permission: a member of each role, and a key that has every other permission. */
export async function openLackers(
  world: World,
  tenant: Tenant,
): Promise<(permission: Permission) => Promise<Intruder[]>> {
  const people = new Map<Role, Person>();
  for (const role of roles) if (role !== "owner") people.set(role, await join(world, tenant, role));
  return async (permission) => {
    const lacking = roles.filter((role) => !permissionsOf[role].includes(permission));
    const members = lacking.map(async (role) => ({
      name: role as string,
      headers: await bearerOf(world.walked, people.get(role) as Person, tenant.orgId),
    }));
    const body = { name: "all but one", permissions: permissions.filter((each) => each !== permission) };
    const { key } = await tenant.do("api-keys.create", { body });
    const byKey = { name: `a key without ${permission}`, headers: { authorization: `Bearer ${String(key)}` } };
    return [...(await Promise.all(members)), byKey];
  };
}

interface Attack {
  readonly taken: string;
  readonly sent: (id: At) => Sent;
}

function attacksBy(send: Question, own: Tenant): Attack[] {
  const names = new Set<string>();
  send((name) => (names.add(name), own.id(name)), own, undefined);
  const one = [...names].map((taken) => ({
    taken,
    sent: (id: At) => send((name) => (name === taken ? id(name) : own.id(name)), own, undefined),
  }));
  return names.size > 1 ? [...one, { taken: "all", sent: (id: At) => send(id, own, undefined) }] : one;
}

/** Every question with the other's ids: each of them alone among one's own, and all of them. */
function attacksOf({ send, as, alsoAttacked = [] }: Sample, own: Tenant): Attack[] {
  const mayAsk = send !== undefined && as !== "person" && as !== "nobody";
  return [...(mayAsk ? [send] : []), ...alsoAttacked].flatMap((each) => attacksBy(each, own));
}

/** Of the same form, and nobody's. */
const unknownLike = (id: string) =>
  id.slice(0, -8) +
  id.slice(-8).replace(/./g, (letter) => (/[a-f0-9]/i.test(letter) ? (letter === "0" ? "1" : "0") : letter));

/** As somebody of `own`, with ids of `other`: refused, and told no more than of an id that never was. */
export async function trespass(
  world: World,
  operation: Operation,
  about: { own: Tenant; other: Tenant; headers: Headers; findings: Findings },
): Promise<string[]> {
  const { own, other, headers, findings } = about;
  const sample = sampleOf(operation.id);
  const wrong: string[] = [];
  for (const { taken, sent } of attacksOf(sample, own)) {
    const put = async (id: At): Promise<Answer> => {
      const answer = await ask(world.walked.url, operation, { sent: sent(id), headers });
      noteStatus(findings, operation, answer);
      return answer;
    };
    const answer = await put((name) => other.id(name));
    const unknown = await put((name) => unknownLike(other.id(name)));
    const say = (what: string) => wrong.push(`${taken} of another's: ${describeAnswer(operation, answer)} ${what}`);
    const isRefused = [401, 403, 404].includes(answer.status) || (sample.finds === "nothing" && answer.status === 200);
    if (!isRefused) say("");
    const leaked = leakOf(answer, other);
    if (leaked !== undefined) say(`shows ${leaked}`);
    if (answer.status !== unknown.status || answer.text !== unknown.text) say(`and of an unknown id ${unknown.text}`);
  }
  return wrong;
}

export const ofOrganizations = (world: World): Operation[] => guarded(world).filter(isOfOrganization);

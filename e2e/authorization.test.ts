/**
 * Every operation of the served OpenAPI document, asked by those who may and by those who must not. Two organisations hold one of
 * everything; what B holds carries words that A must never see.
 */

import { type Permission, permissions } from "@parley/contract/permission";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "./authorization/ask.ts";
import {
  departed,
  expired,
  forgers,
  guarded,
  type Intruder,
  ofOrganizations,
  openLackers,
  refusalsMissing,
  trespass,
} from "./authorization/attacks.ts";
import { isOfOrganization, type Operation, readOperations } from "./authorization/operations.ts";
import { startWalkedPlatform } from "./authorization/platform.ts";
import { emptying, filling } from "./authorization/samples.ts";
import { openTextCall } from "./authorization/samples-calls.ts";
import { closeReceivers } from "./authorization/samples-desk.ts";
import { closeMcpServers } from "./authorization/samples-mcp.ts";
import { administratorOf } from "./authorization/samples-people.ts";
import { bearerOf, openTenant, operationOf, type Tenant, type World } from "./authorization/tenant.ts";
import { newFindings, runSamples } from "./authorization/walk.ts";
import { waitUntil } from "./world.ts";

const minute = 60_000;
const findings = newFindings();
let world: World;
let a: Tenant;
let b: Tenant;

beforeAll(async () => {
  const walked = await startWalkedPlatform();
  const operations = new Map((await readOperations(walked.url)).map((operation) => [operation.id, operation]));
  world = { walked, operations };
  b = await openTenant(world, "B");
  await runSamples(world, filling, { tenant: b, other: undefined, findings });
  a = await openTenant(world, "A");
  await runSamples(world, filling, { tenant: a, other: b, findings });
}, 3 * minute);
afterAll(async () => {
  closeReceivers();
  closeMcpServers();
  await world?.walked.close();
}, minute);

const entriesOf = async ({ orgId }: Tenant): Promise<string | undefined> => {
  const count = "select count(*) from audit_entries where org_id = $1";
  return (await world.walked.sql<{ count: string }>(count, [orgId]))[0]?.count;
};

test("every operation of the document has a sample, and every sample an operation", () => {
  const sampled = [...Object.keys(filling), ...Object.keys(emptying)].toSorted();
  expect(sampled).toEqual([...world.operations.keys()].toSorted());
});

test("those who may get an answer the document knows, every write is in the audit log", () => {
  expect(findings.failed).toEqual([]);
  expect(findings.unaudited).toEqual([]);
  expect(findings.leaked).toEqual([]);
});

const refused = async (operations: readonly Operation[], intruder: Intruder, more: { status: number; code?: string }) =>
  await refusalsMissing(world, operations, { intruder, of: b, findings, ...more });

test("nobody, a forger, and whoever comes with an expired token are not let in", { timeout: minute }, async () => {
  const wrong = await refused(guarded(world), { name: "nobody", headers: {} }, { status: 401, code: "unauthorized" });
  for (const forger of await forgers(world, b)) {
    wrong.push(...(await refused(guarded(world), forger, { status: 401, code: "unauthorized" })));
  }
  for (const late of await expired(world, b)) {
    wrong.push(...(await refused(guarded(world), late, { status: 401, code: "token_expired" })));
  }
  expect(wrong).toEqual([]);
});

test("a key that was revoked, a key that expired and a session that ended are not let in", {
  timeout: minute,
}, async () => {
  const wrong: string[] = [];
  for (const gone of await departed(world, b)) {
    wrong.push(...(await refused(guarded(world), gone, { status: 401, code: "unauthorized" })));
  }
  expect(wrong).toEqual([]);
});

test("a role or a key without the permission is refused, for every permission", { timeout: minute }, async () => {
  const lackers = await openLackers(world, b);
  const wrong: string[] = [];
  for (const [permission, operations = []] of Object.entries(
    Object.groupBy(ofOrganizations(world), ({ permission = "" }) => permission),
  )) {
    for (const lacker of await lackers(permission as Permission)) {
      wrong.push(...(await refused(operations, lacker, { status: 403, code: "forbidden" })));
    }
  }
  expect(wrong).toEqual([]);
});

test("an owner is no administrator of the installation, and a key has no account", { timeout: minute }, async () => {
  const { key } = await b.do("api-keys.create", { body: { name: "everything", permissions: [...permissions] } });
  const byKey = { name: "key", headers: { authorization: `Bearer ${String(key)}` } };
  const owner = { name: "owner", headers: await b.headers() };
  const inside = guarded(world).filter((operation) => !isOfOrganization(operation));
  const administered = inside.filter(({ permission }) => permission === "installation");
  expect(await refused(inside, byKey, { status: 403 })).toEqual([]);
  expect(await refused(administered, owner, { status: 403 })).toEqual([]);
});

test("whoever left an organisation has no more of it than a stranger", { timeout: minute }, async () => {
  const headers = await bearerOf(world.walked, a.owner, b.orgId);
  expect(await refused(ofOrganizations(world), { name: "stranger", headers }, { status: 403 })).toEqual([]);
});

test("another organisation's ids are nobody's, in every place", { timeout: 2 * minute }, async () => {
  await openTextCall(b);
  await openTextCall(a);
  const before = await entriesOf(b);
  const { key } = await a.do("api-keys.create", { body: { name: "everything", permissions: [...permissions] } });
  const wrong: string[] = [];
  for (const headers of [await a.headers(), { authorization: `Bearer ${String(key)}` }]) {
    for (const operation of guarded(world)) {
      wrong.push(...(await trespass(world, operation, { own: a, other: b, headers, findings })));
    }
  }
  expect(wrong).toEqual([]);
  expect(await entriesOf(b), "writes in the other's audit log").toBe(before);
});

test("a suspended organisation is refused, and back when it is resumed", { timeout: minute }, async () => {
  const { key } = await b.do("api-keys.create", { body: { name: "everything", permissions: [...permissions] } });
  const intruders = [
    { name: "owner", headers: await b.headers() },
    { name: "key", headers: { authorization: `Bearer ${String(key)}` } },
  ];
  const standing = async (verb: "suspend" | "resume") => {
    const operation = operationOf(world, `installation.${verb}-organization`);
    const sent = { params: { id: b.orgId } };
    const answer = await ask(world.walked.url, operation, { sent, headers: await administratorOf(b) });
    expect(answer.status).toBe(200);
    const organization = operationOf(world, "organizations.get");
    const status = async () => (await ask(world.walked.url, organization, { sent, headers: await b.headers() })).status;
    await waitUntil(async () => (await status()) === (verb === "suspend" ? 403 : 200));
  };
  await standing("suspend");
  const wrong: string[] = [];
  for (const intruder of intruders) {
    wrong.push(...(await refused(ofOrganizations(world), intruder, { status: 403, code: "suspended" })));
  }
  await standing("resume");
  expect(wrong).toEqual([]);
});

test("after all of this everything of B's is there for B's owner, and goes when they say so", {
  timeout: minute,
}, async () => {
  const own = newFindings();
  await runSamples(world, emptying, { tenant: b, other: a, findings: own });
  expect(own.failed).toEqual([]);
  expect(own.unaudited).toEqual([]);
  expect([...findings.undocumented, ...own.undocumented]).toEqual([]);
});

import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Idempotency } from "../../platform/http/idempotency.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createIdempotentRequests } from "./index.ts";

const orgId = "org_one";
const request = { orgId, partyId: "key_1", key: "k-1", fingerprint: 'POST /things\n{"name":"a"}' };

async function openDesk() {
  const db = await testDatabase();
  const clock = createManualClock();
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  for (const id of [orgId, "org_two"]) await organizations.ensure({ orgId: id, name: id });
  const requests = createIdempotentRequests({ db: db.orgDb, organizations, clock });
  const audit = createAuditLog({ clock, commitClaim: (tx, claim) => requests.commit(tx, claim) });
  const begin = async (change: Partial<typeof request> = {}) => await requests.begin({ ...request, ...change });
  const claim = async (change: Partial<typeof request> = {}) => {
    const begun: Awaited<ReturnType<Idempotency["begin"]>> = await begin(change);
    if (begun.kind !== "claim") throw new Error("expected a claim");
    return begun.claimId;
  };
  const deed = (claimId: string) =>
    db.orgDb.withOrg(orgId, (tx) =>
      audit.append(tx, { orgId, actor: { kind: "api-key", id: "key_1", claimId }, action: "things.make" }),
    );
  return { db, clock, requests, audit, begin, claim, deed, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

describe("Idempotency-Key", () => {
  it("gives the second request the first one's answer, sealed meanwhile", async () => {
    await using desk = await openDesk();
    const claimId = await desk.claim();
    await desk.deed(claimId);
    await desk.requests.answer({ orgId, claimId, status: 201, body: { id: "thing_1", phone: "+201001234567" } });
    expect(await desk.begin()).toEqual({
      kind: "answer",
      status: 201,
      body: { id: "thing_1", phone: "+201001234567" },
    });
    const { rows } = await desk.db.asAdmin("select encode(sealed_answer, 'escape') as kept from idempotent_requests");
    expect(String(rows[0]?.kept)).not.toContain("20100");
  });

  it("keeps nothing of a request that could be found by trying names and numbers", async () => {
    await using desk = await openDesk();
    await desk.claim();
    const { rows } = await desk.db.asAdmin("select idempotent_requests::text as kept from idempotent_requests");
    const plain = createHash("sha256").update(request.fingerprint).digest("hex");
    expect(String(rows[0]?.kept)).not.toContain(plain);
  });

  it("refuses the key for another request, and while the first is being done", async () => {
    await using desk = await openDesk();
    await desk.claim();
    await expect(desk.begin({ fingerprint: "POST /things\n{}" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
    await expect(desk.begin()).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps parties and organisations apart", async () => {
    await using desk = await openDesk();
    const first = await desk.claim();
    expect(await desk.claim({ partyId: "user_2" })).not.toBe(first);
    expect(await desk.claim({ orgId: "org_two" })).not.toBe(first);
  });

  it("does it again when the first one died before its deed", async () => {
    await using desk = await openDesk();
    const claimId = await desk.claim();
    await desk.clock.advance(61_000);
    expect(await desk.claim()).toBe(claimId);
  });

  it("never does it again when the first one died between its deed and its answer", async () => {
    await using desk = await openDesk();
    await desk.deed(await desk.claim());
    await desk.clock.advance(61_000);
    await expect(desk.begin()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("was done"),
    });
  });

  it("knows a deed that was done in another organisation's transaction, and that transaction goes on as its own", async () => {
    await using desk = await openDesk();
    const claimId = await desk.claim();
    const actor = { kind: "user" as const, id: "user_1", claimId, claimOrgId: orgId };
    await desk.db.orgDb.withOrg("org_two", async (tx) => {
      await desk.audit.append(tx, { orgId: "org_two", actor, action: "organizations.create" });
      const { rows } = await tx.execute("select org_id from organizations");
      expect(rows).toEqual([{ org_id: "org_two" }]);
    });
    await desk.clock.advance(61_000);
    await expect(desk.begin()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("was done"),
    });
  });

  it("frees the key after a failure, but not when the deed was committed", async () => {
    await using desk = await openDesk();
    await desk.requests.release({ orgId, claimId: await desk.claim() });
    const claimId = await desk.claim();
    await desk.deed(claimId);
    await desk.requests.release({ orgId, claimId });
    await expect(desk.begin()).rejects.toMatchObject({ code: "conflict" });
  });

  it("forgets what is older than a day", async () => {
    await using desk = await openDesk();
    await desk.claim();
    await desk.clock.advance(25 * 3_600_000);
    expect(await desk.db.orgDb.withOrg(orgId, (tx) => desk.requests.forgetOld(tx))).toBe(1);
  });
});

import { randomBytes } from "node:crypto";
import { screeningPolicy } from "@parley/contract/screening";
import { describe, expect, it } from "vitest";
import { systemClock as clock } from "../../kernel/clock.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createCallStore } from "../calls/index.ts";
import { createContacts } from "../contacts/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createScreening } from "./index.ts";
import { isQuiet } from "./screening.ts";

const orgId = "org_one";
const asked = { orgId, actor: { kind: "user", id: "user_1" } } as const;
const caller = "+201001234567";
const atMs = Date.parse("2026-11-20T21:30:00Z");

async function openDoor(policy: Parameters<typeof screeningPolicy.parse>[0] = {}) {
  const db = await testDatabase();
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  for (const id of [orgId, "org_two"]) await organizations.ensure({ orgId: id, name: id });
  await db.asAdmin("update organizations set country = 'EG', time_zone = 'Africa/Cairo'");
  const parts = { db: db.orgDb, clock, organizations, audit: createAuditLog({ clock }) };
  const contacts = createContacts(parts);
  const screening = createScreening({ ...parts, contacts });
  await screening.setPolicy(asked, screeningPolicy.parse(policy));
  const calls = createCallStore({ db: db.orgDb, organizations, clock });
  const knock = (from?: string, at = atMs, org = orgId) =>
    screening.screenInbound({ orgId: org, language: "ar-EG", atMs: at, ...(from === undefined ? {} : { from }) });
  return { contacts, screening, calls, knock, db, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

describe("inbound", () => {
  it("refuses blocked numbers and prefixes until they expire, in this organisation alone", async () => {
    await using door = await openDoor();
    const expiresAt = new Date(atMs + 1000).toISOString();
    await door.screening.block(asked, { kind: "number", value: "0100 123 4567", reason: "rude", expiresAt });
    expect(await door.knock(caller)).toMatchObject({
      verdict: "refuse",
      reason: "blocked",
      words: expect.stringContaining("عذر"),
    });
    expect(await door.knock(caller, atMs + 2000)).toEqual({ verdict: "answer" });
    expect(await door.knock(caller, atMs, "org_two")).toEqual({ verdict: "answer" });
    const { id } = await door.screening.block(asked, { kind: "prefix", value: "0044 70", reason: "", expiresAt: null });
    expect(await door.knock("+447012345678")).toMatchObject({ reason: "blocked" });
    await expect(door.screening.unblock({ ...asked, orgId: "org_two", id })).rejects.toMatchObject({
      code: "not_found",
    });
    await door.screening.unblock({ ...asked, id });
    expect(await door.knock("+447012345678")).toEqual({ verdict: "answer" });
    expect((await door.screening.listBlocked(orgId, { limit: 10 })).items).toMatchObject([
      { value: caller, reason: "rude" },
    ]);
    const { rows } = await door.db.asAdmin("select b::text as row from blocked_numbers b");
    expect(JSON.stringify(rows)).not.toMatch(/1001234567|rude/);
  });

  it("meets withheld numbers as the policy says, and knows a contact", async () => {
    await using door = await openDoor({ anonymousCallers: "refuse" });
    expect(await door.knock()).toMatchObject({ verdict: "refuse", reason: "anonymous" });
    expect(await door.knock("anonymous")).toMatchObject({ reason: "anonymous" });
    await door.screening.setPolicy(asked, screeningPolicy.parse({ anonymousCallers: "ask-name" }));
    expect(await door.knock("anonymous")).toEqual({ verdict: "answer" });
    expect((await door.screening.adviceFor({ orgId, from: "anonymous" })).instructions).toContain("name");
    expect((await door.screening.adviceFor({ orgId, from: caller })).instructions).toBeUndefined();
    const { id } = await door.contacts.create(asked, { phones: [{ number: caller, label: "" }] });
    expect(await door.knock(caller)).toEqual({ verdict: "answer", contactId: id });
  });

  it("counts a caller's calls by hour and day", async () => {
    await using door = await openDoor({ maxCallsPerHour: 2, maxCallsPerDay: 3 });
    const ring = (callId: string, agoMs: number, from = caller) =>
      door.calls.createCall({
        ...{ orgId, callId, agentId: "a", agentName: "A", language: "en", channel: "phone", direction: "inbound" },
        ...{ startedAtMs: atMs - agoMs, processId: "1-a", from },
      });
    await ring("call_1", 60_000);
    await ring("call_x", 60_000, "+201001234568");
    expect(await door.knock(caller)).toEqual({ verdict: "answer" });
    await ring("call_2", 120_000);
    expect(await door.knock(caller)).toMatchObject({ reason: "too-many-calls" });
    expect(await door.knock(caller, atMs + 3_600_000)).toEqual({ verdict: "answer" });
    await ring("call_3", 10 * 3_600_000);
    expect(await door.knock(caller, atMs + 3_600_000)).toMatchObject({ reason: "too-many-calls" });
    expect(await door.knock(caller, atMs + 25 * 3_600_000)).toEqual({ verdict: "answer" });
  });
});

describe("outbound", () => {
  it("keeps to countries, to who asked not to be called, and to the hours of the one called", async () => {
    await using door = await openDoor({ quietHours: { from: "22:00", to: "08:00" } });
    const ring = (to: string, at: number) => door.screening.screenOutbound({ orgId, to, atMs: at });
    const noonMs = Date.parse("2026-11-20T10:00:00Z");
    await ring(caller, noonMs);
    await expect(ring("+12125550142", noonMs)).rejects.toMatchObject({
      code: "forbidden",
      publicMessage: expect.stringContaining("country"),
    });
    await expect(ring(caller, atMs)).rejects.toMatchObject({ publicMessage: expect.stringContaining("23:30") });
    const phones = [{ number: caller, label: "" }];
    const { id } = await door.contacts.create(asked, { phones, timeZone: "America/New_York" });
    await ring(caller, atMs);
    await door.contacts.change({ ...asked, contactId: id }, { doNotCall: true });
    await expect(ring(caller, atMs)).rejects.toMatchObject({
      publicMessage: expect.stringContaining("asked not to be called"),
    });
    expect([
      isQuiet({ from: "12:00", to: "13:00" }, "12:30"),
      isQuiet({ from: "12:00", to: "13:00" }, "13:00"),
    ]).toEqual([true, false]);
  });
});

import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { ToolOutcome } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { createPool } from "../../platform/db/connect.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createOrgDb } from "../../platform/db/org-db.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { type BusinessProfile, createAppointments } from "../appointments/index.ts";
import { createMessages } from "../messages/index.ts";
import { createOrganizations, demoOrganization } from "../organizations/index.ts";
import { createEmitWebhook } from "../webhooks/index.ts";
import { createBuiltInTools, createToolRunner, createToolShelf, toolSpecs } from "./index.ts";

const { orgId } = demoOrganization;
/** Friday 20 November 2026, 12:00 in New York. */
const nowMs = Date.parse("2026-11-20T17:00:00Z");
const clock: Clock = { now: () => 0, wallNow: () => nowMs, setTimer: () => () => {} };

const dental: BusinessProfile = {
  timeZone: "America/New_York",
  country: "US",
  services: [
    { name: "cleaning", durationMs: 30 * 60_000, aliases: ["teeth cleaning", "تنظيف"] },
    { name: "root canal", durationMs: 90 * 60_000 },
  ],
  openingHours: {
    1: [
      { from: "09:00", to: "12:00" },
      { from: "13:00", to: "15:00" },
    ],
    2: [{ from: "09:00", to: "10:00" }],
  },
  slotEveryMs: 30 * 60_000,
  minNoticeMs: 60 * 60_000,
  maxAheadDays: 180,
};

const unused = () => Promise.reject(new Error("nothing here asks for it"));

async function openDesk() {
  const db = await testDatabase();
  const masterKey = randomBytes(32);
  const logged: string[] = [];
  const build = (orgDb = db.orgDb) => {
    const organizations = createOrganizations({ db: orgDb, masterKey });
    const deps = { organizations, clock, emit: createEmitWebhook({ clock }) };
    const builtIn = createBuiltInTools({
      appointments: createAppointments(deps),
      messages: createMessages(deps),
      profileOf: (agent) => (agent.orgId === orgId ? dental : undefined),
      ...{
        contacts: { findByPhone: unused, amend: unused },
        sendText: unused,
        searchDocuments: () => Promise.resolve([]),
        sendEmail: unused,
        noteIntent: unused,
      },
    });
    const runner = createToolRunner({
      ...{ db: orgDb, organizations, clock, jobs: createJobSender() },
      shelf: createToolShelf({ builtIn, sources: [] }),
      accounts: { of: async () => [] },
      log: (_level, message, facts) => void logged.push(`${message} ${JSON.stringify(facts)}`),
    });
    const run = (
      name: string,
      input: unknown,
      options: { key?: string; org?: string; call?: string } = {},
    ): Promise<ToolOutcome> =>
      runner.run({
        call: { id: "t1", name, input },
        agentId: "agent_test",
        callId: options.call ?? "call_1",
        orgId: options.org ?? orgId,
        idempotencyKey: options.key ?? JSON.stringify([name, input]),
        signal: new AbortController().signal,
      });
    return { organizations, run };
  };
  const { organizations, run } = build();
  await organizations.ensure(demoOrganization);
  return { db, run, build, organizations, logged, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

const monday10 = "2026-11-23T10:00:00-05:00";
const booking = { service: "Teeth cleaning", startsAt: "2026-11-23T10:00", name: "Mona Adel", phone: "(212) 555-0142" };
const slotsOf = (outcome: ToolOutcome) =>
  outcome.status === "ok" ? (outcome.output as { slots: string[] }).slots : [];
const idOf = (outcome: ToolOutcome) =>
  outcome.status === "ok" ? (outcome.output as { appointmentId: string }).appointmentId : undefined;

test("free slots follow opening hours, the service's length and what is taken, in the business's zone", async () => {
  await using desk = await openDesk();
  expect(slotsOf(await desk.run("check_availability", { date: "2026-11-23" }))).toEqual(
    ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30", "14:00", "14:30"].map(
      (time) => `2026-11-23T${time}:00-05:00`,
    ),
  );
  expect(await desk.run("book_appointment", booking)).toMatchObject({ status: "ok", output: { startsAt: monday10 } });
  expect(slotsOf(await desk.run("check_availability", { date: "2026-11-23", service: "root canal" }))).toEqual([
    "2026-11-23T10:30:00-05:00",
    "2026-11-23T13:00:00-05:00",
    "2026-11-23T13:30:00-05:00",
  ]);
  expect(slotsOf(await desk.run("check_availability", { date: "2026-11-22" }))).toEqual([]);
  // After the clocks have changed the offset is another one.
  expect(slotsOf(await desk.run("check_availability", { date: "2027-03-15T00:00", service: "تنظيف" }))[0]).toBe(
    "2027-03-15T09:00:00-04:00",
  );
});

test("the same key is done once: in a row, at once, and by a new process after a crash", async () => {
  await using desk = await openDesk();
  const [first, second] = await Promise.all([
    desk.run("book_appointment", booking, { key: "k" }),
    desk.run("book_appointment", booking, { key: "k" }),
  ]);
  expect(first.status).toBe("ok");
  expect(second).toEqual(first);
  expect(await desk.run("book_appointment", booking, { key: "k" })).toEqual(first);

  const pool = createPool({ url: desk.db.appUrl, log: silentLog });
  expect(await desk.build(createOrgDb(pool)).run("book_appointment", booking, { key: "k" })).toEqual(first);
  await pool.end();
  const rows = await desk.db.asAdmin("select count(*)::int as count from appointments");
  expect(rows.rows).toEqual([{ count: 1 }]);
});

test("a message that comes twice with one key, also at once, is taken once", async () => {
  await using desk = await openDesk();
  const message = { message: "please call back" };
  const [first, second] = await Promise.all([1, 2].map(() => desk.run("take_message", message, { key: "m" })));
  expect(first?.status).toBe("ok");
  expect(second).toEqual(first);
  expect(await desk.run("take_message", message, { key: "m" })).toEqual(first);
  expect(await desk.run("take_message", message, { key: "n" })).not.toEqual(first);
  const rows = await desk.db.asAdmin("select count(*)::int as count from messages");
  expect(rows.rows).toEqual([{ count: 2 }]);
});

test("ten callers want one slot: one gets it, nine hear what is free instead", async () => {
  await using desk = await openDesk();
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, caller) =>
      desk.run("book_appointment", { ...booking, phone: `21255501${10 + caller}` }, { call: `call_${caller}` }),
    ),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "failed");
  expect(refused).toHaveLength(9);
  expect(refused[0]).toEqual({
    status: "failed",
    publicMessage:
      "That time is taken. Free instead: Monday 23 November at 9:00 AM; Monday 23 November at 9:30 AM; Monday 23 November at 10:30 AM.",
  });
});

test("book, cancel, book the same slot again, with the very same keys", async () => {
  await using desk = await openDesk();
  const cancelling = { phone: "+1 212 555 0142" };
  const first = await desk.run("book_appointment", booking);
  expect(idOf(await desk.run("cancel_appointment", cancelling))).toBe(idOf(first));
  const again = await desk.run("book_appointment", booking);
  expect(again.status).toBe("ok");
  expect(idOf(again)).not.toBe(idOf(first));
  expect(idOf(await desk.run("cancel_appointment", cancelling))).toBe(idOf(again));
  const active = await desk.db.asAdmin("select count(*)::int as count from appointments where status = 'active'");
  expect(active.rows).toEqual([{ count: 0 }]);
});

test("an appointment is moved, to a free time only, and found by any spelling of the number", async () => {
  await using desk = await openDesk();
  await desk.run("book_appointment", booking);
  await desk.run("book_appointment", { ...booking, phone: "2125550199", startsAt: "2026-11-23T11:00" });
  expect(
    await desk.run("reschedule_appointment", { phone: "٢١٢٥٥٥٠١٤٢", newStartsAt: "2026-11-23T10:45" }),
  ).toMatchObject({ status: "failed" });
  const moved = await desk.run("reschedule_appointment", { phone: "٢١٢٥٥٥٠١٤٢", newStartsAt: "2026-11-23T10:30" });
  expect(moved).toMatchObject({ status: "ok", output: { startsAt: "2026-11-23T10:30:00-05:00" } });
  const back = await desk.run("reschedule_appointment", { phone: booking.phone, newStartsAt: monday10 });
  expect(back).toMatchObject({ status: "ok", output: { startsAt: monday10 } });
  expect(await desk.run("cancel_appointment", { phone: "212 555 0000" })).toEqual({
    status: "failed",
    publicMessage: "There is no coming appointment under this phone number.",
  });
});

test("what cannot be is refused with the reason, and the same key may be tried again", async () => {
  await using desk = await openDesk();
  const refusal = async (name: string, input: unknown) => {
    const outcome = await desk.run(name, input);
    return outcome.status === "failed" ? outcome.publicMessage : "done";
  };
  expect(await refusal("book_appointment", { ...booking, service: "haircut" })).toBe(
    "service: we offer cleaning, root canal.",
  );
  expect(await refusal("book_appointment", { ...booking, startsAt: "next week" })).toMatch(
    /^startsAt: give date and time/,
  );
  expect(await refusal("book_appointment", { ...booking, startsAt: "2026-11-19T10:00" })).toMatch(/has passed/);
  expect(await refusal("book_appointment", { ...booking, startsAt: "2026-11-23T11:45" })).toMatch(
    /closed then.*11:30 AM/,
  );
  expect(await refusal("book_appointment", { ...booking, phone: "call me" })).toMatch(/^phone:/);
  expect(await refusal("book_appointment", { service: "cleaning" })).toMatch(/startsAt.*name.*phone/);
  expect(await refusal("book_appointment", "nonsense")).toMatch(/^input:/);
  expect(await refusal("transfer_money", {})).toMatch(/no tool of this name/);
  expect(await refusal("check_availability", { date: "soon" })).toMatch(/^date:/);
  expect(await refusal("end_call", {})).toBe("done");

  const other = { ...booking, phone: "2125550177" };
  await desk.run("book_appointment", booking);
  expect((await desk.run("book_appointment", other, { key: "later" })).status).toBe("failed");
  await desk.run("cancel_appointment", { phone: booking.phone });
  expect((await desk.run("book_appointment", other, { key: "later" })).status).toBe("ok");
});

test("another organisation sees, moves and cancels nothing; an unknown one does nothing", async () => {
  await using desk = await openDesk();
  await desk.run("book_appointment", booking);
  await desk.organizations.ensure({ orgId: "org_other", name: "Other" });
  expect((await desk.run("cancel_appointment", { phone: booking.phone }, { org: "org_other" })).status).toBe("failed");
  expect((await desk.run("take_message", { message: "hello" }, { org: "org_nobody" })).status).toBe("failed");
  expect((await desk.run("take_message", { message: "hello" }, { org: "org_other" })).status).toBe("ok");
});

test("names, numbers, notes and messages lie in the database sealed only, and in no log line", async () => {
  await using desk = await openDesk();
  await desk.run("book_appointment", { ...booking, note: "afraid of needles" });
  expect(
    await desk.run("take_message", { name: "Mona Adel", phone: "2125550142", message: "afraid of needles" }),
  ).toMatchObject({
    status: "ok",
    output: { messageId: expect.stringMatching(/^msg_/) },
  });
  await desk.run("book_appointment", { ...booking, startsAt: "2026-11-23T10:00", name: "\0".repeat(3) });
  const dump = await desk.db.asAdmin(
    `select encode(convert_to(a::text || m::text || t::text, 'UTF8'), 'escape') as text from appointments a, messages m, tool_results t`,
  );
  const everything = JSON.stringify(dump.rows) + desk.logged.join();
  for (const secret of [
    "Mona",
    "needles",
    "5550142",
    Buffer.from("Mona").toString("hex"),
    Buffer.from("5550142").toString("hex"),
  ]) {
    expect(everything).not.toContain(secret);
  }
});

test("a database that is away is a failed outcome, not an exception", async () => {
  await using desk = await openDesk();
  const pool = createPool({ url: desk.db.appUrl, log: silentLog });
  const { run } = desk.build(createOrgDb(pool));
  await pool.end();
  expect(await run("book_appointment", booking)).toMatchObject({
    status: "failed",
    publicMessage: expect.stringMatching(/cannot be reached/),
  });
});

test("the specs say which tools write", () => {
  expect(Object.fromEntries(toolSpecs.map((spec) => [spec.name, spec.effect]))).toEqual({
    check_availability: "read",
    book_appointment: "write",
    reschedule_appointment: "write",
    cancel_appointment: "write",
    take_message: "write",
    end_call: "write",
  });
  expect(toolSpecs[1]?.inputSchema).toMatchObject({
    type: "object",
    required: ["service", "startsAt", "name", "phone"],
  });
});

test("deeds are told to webhooks in their own transaction: once for each deed, none for what was refused, no word of them", async () => {
  await using desk = await openDesk();
  const { phone } = booking;
  await desk.db.asAdmin(
    `insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, created_by, created_at, events)
     values ('whk_1', $1, '', '', '', 'usr_a', now(),
       '{appointment.booked,appointment.rescheduled,appointment.cancelled,message.taken}')`,
    [orgId],
  );
  const booked = await desk.run("book_appointment", booking, { key: "k1" });
  await desk.run("book_appointment", booking, { key: "k1" });
  // The same wish under another key finds the same appointment.
  await desk.run("book_appointment", booking, { key: "k2" });
  await desk.run("reschedule_appointment", { phone, newStartsAt: "2026-11-22T10:00" });
  await desk.run("reschedule_appointment", { phone, newStartsAt: "2026-11-23T11:00" });
  await desk.run("cancel_appointment", { phone });
  await desk.run("cancel_appointment", { phone }, { key: "again" });
  const taken = await desk.run("take_message", { message: "call me", phone });
  const { rows } = await desk.db.asAdmin("select * from webhook_deliveries order by seq");
  const messageId = taken.status === "ok" ? (taken.output as { messageId: string }).messageId : "";
  const times = (startsAt: string, endsAt: string) => ({ startsAt, endsAt });
  expect(rows.map((row) => [row["type"], row["subject_id"], row["facts"]])).toEqual([
    ["appointment.booked", idOf(booked), times("2026-11-23T15:00:00.000Z", "2026-11-23T15:30:00.000Z")],
    ["appointment.rescheduled", idOf(booked), times("2026-11-23T16:00:00.000Z", "2026-11-23T16:30:00.000Z")],
    ["appointment.cancelled", idOf(booked), times("2026-11-23T16:00:00.000Z", "2026-11-23T16:30:00.000Z")],
    ["message.taken", messageId, {}],
  ]);
  expect(new Set(rows.map((row) => row["order_key"]))).toEqual(new Set(["call_1"]));
  expect(JSON.stringify(rows)).not.toMatch(/555|Mona|call me/);
});

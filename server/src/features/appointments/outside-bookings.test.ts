/** Bookings in a calendar of somebody else's that fails before, during and after its write. */
import { expect, test } from "vitest";
import { type BookingDesk, clinic, deskClock, openBookingDesk, orgId } from "../../testing/booking-desk.ts";
import { createScriptedCalendar } from "../../testing/scripted-calendar.ts";
import { testDatabase } from "../../testing/test-database.ts";
import type { AppointmentOutcome } from "./index.ts";

const monday = (time: string) => `2026-11-23T${time}`;
const at = (time: string) => Date.parse(`2026-11-23T${time}:00-05:00`);
const minute = 60_000;

async function openDesk(settings: { whenUnreachable?: "provisional" | "message" } = {}) {
  const db = await testDatabase();
  const google = createScriptedCalendar();
  const { clock, pass } = deskClock();
  const desk = await openBookingDesk({ db: db.orgDb, clock, provider: google });
  const calendar = await desk.addCalendar({ settings });
  const rows = async (which = "true") =>
    (await db.asAdmin(`select * from appointments where ${which} order by created_at, id`)).rows;
  return { ...desk, db, google, pass, calendar, rows, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

const said = (outcome: AppointmentOutcome) =>
  outcome.ok ? "booked" : `${outcome.isUncertain === true ? "uncertain: " : ""}${outcome.publicMessage}`;
const told = (desk: BookingDesk) => desk.emitted.map(({ type }) => type);
const offered = /Free instead: .*Say: .*Monday/;

test("a booking is looked up, written and looked up again, and is certain then", async () => {
  await using desk = await openDesk();
  const outcome = await desk.book(1, monday("10:00"));
  expect(outcome).toMatchObject({ ok: true, startsAt: "2026-11-23T10:00:00-05:00", say: "Monday at ten" });
  expect(desk.google.asked).toEqual(["listEvents", "createEvent", "listEvents"]);
  expect([...desk.google.events.values()]).toMatchObject([{ startMs: at("10:00"), title: "cleaning – Caller 1" }]);
  expect(await desk.rows()).toMatchObject([
    { status: "active", sync_state: "synced", calendar_id: desk.calendar.id, next_sync_at: null, hold_until: null },
  ]);
  expect(told(desk)).toEqual(["appointment.booked"]);
  // The same deed again, and the same wish in other words: the same appointment.
  expect(await desk.book(1, monday("10:00"))).toEqual(outcome);
  expect(await desk.book(1, monday("10:00"), { key: "other" })).toEqual(outcome);
  expect(await desk.outside.find({ orgId, profile: clinic, idempotencyKey: `book 1 ${monday("10:00")}` })).toEqual(
    outcome,
  );
  expect(desk.google.events.size).toBe(1);
});

test("a time that is busy there is not booked, and nothing is offered that is busy there", async () => {
  await using desk = await openDesk();
  desk.google.put(at("09:30"), at("11:00"));
  const outcome = await desk.book(1, monday("10:00"));
  expect(said(outcome)).toBe(
    "That time is taken. Free instead: Monday 23 November at 9:00 AM; Monday 23 November at 11:00 AM; Monday 23 November at 11:30 AM. Say: Monday at nine, eleven or half past eleven.",
  );
  expect([await desk.rows(), desk.google.asked, told(desk)]).toEqual([[], ["listEvents"], []]);
});

test("somebody writes there at the same moment: ours is taken away again, and the caller is offered another", async () => {
  await using desk = await openDesk();
  desk.google.after("listEvents", () => desk.google.put(at("10:00"), at("10:30")));
  expect(said(await desk.book(1, monday("10:00")))).toMatch(offered);
  expect([...desk.google.events.values()].map(({ title }) => title)).toEqual(["Lunch"]);
  expect([await desk.rows(), told(desk)]).toEqual([[], []]);
});

test("… and where ours could not be taken away at once, a job does it", async () => {
  await using desk = await openDesk();
  desk.google.after("listEvents", () => desk.google.put(at("10:00"), at("10:30")));
  desk.google.fail("removeEvent", "before", 1);
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/^That time is taken.*10:30|9:30/);
  expect(await desk.rows()).toMatchObject([{ status: "cancelled", sync_state: "removing" }]);
  await desk.tend();
  expect([...desk.google.events.values()].map(({ title }) => title)).toEqual(["Lunch"]);
  expect(await desk.rows()).toMatchObject([{ status: "cancelled", sync_state: "none", next_sync_at: null }]);
  expect(told(desk)).toEqual([]);
});

test("away before the write: the time is held and told as asked for; the job books it when it is back", async () => {
  await using desk = await openDesk();
  desk.google.fail("listEvents", "before", 99);
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/^uncertain: .*I have asked for that time/);
  expect(said(await desk.book(2, monday("10:00")))).toMatch(
    /^Somebody else is asking for that time right now. Free instead/,
  );
  await desk.tend();
  expect([told(desk), desk.google.events.size]).toEqual([[], 0]);
  desk.google.mend();
  desk.pass(5 * minute);
  await desk.tend();
  expect(await desk.rows()).toMatchObject([{ status: "active", sync_state: "synced" }]);
  expect([told(desk), desk.google.events.size]).toEqual([["appointment.booked"], 1]);
  expect(said(await desk.book(2, monday("10:00")))).toMatch(/^That time is taken/);
});

test("away before the write, and the owner wants a message instead: nothing is held", async () => {
  await using desk = await openDesk({ whenUnreachable: "message" });
  desk.google.fail("listEvents", "before", 99);
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/nothing was booked.*take a message/);
  desk.google.mend();
  desk.google.fail("createEvent", "refused", 1);
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/nothing was booked.*take a message/);
  expect([await desk.rows(), told(desk), desk.google.events.size]).toEqual([[], [], 0]);
});

test.each([
  ["the write was done and its answer lost", "lost", 1],
  ["the write was not done", "before", 1],
] as const)("%s: looked for, written again if need be, and booked once", async (_what, how, times) => {
  await using desk = await openDesk();
  desk.google.fail("createEvent", how, times);
  expect(said(await desk.book(1, monday("10:00")))).toBe("booked");
  expect([desk.google.events.size, told(desk)]).toEqual([1, ["appointment.booked"]]);
});

test("nobody knows whether it was written: held, told as asked for, settled by the job as the calendar says", async () => {
  await using desk = await openDesk({ whenUnreachable: "message" });
  desk.google.fail("createEvent", "lost", 9);
  desk.google.fail("findEvent", "before", 9);
  const key = `book 1 ${monday("10:00")}`;
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/^uncertain/);
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/^uncertain/);
  expect(await desk.outside.find({ orgId, profile: clinic, idempotencyKey: key })).toMatchObject({ isUncertain: true });
  desk.google.mend();
  // Not before its time.
  expect(await desk.tend()).toBe(0);
  desk.pass(minute);
  await desk.tend();
  expect(await desk.outside.find({ orgId, profile: clinic, idempotencyKey: key })).toMatchObject({ ok: true });
  expect([desk.google.events.size, told(desk)]).toEqual([1, ["appointment.booked"]]);
});

test("written, and then silent: asked for; when somebody took the time there meanwhile, the caller is told that it cannot be had", async () => {
  await using desk = await openDesk();
  desk.google.after("createEvent", () => desk.google.fail("listEvents", "before", 9));
  expect(said(await desk.book(1, monday("10:00")))).toMatch(/^uncertain/);
  desk.google.mend();
  desk.google.put(at("10:00"), at("10:30"));
  desk.pass(minute);
  await desk.tend();
  expect(told(desk)).toEqual(["appointment.declined"]);
  expect([...desk.google.events.values()].map(({ title }) => title)).toEqual(["Lunch"]);
  expect(await desk.rows()).toMatchObject([{ status: "cancelled", sync_state: "none" }]);
});

test("a hold of a process that died before the write is let go; after it, the job ends what was begun", async () => {
  await using desk = await openDesk();
  expect(said(await desk.book(1, monday("10:00")))).toBe("booked");
  await desk.db.asAdmin(
    "update appointments set status = 'held', sync_state = 'none', hold_until = '2026-11-20T17:01Z', next_sync_at = '2026-11-20T17:01Z'",
  );
  desk.google.events.clear();
  expect(said(await desk.book(2, monday("10:00")))).toMatch(/asking for that time right now/);
  desk.pass(2 * minute);
  await desk.tend();
  expect(await desk.rows()).toEqual([]);
  expect(said(await desk.book(2, monday("10:00")))).toBe("booked");
  await desk.db.asAdmin(
    "update appointments set status = 'held', sync_state = 'writing', next_sync_at = '2026-11-20T17:01Z'",
  );
  await Promise.all([desk.tend(), desk.tend()]);
  expect(await desk.rows()).toMatchObject([{ status: "active", sync_state: "synced" }]);
  expect([desk.google.events.size, told(desk)]).toEqual([
    1,
    ["appointment.booked", "appointment.booked", "appointment.booked"],
  ]);
});

test("an appointment is moved there and here, also onto a part of its own time; a taken one is refused", async () => {
  await using desk = await openDesk();
  await desk.book(1, monday("10:00"));
  await desk.book(2, monday("11:00"));
  expect(await desk.move(1, monday("10:15"))).toMatchObject({ ok: true, startsAt: "2026-11-23T10:15:00-05:00" });
  expect([...desk.google.events.values()].map(({ startMs }) => startMs)).toEqual([at("10:15"), at("11:00")]);
  expect(said(await desk.move(1, monday("11:00")))).toMatch(/^That time is taken/);
  desk.google.put(at("09:00"), at("10:00"));
  expect(said(await desk.move(1, monday("09:30")))).toMatch(/^That time is taken/);
  desk.google.fail("moveEvent", "lost", 1);
  expect(said(await desk.move(1, monday("11:30")))).toBe("booked");
  expect(await desk.rows("status <> 'cancelled'")).toHaveLength(2);
  expect(told(desk)).toEqual([
    "appointment.booked",
    "appointment.booked",
    "appointment.rescheduled",
    "appointment.rescheduled",
  ]);
});

test("a move nobody knows the end of: the old time stands until the calendar says otherwise", async () => {
  await using desk = await openDesk();
  await desk.book(1, monday("10:00"));
  desk.google.fail("moveEvent", "lost", 9);
  desk.google.fail("findEvent", "before", 9);
  // Read first, then silent.
  desk.google.mend();
  desk.google.fail("moveEvent", "lost", 2);
  desk.google.after("findEvent", () => desk.google.fail("findEvent", "before", 9));
  expect(said(await desk.move(1, monday("11:00")))).toMatch(/^uncertain: .*until then the old one stands/);
  expect(said(await desk.book(2, monday("10:00")))).toMatch(/^That time is taken/);
  expect(said(await desk.book(2, monday("11:00")))).toMatch(/^Somebody else is asking/);
  desk.google.mend();
  desk.pass(2 * minute);
  await desk.tend();
  expect(await desk.rows()).toMatchObject([{ status: "active", starts_at: new Date(at("11:00")) }]);
  expect(told(desk)).toEqual(["appointment.booked", "appointment.rescheduled"]);
  expect(said(await desk.book(2, monday("10:00")))).toBe("booked");
});

test("an appointment that a person took out of the calendar is not moved", async () => {
  await using desk = await openDesk();
  await desk.book(1, monday("10:00"));
  desk.google.events.clear();
  expect(said(await desk.move(1, monday("11:00")))).toMatch(/taken out of the calendar/);
  expect(await desk.rows()).toHaveLength(1);
});

test("a cancelled one is free here at once and taken away there by the job, also when that fails at first", async () => {
  await using desk = await openDesk();
  await desk.book(1, monday("10:00"));
  desk.google.fail("removeEvent", "before", 1);
  expect(said(await desk.cancel(1))).toBe("booked");
  expect(told(desk)).toEqual(["appointment.booked", "appointment.cancelled"]);
  await desk.tend();
  // Its event is about to go: it stands in nobody's way.
  expect(said(await desk.book(2, monday("10:00")))).toBe("booked");
  desk.pass(minute);
  await desk.tend();
  expect([...desk.google.events.values()].map(({ title }) => title)).toEqual(["cleaning – Caller 2"]);
});

test("of several practitioners the one who is free there is booked; the one who was asked for, and no other", async () => {
  await using desk = await openDesk();
  const other = await desk.addCalendar({ name: "Dr Samir Aziz", link: null });
  desk.google.put(at("10:00"), at("10:30"));
  expect(said(await desk.book(1, monday("10:00")))).toBe("booked");
  expect(await desk.rows()).toMatchObject([{ calendar_id: other.id, sync_state: "none", status: "active" }]);
  expect(said(await desk.book(2, monday("10:00"), { person: "doctor mona" }))).toMatch(/^That time is taken/);
  expect(said(await desk.book(2, monday("10:30"), { person: "Samir" }))).toBe("booked");
  expect(said(await desk.book(3, monday("11:00"), { person: "Dr Who" }))).toMatch(
    /There are: Dr (Mona, Dr Samir Aziz|Samir Aziz, Dr Mona)/,
  );
});

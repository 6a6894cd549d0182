/** Practitioners and rooms, buffers, whose appointment it is, and what people at a desk do. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { clinic, deskClock, openBookingDesk, orgId } from "../../testing/booking-desk.ts";
import { createScriptedCalendar } from "../../testing/scripted-calendar.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createCallStore } from "../calls/index.ts";
import { type BusinessProfile, createAppointmentDesk, createAppointmentFollowers } from "./index.ts";

const monday = (time: string) => `2026-11-23T${time}`;
const asked = { orgId, actor: { kind: "user", id: "user_1" } as const };
const phone = "+12125551001";

async function openDesk() {
  const db = await testDatabase();
  const google = createScriptedCalendar();
  const { clock } = deskClock();
  const masterKey = randomBytes(32);
  const opened = await openBookingDesk({ db: db.orgDb, clock, provider: google, masterKey });
  const { appointments, deps } = opened;
  const desk = createAppointmentDesk({ ...deps, audit: createAuditLog({ clock }), profileOf: async () => clinic });
  const inOrg = <T>(work: (tx: OrgTx) => Promise<T>) => db.orgDb.withOrg(orgId, work);
  const business = (more: Partial<BusinessProfile> = {}) => ({ orgId, profile: { ...clinic, ...more } });
  return {
    ...{ ...opened, db, google, desk },
    add: (name: string, kind: "person" | "room" = "person", services?: string[]) =>
      opened.addCalendar({ name, kind, link: null, settings: services === undefined ? {} : { services } }),
    wish: (startsAt: string, more: { service?: string; person?: string; name?: string; phone?: string } = {}) =>
      inOrg((tx) =>
        appointments.book(tx, { ...business(), service: "cleaning", name: "Mona Adel", phone, startsAt, ...more }),
      ),
    free: async (more: { service?: string; person?: string } = {}) => {
      const found = await inOrg((tx) =>
        appointments.checkAvailability(tx, { ...business(), date: "2026-11-23", ...more }),
      );
      return found.ok ? found.slots.map((slot) => slot.slice(11, 16)) : found.publicMessage;
    },
    cancelBy: async (
      identityCheck: NonNullable<BusinessProfile["identityCheck"]>,
      more: { name?: string; callId?: string; currentStartsAt?: string; service?: string } = {},
    ) => {
      const outcome = await inOrg((tx) => appointments.cancel(tx, { ...business({ identityCheck }), phone, ...more }));
      return outcome.ok ? "done" : outcome.publicMessage;
    },
    callFrom: (callId: string, from: string) =>
      createCallStore({ db: db.orgDb, organizations: deps.organizations, clock }).createCall({
        ...{ orgId, callId, agentId: "agent_1", agentName: "Demo", language: "en", channel: "phone" },
        ...{ direction: "inbound", startedAtMs: clock.wallNow(), processId: "1-a", from },
      }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

test("a time is free while any practitioner is; whoever is asked for is looked at alone; a room is needed where one lists the service", async () => {
  await using desk = await openDesk();
  await desk.add("Dr Mona");
  await desk.add("Dr Samir");
  await desk.add("Laser room", "room", ["whitening"]);
  expect(await desk.wish(monday("10:00"), { person: "Mona" })).toMatchObject({ ok: true });
  expect(await desk.free({ person: "Mona" })).not.toContain("10:00");
  expect(await desk.free()).toContain("10:00");
  expect(await desk.wish(monday("10:00"), { phone: "+12125551002" })).toMatchObject({ ok: true });
  expect(await desk.free()).not.toContain("10:00");
  expect(await desk.wish(monday("10:00"), { phone: "+12125551003" })).toMatchObject({ ok: false });
  // Two practitioners, one room.
  expect(await desk.wish(monday("11:15"), { service: "whitening" })).toMatchObject({ ok: true });
  expect(await desk.wish(monday("11:15"), { service: "whitening", phone: "+12125551002" })).toMatchObject({
    ok: false,
  });
  expect(await desk.wish(monday("11:15"), { phone: "+12125551002" })).toMatchObject({ ok: true });
});

test("what is kept free before and after a service stands in the way of others", async () => {
  await using desk = await openDesk();
  expect(await desk.wish(monday("10:00"), { service: "whitening" })).toMatchObject({ ok: true });
  expect(await desk.free()).toEqual(["09:00", "11:00", "11:30"]);
  expect(await desk.free({ service: "whitening" })).toEqual(["09:00", "11:00", "11:30"]);
  expect(await desk.wish(monday("10:30"), { phone: "+12125551002" })).toMatchObject({ ok: false });
});

test("the same wish said twice is one appointment; two people of one number may come at one time", async () => {
  await using desk = await openDesk();
  await desk.add("Dr Mona");
  await desk.add("Dr Samir");
  const first = await desk.wish(monday("10:00"));
  expect(await desk.wish(monday("10:00"), { name: "Mona" })).toEqual(first);
  expect(await desk.wish(monday("10:00"), { name: "Karim Adel" })).toMatchObject({ ok: true });
  expect((await desk.db.asAdmin("select id from appointments")).rows).toHaveLength(2);
});

test("of several appointments under one number none is cancelled until it is clear which", async () => {
  await using desk = await openDesk();
  await desk.wish(monday("10:00"));
  await desk.wish(monday("11:15"), { service: "whitening" });
  expect(await desk.cancelBy("none")).toMatch(
    /^There are 2 coming appointments.*cleaning on Monday 23 November at 10:00 AM; whitening on Monday 23 November at 11:15 AM.*currentStartsAt/,
  );
  expect(await desk.cancelBy("none", { currentStartsAt: monday("10:30") })).toMatch(/^There are 2/);
  expect(await desk.cancelBy("none", { service: "whitening" })).toBe("done");
  expect(await desk.cancelBy("none", { service: "whitening" })).toMatch(/only this one: cleaning/);
  expect(await desk.cancelBy("none", { currentStartsAt: monday("10:00") })).toBe("done");
  expect(await desk.cancelBy("none")).toMatch(/no coming appointment/);
});

test("whoever may not change an appointment changes none, and learns nothing of it", async () => {
  await using desk = await openDesk();
  await desk.wish(monday("10:00"));
  await desk.callFrom("call_own", phone);
  await desk.callFrom("call_other", "+12125559999");
  expect(await desk.cancelBy("caller-number", { callId: "call_other" })).toMatch(/^For safety.*take a message/);
  expect(await desk.cancelBy("caller-number")).toMatch(/^For safety/);
  expect(await desk.cancelBy("name", { callId: "call_own" })).toMatch(/^name: ask/);
  const refusal = await desk.cancelBy("name", { name: "Karim Adel" });
  expect(refusal).toMatch(/no coming appointment under this phone number and name/);
  expect(await desk.cancelBy("caller-number-or-name", { callId: "call_other", name: "Mona" })).toBe(refusal);
  expect((await desk.db.asAdmin("select status from appointments")).rows).toEqual([{ status: "active" }]);
  expect(await desk.cancelBy("caller-number-or-name", { callId: "call_own" })).toBe("done");
  await desk.wish(monday("10:00"), { name: "أحمد علي" });
  expect(await desk.cancelBy("name", { name: "احمد على" })).toBe("done");
});

test("the desk books, moves and cancels; onto another one is a conflict; a linked calendar follows by the job", async () => {
  await using desk = await openDesk();
  const { id: calendarId } = await desk.addCalendar();
  const wanted = {
    service: "cleaning",
    durationMinutes: 30,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    name: "Mona",
    phone,
  };
  const booked = await desk.desk.create(asked, { ...wanted, startsAt: "2026-11-23T22:00:00Z" });
  expect(booked).toMatchObject({ status: "active", calendarId, sync: "pending", name: "Mona" });
  await desk.tend();
  expect([...desk.google.events.values()]).toMatchObject([{ startMs: Date.parse("2026-11-23T22:00:00Z") }]);
  const onto = desk.desk.create(asked, { ...wanted, startsAt: "2026-11-23T22:15:00Z" });
  await expect(onto).rejects.toMatchObject({ code: "conflict" });
  const one = { orgId, appointmentId: booked.id };
  await desk.desk.move({ ...asked, ...one }, { startsAt: "2026-11-24T22:00:00Z" });
  await desk.tend();
  expect([...desk.google.events.values()]).toMatchObject([{ startMs: Date.parse("2026-11-24T22:00:00Z") }]);
  expect(await desk.desk.get(one)).toMatchObject({ startsAt: "2026-11-24T22:00:00.000Z", sync: "synced" });
  expect((await desk.desk.list(orgId, { limit: 1, calendarId })).items).toHaveLength(1);
  expect((await desk.desk.list(orgId, { limit: 1, until: "2026-11-24T00:00:00Z" })).items).toEqual([]);
  expect(await desk.desk.cancel({ ...asked, ...one })).toMatchObject({ status: "cancelled" });
  await desk.desk.cancel({ ...asked, ...one });
  await desk.tend();
  expect(desk.google.events.size).toBe(0);
  expect(desk.emitted.map(({ type }) => type)).toEqual([
    "appointment.booked",
    "appointment.rescheduled",
    "appointment.cancelled",
  ]);
  await expect(desk.desk.get({ orgId, appointmentId: "appt_none" })).rejects.toMatchObject({ code: "not_found" });
});

test("the first calendar takes over what was booked before; what is coming is written to a calendar that is linked later", async () => {
  await using desk = await openDesk();
  await desk.wish(monday("10:00"));
  const { id: calendarId } = await desk.add("Dr Mona");
  const followers = createAppointmentFollowers({ clock: desk.deps.clock });
  await desk.db.orgDb.withOrg(orgId, async (tx) => {
    await followers.onFirst(tx, calendarId);
    await followers.onLinked(tx, { calendarId, link: { connectionId: "con_1", externalCalendarId: "main" } });
    expect(await followers.countComing(tx, calendarId)).toBe(1);
  });
  expect((await desk.db.asAdmin("select calendar_id, sync_state from appointments")).rows).toEqual([
    { calendar_id: calendarId, sync_state: "pending" },
  ]);
});

/** Who is told of what: real database, real appointments and messages; a telephone company and a mail server in memory. */
import ICAL from "ical.js";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../testing/manual-clock.ts";
import { actor, clinic, openNotificationDesk, ourNumber } from "../testing/notification-desk.ts";
import { testDatabase } from "../testing/test-database.ts";
import { connectNotifications } from "./notifications.ts";

const orgId = "org_one";
const salma = "+12125550177";
const hourMs = 3_600_000;
/** Tuesday, 10:00 in New York. */
const tuesday = Date.parse("2026-11-17T15:00:00Z");

async function openWorld(atMs = tuesday) {
  const database = await testDatabase();
  const clock = createManualClock(atMs);
  const desk = openNotificationDesk(database, clock, connectNotifications);
  await desk.found(orgId);
  const of = { orgId, profile: clinic };
  return {
    ...desk,
    /** In a call of hers, which goes on. */
    async book(startsAt: string, more: { language?: string; phone?: string } = {}) {
      const callId = await desk.call(orgId, { from: salma, ...more });
      const wish = { ...of, callId, service: "cleaning", name: "Salma Haddad", phone: more.phone ?? salma, startsAt };
      const booked = await desk.db.withOrg(orgId, (tx) => desk.appointments.book(tx, wish));
      if (!booked.ok) throw new Error(booked.publicMessage);
      return { id: booked.appointmentId, callId };
    },
    move: (newStartsAt: string) =>
      desk.db.withOrg(orgId, (tx) => desk.appointments.reschedule(tx, { ...of, phone: salma, newStartsAt })),
    cancel: () => desk.db.withOrg(orgId, (tx) => desk.appointments.cancel(tx, { ...of, phone: salma })),
    tendNow: () => desk.tend(orgId),
    async writes(body: string, externalId = `SM_${body}`) {
      await desk.notifications.onText(orgId, { externalId, from: salma, to: ourNumber, body });
      await desk.tend(orgId);
      return desk.texts.sent.at(-1)?.body;
    },
    sentTexts: () => desk.texts.sent.map(({ to, body }) => `${to} ${body}`),
    logged: () => desk.log(orgId),
    async pass(ms: number) {
      await clock.advance(ms);
      await desk.notificationDesk.tendAll(desk.signal);
    },
    atHomeIn: (zone: string) => database.asAdmin("update organizations set time_zone = $1", [zone]),
    statusOf: async (id: string) =>
      (await database.asAdmin("select status, confirmed_at from appointments where id = $1", [id])).rows[0],
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe("an appointment", () => {
  test("is confirmed to who booked it and told to the owner; reminded of on the day before; counted, and no word of it is kept", async () => {
    await using world = await openWorld();
    await world.book("2026-11-20T09:00");
    await world.tendNow();
    expect(world.sentTexts()).toEqual([
      `${salma} Bright Smile: Salma Haddad, your cleaning is booked for Friday 20 November at 9:00 AM. Reply C to confirm, X to cancel, STOP to end texts.`,
    ]);
    expect(world.texts.sent[0]?.from).toBe(ourNumber);
    expect(world.mails.map(({ to, subject }) => [to, subject])).toEqual([
      ["usr_owner@clinic.example", `New booking: cleaning on Friday 20 November at 9:00 AM (Salma Haddad, ${salma})`],
    ]);
    expect(await world.logged()).toEqual([
      "confirmation sms queued",
      "owner-booking email sent",
      "reminder sms waiting",
    ]);
    const [confirmation] = (await world.rows(orgId)).filter(({ kind }) => kind === "confirmation");
    expect([confirmation?.["sealed_content"], confirmation?.["key_wrap"], confirmation?.["segments"]]).toEqual([
      null,
      null,
      1,
    ]);
    const usage = await world.database.asAdmin(
      "select unit, quantity::int, paid_by, price_source from call_usage where source = 'sms'",
    );
    expect(usage.rows).toEqual([{ unit: "sms", quantity: 1, paid_by: "organization", price_source: "built-in" }]);
    await world.pass(2 * 24 * hourMs - 60_000);
    expect(world.sentTexts()).toHaveLength(1);
    await world.pass(61_000);
    expect(world.sentTexts().at(-1)).toContain("a reminder of your cleaning on Friday 20 November at 9:00 AM. Reply C");
    const { rows } = await world.database.asAdmin("select row_to_json(n)::text as row from notifications n");
    for (const { row } of rows) expect(row).not.toMatch(/Salma|cleaning|0177/);
  });

  test("is told in the language that was spoken", async () => {
    await using world = await openWorld();
    await world.book("2026-11-20T14:30", { language: "ar-EG" });
    await world.tendNow();
    expect(world.texts.sent[0]?.body).toBe(
      "Bright Smile: أهلًا Salma Haddad، معاد cleaning اتحجز يوم الجمعة 20 نوفمبر الساعة 2:30 الضهر. ابعت C للتأكيد أو X للإلغاء أو STOP لوقف الرسايل.",
    );
  });

  test("is told, and reminded of, by the clock it was offered by, wherever the organisation is at home", async () => {
    await using world = await openWorld();
    await world.atHomeIn("UTC");
    await world.book("2026-11-20T09:00");
    await world.tendNow();
    expect(world.sentTexts()[0]).toContain("Friday 20 November at 9:00 AM");
    expect(world.mails.map(({ text }) => text).join()).toContain("9:00 AM");
    const due = await world.database.asAdmin("select due_at from notifications where kind = 'reminder'");
    expect(due.rows).toEqual([{ due_at: new Date("2026-11-19T15:00:00Z") }]);
  });

  test("that moves is told anew, and the reminder of its former time is not sent; one that is cancelled is not reminded of", async () => {
    await using world = await openWorld();
    await world.book("2026-11-20T09:00");
    await world.tendNow();
    await world.move("2026-11-23T12:00");
    await world.tendNow();
    expect(world.texts.sent.at(-1)?.body).toContain("your cleaning is now on Monday 23 November at 12:00 PM");
    await world.pass(3 * 24 * hourMs);
    expect((await world.logged()).filter((line) => line.startsWith("reminder"))).toEqual([
      "reminder sms skipped superseded",
      "reminder sms waiting",
    ]);
    await world.cancel();
    await world.tendNow();
    expect(world.texts.sent.at(-1)?.body).toContain("is cancelled");
    await world.pass(3 * 24 * hourMs);
    expect((await world.logged()).filter((line) => line.startsWith("reminder"))).toEqual([
      "reminder sms skipped cancelled",
      "reminder sms skipped superseded",
    ]);
    expect(world.texts.sent).toHaveLength(3);
  });

  test("that was moved before its confirmation went out is told once, as it is", async () => {
    await using world = await openWorld();
    await world.book("2026-11-20T09:00");
    await world.move("2026-11-23T12:00");
    await world.tendNow();
    expect(world.sentTexts()).toEqual([expect.stringContaining("your cleaning is now on Monday 23 November")]);
    expect(await world.logged()).toContain("confirmation sms skipped superseded");
  });

  test("goes by mail with an invitation, one event whose changes count up", async () => {
    await using world = await openWorld();
    await world.contacts.create(
      { orgId, actor },
      { name: "Salma Haddad", phones: [{ number: salma, label: "" }], emails: ["salma@example.com"] },
    );
    const { id } = await world.book("2026-11-20T09:00");
    await world.tendNow();
    await world.clock.advance(60_000);
    await world.move("2026-11-23T12:00");
    await world.tendNow();
    await world.clock.advance(60_000);
    await world.cancel();
    await world.tendNow();
    const invitations = world.mails.filter(({ to }) => to === "salma@example.com");
    const read = invitations.map(({ calendar, messageId }) => {
      const calendarPart = new ICAL.Component(ICAL.parse(calendar?.content ?? ""));
      const event = new ICAL.Event(calendarPart.getFirstSubcomponent("vevent") ?? undefined);
      return { method: calendar?.method, said: calendarPart.getFirstPropertyValue("method"), event, messageId };
    });
    expect(
      read.map(({ method, said, event }) => [method, said, event.uid, event.startDate.toJSDate().toISOString()]),
    ).toEqual([
      ["REQUEST", "REQUEST", id, "2026-11-20T14:00:00.000Z"],
      ["REQUEST", "REQUEST", id, "2026-11-23T17:00:00.000Z"],
      ["CANCEL", "CANCEL", id, "2026-11-23T17:00:00.000Z"],
    ]);
    const [first = 0, second = 0, third = 0] = read.map(({ event }) => event.sequence);
    expect([second > first, third > second]).toEqual([true, true]);
    expect(new Set(read.map(({ messageId }) => messageId)).size).toBe(3);
  });
});

describe("an answer by text", () => {
  test("C confirms and X cancels what was asked about, each told once; the same text told twice does nothing more", async () => {
    await using world = await openWorld();
    const { id } = await world.book("2026-11-20T09:00");
    await world.tendNow();
    expect(await world.writes(" c. ")).toBe("Bright Smile: thank you, we expect you on Friday 20 November at 9:00 AM.");
    expect(await world.statusOf(id)).toMatchObject({ status: "active", confirmed_at: expect.any(Date) });
    await world.writes("X", "SM_x");
    await world.writes("X", "SM_x");
    expect(await world.statusOf(id)).toMatchObject({ status: "cancelled" });
    expect(world.texts.sent.slice(2).map(({ body }) => body)).toEqual([
      `Bright Smile: your cleaning on Friday 20 November at 9:00 AM is cancelled. To book another time, call ${ourNumber}.`,
    ]);
    expect(world.mails.at(-1)?.subject).toContain("Cancelled: cleaning");
    expect(await world.writes("X", "SM_again")).toContain("there is no coming appointment under this number");
    const { rows } = await world.database.asAdmin(
      "select action, actor_kind from audit_entries where org_id = $1 order by seq",
      [orgId],
    );
    expect(rows.map(({ action, actor_kind: kind }) => `${String(kind)} ${String(action)}`)).toEqual(
      expect.arrayContaining(["caller appointments.confirm", "caller appointments.cancel"]),
    );
  });

  test("STOP is remembered, START takes it back, HELP is answered, other words are a message to the owner", async () => {
    await using world = await openWorld();
    await world.writes("STOP");
    await world.book("2026-11-20T09:00");
    await world.tendNow();
    expect(world.sentTexts()).toEqual([]);
    expect(await world.logged()).toContain("confirmation sms skipped opted-out");
    await world.writes("start");
    expect(await world.writes("help")).toContain("C confirms, X cancels, STOP ends these texts");
    await world.writes("Is there parking nearby?");
    const { items } = await world.db.withOrg(orgId, (tx) =>
      world.messages.list(tx, orgId, { limit: 5, status: "open" }),
    );
    expect(items).toMatchObject([{ callId: null, content: { phone: salma, message: "Is there parking nearby?" } }]);
    expect(world.mails.at(-1)?.text).toContain("Is there parking nearby?");
  });

  test("of somebody who was asked nothing cancels nothing, and a flood of texts is left", async () => {
    await using world = await openWorld();
    const { id } = await world.book("2026-11-20T09:00", { phone: "+12125550199" });
    await world.tendNow();
    await world.writes("X");
    expect(await world.statusOf(id)).toMatchObject({ status: "active" });
    for (let count = 0; count < 40; count++) {
      await world.notifications.onText(orgId, {
        externalId: `SM_${count}`,
        from: salma,
        to: ourNumber,
        body: `spam ${count}`,
      });
    }
    const { items } = await world.db.withOrg(orgId, (tx) => world.messages.list(tx, orgId, { limit: 100 }));
    expect(items).toHaveLength(29);
  });
});

describe("quiet hours", () => {
  test("an SMS waits until they are over; the confirmation of what a caller has just done does not", async () => {
    // 23:00 in New York.
    await using world = await openWorld(Date.parse("2026-11-18T04:00:00Z"));
    await world.book("2026-11-20T09:00");
    await world.tendNow();
    expect(world.texts.sent).toHaveLength(1);
    // By the office.
    await world.cancel();
    await world.tendNow();
    expect(world.texts.sent).toHaveLength(1);
    const waiting = (await world.rows(orgId)).find(({ kind }) => kind === "cancelled");
    expect([waiting?.["status"], waiting?.["reason"], waiting?.["due_at"]]).toEqual([
      "waiting",
      "quiet-hours",
      new Date("2026-11-18T13:00:00Z"),
    ]);
    await world.pass(9 * hourMs);
    expect(world.texts.sent.at(-1)?.body).toContain("is cancelled");
  });
});

describe("the owner", () => {
  test("is told of a call in which nobody spoke, of none other, and of each message; by mail and SMS as they chose", async () => {
    await using world = await openWorld();
    await world.set(orgId, {
      toOwner: { emails: ["desk@clinic.example"], phones: ["+12125550123"], missedCall: { sms: true } },
    });
    await world.end(orgId, await world.call(orgId, { from: salma, turns: 0 }));
    await world.end(orgId, await world.call(orgId, { from: salma, turns: 2 }));
    const content = { name: "Omar", phone: salma, message: "Please call me back" };
    await world.db.withOrg(orgId, (tx) => world.messages.take(tx, { orgId, content }));
    await world.tendNow();
    // Written in the same instant: which goes first is open.
    expect(world.mails.map(({ to, subject }) => `${to}: ${subject}`).toSorted()).toEqual([
      `desk@clinic.example: Missed call on Tuesday 17 November at 10:00 AM (${salma})`,
      `desk@clinic.example: New message (Omar, ${salma})`,
    ]);
    expect(world.sentTexts()).toEqual([
      `+12125550123 Bright Smile: Missed call on Tuesday 17 November at 10:00 AM. ${salma}`,
    ]);
  });

  test("is told once of a call that could not be taken and is in no record", async () => {
    await using world = await openWorld();
    const call = { externalId: "CA1", from: salma };
    for (let time = 0; time < 2; time++) await world.notifications.onMissedCall(orgId, call);
    await world.tendNow();
    expect(world.mails.map(({ subject }) => subject)).toEqual([
      `Missed call on Tuesday 17 November at 10:00 AM (${salma})`,
    ]);
    expect(await world.logged()).toEqual(["owner-missed-call email sent"]);
  });

  test("gets the day in figures once, at the hour of their clock, and none of an empty day", async () => {
    await using world = await openWorld();
    await world.book("2026-11-20T09:00");
    await world.end(orgId, await world.call(orgId, { from: salma, turns: 0 }));
    await world.db.withOrg(orgId, (tx) => world.messages.take(tx, { orgId, content: { message: "Call me" } }));
    await world.tendNow();
    await world.pass(8 * hourMs - 60_000);
    expect(world.mails.filter(({ subject }) => subject.includes("in figures"))).toEqual([]);
    await world.pass(60_000);
    await world.pass(60_000);
    const digests = world.mails.filter(({ subject }) => subject.includes("in figures"));
    expect(digests.map(({ subject }) => subject)).toEqual(["Bright Smile: Tuesday 17 November in figures"]);
    expect(digests[0]?.text).toContain(
      "Calls: 1\nMissed calls: 1\nBookings: 1\nMoved: 0\nCancellations: 0\nNew messages: 1\nMessages nobody has seen to: 1",
    );
    const { items } = await world.db.withOrg(orgId, (tx) => world.messages.list(tx, orgId));
    const id = items[0]?.id ?? "";
    await world.db.withOrg(orgId, (tx) => world.messages.setDone(tx, { orgId, id, doneBy: "usr_a" }));
    await world.pass(24 * hourMs);
    expect(await world.logged()).toContain("digest email skipped nothing-happened");
  });
});

/** Many callers, two processes, one time: one appointment, and everybody is told what is so. */
import { describe, expect, test } from "vitest";
import { deskClock, openBookingDesk } from "../../testing/booking-desk.ts";
import { type RacedOutcome, raceBookings } from "../../testing/race-bookings.ts";
import { createScriptedCalendar, type ScriptedCalendar } from "../../testing/scripted-calendar.ts";
import { testDatabase } from "../../testing/test-database.ts";

const startsAt = "2026-11-23T10:00";
const startMs = Date.parse("2026-11-23T10:00:00-05:00");

const kindOf = (outcome: RacedOutcome) => {
  if ("error" in outcome) return `error: ${outcome.error}`;
  if (outcome.ok) return "booked";
  if (outcome.isUncertain === true) return "asked for";
  return /^(That time is taken|Somebody else is asking for that time right now)\. Free instead: .+ Say: .+/.test(
    outcome.publicMessage,
  )
    ? "offered another"
    : outcome.publicMessage;
};

function count(outcomes: readonly RacedOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of outcomes.map(kindOf)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function openWorld(isLinked: boolean) {
  const db = await testDatabase();
  const google = createScriptedCalendar();
  const { clock, pass } = deskClock();
  const desk = await openBookingDesk({ db: db.orgDb, clock, provider: google });
  if (isLinked) await desk.addCalendar();
  const { masterKey } = desk;
  const provider = isLinked ? { provider: google } : {};
  return {
    ...{ desk, google, pass },
    race: (callers: number) => raceBookings({ appUrl: db.appUrl, masterKey, callers, startsAt, ...provider }),
    standing: async () =>
      (await db.asAdmin("select status, sync_state from appointments where status <> 'cancelled'")).rows,
    events: () =>
      [...google.events.values()].filter((event) => event.startMs === startMs && event.appointmentId !== undefined),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

describe("built in", () => {
  test.each([50])("%i callers for the last slot", async (callers) => {
    await using world = await openWorld(false);
    const { outcomes, emitted } = await world.race(callers);
    expect(count(outcomes)).toEqual({ booked: 1, "offered another": callers - 1 });
    expect(await world.standing()).toEqual([{ status: "active", sync_state: "none" }]);
    expect(emitted).toEqual(["appointment.booked"]);
  });
});

interface Case {
  readonly what: string;
  readonly callers: number;
  readonly winner: "booked" | "asked for";
  break(google: ScriptedCalendar): void;
}

const cases: readonly Case[] = [
  { what: "that works", callers: 50, winner: "booked", break: () => undefined },
  {
    ...{ what: "whose write is done and not answered", callers: 50, winner: "booked" },
    break: (google) => google.fail("createEvent", "lost", 1),
  },
  {
    ...{ what: "that is silent from its write on", callers: 50, winner: "asked for" },
    break(google) {
      google.fail("createEvent", "lost", 1000);
      google.fail("findEvent", "before", 1000);
    },
  },
  {
    ...{ what: "that is away after its write", callers: 2, winner: "asked for" },
    break: (google) => google.after("createEvent", () => google.fail("listEvents", "before", 1000)),
  },
];

describe("in a linked calendar", () => {
  test.each(cases)("$what, $callers callers", async ({ callers, winner, break: breakIt }) => {
    await using world = await openWorld(true);
    breakIt(world.google);
    const { outcomes, emitted } = await world.race(callers);
    expect(count(outcomes)).toEqual({ [winner]: 1, "offered another": callers - 1 });
    const state = winner === "booked" ? "active" : "held";
    expect((await world.standing()).map((row) => row["status"])).toEqual([state]);
    expect(emitted).toEqual(winner === "booked" ? ["appointment.booked"] : []);
    // What was asked for is booked once the calendar is back, and told.
    world.google.mend();
    world.pass(60 * 60_000);
    await world.desk.tend();
    expect(await world.standing()).toEqual([{ status: "active", sync_state: "synced" }]);
    expect(world.events()).toHaveLength(1);
    expect([...emitted, ...world.desk.emitted.map(({ type }) => type)]).toEqual(["appointment.booked"]);
  });
});

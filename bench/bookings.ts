/** `npm run bench -- --only bookings`: callers of two processes go for the last slot, over calendars that fail at every point of a booking. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { systemClock as clock } from "../server/src/kernel/clock.ts";
import { createPool } from "../server/src/platform/db/connect.ts";
import { startEmbeddedPostgres } from "../server/src/platform/db/embedded-postgres.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createOrgDb } from "../server/src/platform/db/org-db.ts";
import { prepareDatabase } from "../server/src/platform/db/prepare-database.ts";
import { type BookingDesk, deskClock, openBookingDesk } from "../server/src/testing/booking-desk.ts";
import { type RacedOutcome, raceBookings } from "../server/src/testing/race-bookings.ts";
import { type Faults, overFaultyLine, type RacedCalendar, racedCalendars } from "./booking-calendars.ts";

export interface BookingFigures {
  readonly calendar: string;
  readonly fault: string;
  readonly callers: number;
  readonly booked: number;
  readonly askedFor: number;
  readonly offered: number;
  /** Whatever else somebody was told. */
  readonly other: number;
  /** Appointments and events there, once the calendar is back and the job has run. */
  readonly standing: number;
  readonly events: number | undefined;
  readonly isRight: boolean;
}

const startsAt = "2026-11-23T10:00";
const range = { startMs: Date.parse("2026-11-23T10:00:00-05:00"), endMs: Date.parse("2026-11-23T10:30:00-05:00") };
const hourMs = 3_600_000;
const often = 100_000;

const faultsOf: readonly { readonly name: string; readonly faults: () => Faults }[] = [
  { name: "none", faults: () => ({}) },
  { name: "before the write: away", faults: () => ({ listEvents: { when: "before", times: often } }) },
  { name: "during: not written, no answer", faults: () => ({ createEvent: { when: "before", times: 1 } }) },
  { name: "during: written, no answer", faults: () => ({ createEvent: { when: "after", times: 1 } }) },
  {
    name: "during: written, then silent",
    faults: () => ({ createEvent: { when: "after", times: often }, findEvent: { when: "before", times: often } }),
  },
  {
    name: "after the write: away",
    faults: () => ({ listEvents: { when: "before", times: often, since: "createEvent" } }),
  },
];

function kindOf(outcome: RacedOutcome): "booked" | "askedFor" | "offered" | "other" {
  if ("error" in outcome) return "other";
  if (outcome.ok) return "booked";
  if (outcome.isUncertain === true) return "askedFor";
  const told = outcome.publicMessage;
  return /^(That time is taken|Somebody else is asking for that time right now)\. Free instead: ./.test(told)
    ? "offered"
    : "other";
}

interface Ground {
  readonly appUrl: string;
  readonly admin: pg.Client;
  readonly pool: pg.Pool;
}

interface Round {
  readonly name: string;
  readonly fault: (typeof faultsOf)[number];
  readonly callers: number;
  readonly calendar: RacedCalendar | undefined;
}

async function openDesk({ pool, admin }: Ground, { calendar }: Round) {
  await admin.query("truncate organizations cascade");
  const { clock: deskTime, pass } = deskClock();
  const provider = calendar?.provider ?? ({} as RacedCalendar["provider"]);
  const desk = await openBookingDesk({ db: createOrgDb(pool), clock: deskTime, provider });
  if (calendar !== undefined) {
    await desk.addCalendar({ link: { connectionId: "con_1", externalCalendarId: calendar.calendarId } });
  }
  return { desk, pass };
}

async function settle(desk: BookingDesk, pass: (ms: number) => void): Promise<void> {
  for (let hour = 0; hour < 3; hour++) {
    pass(hourMs);
    await desk.tend();
  }
}

async function runRound(ground: Ground, round: Round): Promise<BookingFigures> {
  const { calendar, callers, fault, name } = round;
  const { desk, pass } = await openDesk(ground, round);
  const { outcomes, emitted } = await raceBookings({
    ...{ appUrl: ground.appUrl, masterKey: desk.masterKey, callers, startsAt },
    ...(calendar && { provider: overFaultyLine(calendar.provider, fault.faults()) }),
  });
  const count = (kind: ReturnType<typeof kindOf>) => outcomes.filter((outcome) => kindOf(outcome) === kind).length;
  const told = {
    booked: count("booked"),
    askedFor: count("askedFor"),
    offered: count("offered"),
    other: count("other"),
  };
  await settle(desk, pass);
  const { rows } = await ground.admin.query("select id from appointments where status in ('held', 'active')");
  const events = await calendar?.provider.listEvents(calendar.calendarId, range, new AbortController().signal);
  const announced = [...emitted, ...desk.emitted.map(({ type }) => type)];
  const isRight =
    told.booked + told.askedFor === 1 &&
    told.offered === callers - 1 &&
    rows.length === 1 &&
    (events?.length ?? 1) === 1 &&
    announced.length === 1 &&
    announced[0] === "appointment.booked";
  for (const event of events ?? []) {
    const { externalId, appointmentId = "" } = event;
    await calendar?.provider.removeEvent(
      calendar.calendarId,
      { externalId, appointmentId },
      new AbortController().signal,
    );
  }
  return {
    calendar: name,
    fault: fault.name,
    callers,
    ...told,
    standing: rows.length,
    events: events?.length,
    isRight,
  };
}

async function raceOver(ground: Ground, { name, open }: (typeof racedCalendars)[number]): Promise<BookingFigures[]> {
  const calendar = await open?.();
  const faults = open === undefined ? faultsOf.slice(0, 1) : faultsOf;
  const rounds = faults.flatMap((fault) => [2, 50].map((callers) => ({ name, fault, callers, calendar })));
  const figures: BookingFigures[] = [];
  try {
    for (const round of rounds) {
      const row = await runRound(ground, round);
      console.log(
        `${name}, ${row.fault}, ${row.callers} callers: ${row.isRight ? "right" : `WRONG ${JSON.stringify(row)}`}`,
      );
      figures.push(row);
    }
  } finally {
    await calendar?.close();
  }
  return figures;
}

export async function measureBookings(): Promise<BookingFigures[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-bookings-"));
  const server = await startEmbeddedPostgres({ dataDir, clock, log: silentLog });
  const { adminUrl, appPassword } = server;
  const { appUrl } = await prepareDatabase({ adminUrl, appPassword });
  const admin = new pg.Client({ connectionString: adminUrl });
  const pool = createPool({ url: appUrl, log: silentLog });
  try {
    await admin.connect();
    const figures: BookingFigures[] = [];
    for (const raced of racedCalendars) figures.push(...(await raceOver({ appUrl, admin, pool }, raced)));
    return figures;
  } finally {
    await Promise.all([admin.end(), pool.end()]);
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export function renderBookings(rows: readonly BookingFigures[], about: { machine: string; node: string }): string {
  const lines = rows.map((row) => {
    const { calendar, fault, callers, booked, askedFor, offered, other, standing, events = "–", isRight } = row;
    return `| ${[calendar, fault, callers, booked, askedFor, offered, other, standing, events, isRight ? "yes" : "**no**"].join(" | ")} |`;
  });
  return `# Bench: the last slot

\`npm run bench -- --only bookings\` on ${about.machine}, Node ${about.node}. Two processes on one real PostgreSQL, half of the callers in each, all of them at
once for the same time. The calendars are the vendors' stand-ins and a real CalDAV server; the line to them fails at the point named. Right means: one
caller was told that it is booked, or that it is asked for and a confirmation follows; every other was offered another time; and once the
calendar is back and the job has run there is one appointment, one event in the calendar, and one \`appointment.booked\`.

| calendar | failure | callers | told booked | told asked for | offered another | told else | appointments | events there | right |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
}

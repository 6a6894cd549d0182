/** An organisation with a calendar that is linked to a scripted one, and callers who book in it. */
import { randomBytes } from "node:crypto";
import {
  type BusinessProfile,
  createAppointments,
  createOutsideBookings,
  tendAppointments,
} from "../features/appointments/index.ts";
import { createAuditLog } from "../features/audit/index.ts";
import type { CalendarProvider } from "../features/calendars/calendar.port.ts";
import { type Calendars, createCalendars } from "../features/calendars/index.ts";
import { createOrganizations, demoOrganization } from "../features/organizations/index.ts";
import type { EmitWebhook } from "../features/webhooks/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLog } from "../platform/db/log-line.ts";
import type { OrgDb } from "../platform/db/org-db.ts";

export const { orgId } = demoOrganization;
const halfHour = 30 * 60_000;

/** Open on Mondays and Tuesdays, 9 to 12, in New York. */
export const clinic: BusinessProfile = {
  timeZone: "America/New_York",
  country: "US",
  language: "en-US",
  services: [
    { name: "cleaning", durationMs: halfHour, aliases: ["تنظيف"] },
    { name: "whitening", durationMs: halfHour, bufferBeforeMinutes: 15, bufferAfterMinutes: 15 },
  ],
  openingHours: { 1: [{ from: "09:00", to: "12:00" }], 2: [{ from: "09:00", to: "12:00" }] },
  slotEveryMs: halfHour,
  minNoticeMs: 0,
  maxAheadDays: 180,
};

/** Starts on Friday 20 November 2026, 12:00 in New York; goes on only when it is moved. Limits of questions are the machine's. */
export function deskClock() {
  let nowMs = Date.parse("2026-11-20T17:00:00Z");
  const clock: Clock = { now: () => systemClock.now(), wallNow: () => nowMs, setTimer: systemClock.setTimer };
  return { clock, pass: (ms: number) => void (nowMs += ms) };
}

interface DeskParts {
  readonly db: OrgDb;
  readonly masterKey?: Buffer;
  readonly clock: Clock;
  readonly provider: CalendarProvider;
}

export async function openBookingDesk({ db, clock, provider, masterKey = randomBytes(32) }: DeskParts) {
  const organizations = createOrganizations({ db, masterKey });
  await organizations.ensure(demoOrganization);
  const emitted: Parameters<EmitWebhook>[1][] = [];
  const emit: EmitWebhook = async (_tx, event) => void emitted.push(event);
  const deps = { db, organizations, clock, emit, log: silentLog, providerOf: async () => provider };
  const calendars: Calendars = createCalendars({
    ...{ db, clock, organizations, audit: createAuditLog({ clock }), isCalendarAccount: async () => true },
    followers: { onFirst: async () => undefined, onLinked: async () => undefined, countComing: async () => 0 },
  });
  const outside = createOutsideBookings(deps);
  const caller = (number: number) => ({ phone: `+1212555${String(1000 + number)}`, name: `Caller ${number}` });
  return {
    ...{ calendars, outside, emitted, deps, caller, masterKey },
    appointments: createAppointments(deps),
    /** `Dr Mona`, linked to `main` unless told. */
    addCalendar: (more: Partial<Parameters<Calendars["create"]>[1]> = {}) =>
      calendars.create(
        { orgId, actor: { kind: "system", id: "test" } },
        {
          ...{ kind: "person", name: "Dr Mona", settings: {} },
          ...{ link: { connectionId: "con_1", externalCalendarId: "main" } },
          ...more,
        },
      ),
    book: (
      number: number,
      startsAt: string,
      more: { key?: string; service?: string; person?: string; name?: string } = {},
    ) => {
      const { key = `book ${number} ${startsAt}`, ...wish } = more;
      const booking = { orgId, profile: clinic, callId: `call_${number}`, service: "cleaning", startsAt };
      return outside.book({ ...booking, ...caller(number), ...wish, idempotencyKey: key });
    },
    move: (number: number, newStartsAt: string, key = `move ${number} ${newStartsAt}`) =>
      outside.reschedule({ orgId, profile: clinic, ...caller(number), newStartsAt, idempotencyKey: key }),
    cancel: (number: number) =>
      db.withOrg(orgId, (tx) => createAppointments(deps).cancel(tx, { orgId, profile: clinic, ...caller(number) })),
    tend: () => tendAppointments(deps, orgId, new AbortController().signal),
  };
}
export type BookingDesk = Awaited<ReturnType<typeof openBookingDesk>>;

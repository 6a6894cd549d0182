/** A held row as a wish at its calendar: a new event, or another time of one that stands there. */

import type { CalendarLink } from "@parley/contract/calendars";
import { eq } from "drizzle-orm";
import { ProviderError } from "../../kernel/app-error.ts";
import type { CalendarProvider, ExternalEvent } from "../calendars/calendar.port.ts";
import { type KnownCalendar, readCalendar } from "../calendars/index.ts";
import { readPlace } from "../organizations/index.ts";
import { openDetails } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { bufferedRange, cancelledAmong, eventOf, noteWriting, type OutsideDeps } from "./outside-rows.ts";
import { askWithin, type OutsideWish, type Written, writeOutside } from "./outside-write.ts";

const limits = { eachMs: 4000, allMs: 14_000 };

interface Known {
  readonly link: CalendarLink;
  readonly timeZone: string;
  readonly details: ReturnType<typeof openDetails>;
  /** The appointment whose event it is: the row itself, or the one that it moves. */
  readonly subject: AppointmentRow;
}

/** Undefined when the calendar is not linked any more, or the appointment that was to be moved is gone. */
export async function readKnown(deps: OutsideDeps, row: AppointmentRow): Promise<Known | undefined> {
  const { db, organizations } = deps;
  return await db.withOrg(row.orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, row.orgId);
    const calendar: KnownCalendar | undefined =
      row.calendarId === null ? undefined : await readCalendar(tx, orgKey, row.calendarId);
    const [moved] =
      row.movesId === null ? [row] : await tx.select().from(appointments).where(eq(appointments.id, row.movesId));
    if (calendar?.link === undefined || moved === undefined) return undefined;
    const timeZone = calendar.settings.timeZone ?? (await readPlace(tx)).timeZone;
    return { link: calendar.link, timeZone, details: openDetails(orgKey, moved), subject: moved };
  });
}

/** Puts the event where the row says, whatever stands there. Throws ProviderError with status 404 for one that a person took away. */
export async function putEvent(
  provider: CalendarProvider,
  { known, row, mayMake }: { known: Known; row: AppointmentRow; mayMake: boolean },
  signal: AbortSignal,
): Promise<ExternalEvent> {
  const { externalCalendarId } = known.link;
  const event = eventOf({ ...row, id: known.subject.id }, known);
  const found = await provider.findEvent(externalCalendarId, known.subject.id, signal);
  if (found === undefined) {
    if (mayMake) return await provider.createEvent(externalCalendarId, event, signal);
    throw new ProviderError("the event is gone", {
      ...{ provider: "calendar", category: "bad-request", permanent: true, status: 404 },
    });
  }
  if (found.startMs === event.startMs && found.endMs === event.endMs) return found;
  const there = { externalId: found.externalId, ...(found.etag !== undefined && { etag: found.etag }) };
  return await provider.moveEvent(externalCalendarId, { ...event, ...there }, signal);
}

type Parts = Pick<OutsideWish, "write" | "isDone" | "undo">;

function newEventWish(provider: CalendarProvider, known: Known, row: AppointmentRow): Parts {
  const { externalCalendarId } = known.link;
  return {
    write: (signal) => provider.createEvent(externalCalendarId, eventOf(row, known), signal),
    isDone: () => true,
    undo: ({ externalId }, signal) =>
      provider.removeEvent(externalCalendarId, { externalId, appointmentId: row.id }, signal),
  };
}

function movedEventWish(provider: CalendarProvider, known: Known, row: AppointmentRow): Parts {
  const { subject } = known;
  const isAt = (event: ExternalEvent) =>
    event.startMs === row.startsAt.getTime() && event.endMs === row.endsAt.getTime();
  return {
    write: (signal) => putEvent(provider, { known, row, mayMake: subject.externalId === null }, signal),
    isDone: isAt,
    undo: async (_event, signal) => void (await putEvent(provider, { known, row: subject, mayMake: false }, signal)),
  };
}

/** Tries it at the vendor's. Never rejects for what the vendor does. */
export async function tryOutside(deps: OutsideDeps, row: AppointmentRow, known: Known): Promise<Written> {
  const { link } = known;
  const ask = askWithin(deps.clock, limits);
  let provider: CalendarProvider;
  try {
    provider = await ask(() => deps.providerOf({ orgId: row.orgId, connectionId: link.connectionId }));
  } catch {
    return { result: "unreachable", isGone: false };
  }
  const parts = row.movesId === null ? newEventWish(provider, known, row) : movedEventWish(provider, known, row);
  return await writeOutside({
    ...{ provider, ask, ...parts, range: bufferedRange(row) },
    externalCalendarId: link.externalCalendarId,
    appointmentId: known.subject.id,
    mayStand: row.syncState === "writing",
    cancelledAmong: (ids) => cancelledAmong(deps, row.orgId, ids),
    noteWriting: () => noteWriting(deps, row),
  });
}

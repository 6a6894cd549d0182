/** The appointment book. Every function works in the caller's transaction, so that a deed and its record are one. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readCalendars } from "../calendars/index.ts";
import type {
  AppointmentDeps,
  AppointmentOutcome,
  Availability,
  AvailabilityQuery,
  Booking,
  Caller,
  InBusiness,
  Move,
} from "./appointment-parts.ts";
import { findSame, rowOf, unlessTaken } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { type SlotSearch, slotsOn, taken } from "./bookable-slots.ts";
import { type Interval, localIso, parseLocalDate, shiftDate } from "./business-profile.ts";
import { emitDeed, markCancelled } from "./deeds.ts";
import { findOwn } from "./own-appointment.ts";
import {
  badPhone,
  type PreparedBooking,
  phoneHashOf,
  prepareBooking,
  prepareMove,
  prepareSearch,
} from "./prepare-wish.ts";
import { spokenOffers } from "./spoken-offers.ts";
import { spokenTime } from "./spoken-times.ts";

export interface Appointments {
  /** Free starts of a day, ISO with the business's offset. */
  checkAvailability(tx: OrgTx, query: AvailabilityQuery): Promise<Availability>;
  /** Whether any calendar is linked to somebody else's: then deeds go by `OutsideBookings`. */
  reachesOutside(tx: OrgTx, orgId: string): Promise<boolean>;
  /** Throws when the time would be in a linked calendar. */
  book(tx: OrgTx, booking: Booking): Promise<AppointmentOutcome>;
  /** Moves the caller's appointment: their only coming one, or the one they named. Throws when it is in a linked calendar. */
  reschedule(tx: OrgTx, move: Move): Promise<AppointmentOutcome>;
  /** Cancels it. A linked calendar hears of it within a minute. */
  cancel(tx: OrgTx, caller: Caller): Promise<AppointmentOutcome>;
  /** What ties the deeds about one caller together. Undefined when the number cannot be read. */
  subjectOf(tx: OrgTx, caller: Pick<Caller, "orgId" | "profile" | "phone">): Promise<Buffer | undefined>;
}

export function createAppointments(deps: AppointmentDeps): Appointments {
  return {
    reachesOutside: async (tx, orgId) => {
      const known = await readCalendars(tx, await deps.organizations.keyOf(tx, orgId));
      return known.some(({ link, isActive }) => link !== undefined && isActive);
    },
    checkAvailability: (tx, query) => checkAvailability(tx, deps, query),
    book: (tx, booking) => book(tx, deps, booking),
    reschedule: (tx, move) => reschedule(tx, deps, move),
    cancel: (tx, caller) => cancel(tx, deps, caller),
    subjectOf: (tx, caller) => phoneHashOf(tx, deps, caller),
  };
}

const notOutside = () => new Error("an appointment in a linked calendar was asked for within one transaction");

async function checkAvailability(tx: OrgTx, deps: AppointmentDeps, query: AvailabilityQuery): Promise<Availability> {
  const { profile, days = 1 } = query;
  const prepared = await prepareSearch(tx, deps, query);
  if (!prepared.ok) return prepared;
  const first = parseLocalDate(profile, query.date);
  if (first === undefined) return { ok: false, publicMessage: "date: give the date as YYYY-MM-DD." };
  const found: [number, string[]][] = [];
  for (let day = 0; day < days; day++) {
    found.push(...(await slotsOn(tx, prepared.search, shiftDate(profile, first, day))));
  }
  const language = query.language ?? profile.language;
  const starts = found.map(([start]) => start);
  const { timeZone } = profile;
  return {
    ok: true,
    slots: starts.map((start) => localIso(profile, start)),
    calendarIds: found.map(([, ids]) => ids.filter((id) => id !== "")),
    ...(language !== undefined && { say: spokenOffers(starts, { language, timeZone, nowMs: deps.clock.wallNow() }) }),
  };
}

/** The row as it is told to who asked for it. */
export function told(deps: AppointmentDeps, { profile }: InBusiness, row: Pick<AppointmentRow, "id" | "startsAt">) {
  const startMs = row.startsAt.getTime();
  const { language, timeZone } = profile;
  return {
    ...{ ok: true as const, appointmentId: row.id, startsAt: localIso(profile, startMs) },
    ...(language !== undefined && { say: spokenTime(startMs, { language, timeZone, nowMs: deps.clock.wallNow() }) }),
  };
}

async function book(tx: OrgTx, deps: AppointmentDeps, booking: Booking): Promise<AppointmentOutcome> {
  const prepared = await prepareBooking(tx, deps, booking);
  if (!prepared.ok) return prepared;
  const { places, search, wanted } = prepared;
  // Where several could do it, saying it twice must not make two of it.
  const isOneOfMany = search.choice.calendars.length > 1;
  const again = isOneOfMany ? await toldSame(tx, deps, { booking, prepared }) : undefined;
  if (again !== undefined) return again;
  for (const place of places) {
    if (place.calendar.link !== undefined) throw notOutside();
    const row = rowOf(wanted, place, { status: "active", syncState: "none" });
    if (!(await unlessTaken(tx, (inner) => inner.insert(appointments).values(row)))) continue;
    await emitDeed(tx, deps, { deed: "booked", row });
    return told(deps, booking, row);
  }
  return (await toldSame(tx, deps, { booking, prepared })) ?? (await taken(tx, search, wanted.slot));
}

interface Repeated {
  readonly booking: Booking;
  readonly prepared: PreparedBooking;
}

/** Somebody was quicker: perhaps the same caller, who said it twice. */
export async function toldSame(tx: OrgTx, deps: AppointmentDeps, { booking, prepared: { wanted } }: Repeated) {
  const { orgKey, phoneHash, slot, details } = wanted;
  const same = await findSame(tx, { orgKey, phoneHash, startMs: slot.startMs, name: details.name });
  return same?.status === "active" ? told(deps, booking, same) : undefined;
}

async function reschedule(tx: OrgTx, deps: AppointmentDeps, move: Move): Promise<AppointmentOutcome> {
  const prepared = await prepareMove(tx, deps, move);
  if (!prepared.ok) return prepared;
  const { row, slot, search, calendar } = prepared;
  if (calendar.link !== undefined) throw notOutside();
  return await moveHere(tx, deps, { move, row, search, slot });
}

interface HereMove {
  readonly move: Move;
  readonly row: AppointmentRow;
  readonly search: SlotSearch;
  readonly slot: Interval;
}

/** In a calendar of our own: done within the transaction. */
export async function moveHere(
  tx: OrgTx,
  deps: AppointmentDeps,
  { move, row, search, slot }: HereMove,
): Promise<AppointmentOutcome> {
  const change = {
    ...{ startsAt: new Date(slot.startMs), endsAt: new Date(slot.endMs), confirmedAt: null },
    updatedAt: new Date(deps.clock.wallNow()),
  };
  const isFree = await unlessTaken(tx, (inner) =>
    inner.update(appointments).set(change).where(eq(appointments.id, row.id)),
  );
  if (!isFree) return await taken(tx, search, slot);
  const moved = { ...row, ...change };
  await emitDeed(tx, deps, { deed: "rescheduled", row: moved, callId: move.callId });
  return told(deps, move, moved);
}

async function cancel(tx: OrgTx, deps: AppointmentDeps, caller: Caller): Promise<AppointmentOutcome> {
  const { orgId } = caller;
  const phoneHash = await phoneHashOf(tx, deps, caller);
  if (phoneHash === undefined) return badPhone;
  const orgKey = await deps.organizations.keyOf(tx, orgId);
  const own = await findOwn(tx, { wish: caller, orgKey, phoneHash, nowMs: deps.clock.wallNow() });
  if (!own.ok) return own;
  await markCancelled(tx, deps, own.row);
  await emitDeed(tx, deps, { deed: "cancelled", row: own.row, callId: caller.callId });
  return told(deps, caller, own.row);
}

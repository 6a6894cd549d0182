/**
 * Deeds in calendars that are linked to somebody else's. Held here by the database's constraint, looked up there, written there, looked
 * up again, then certain. What nobody knows stays held, is told as asked for, and is settled by a job.
 */
import { and, eq, inArray } from "drizzle-orm";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { CalendarRange } from "../calendars/calendar.port.ts";
import type { AppointmentOutcome, Booking, InBusiness, Move } from "./appointment-parts.ts";
import { findSame, rowOf, unlessTaken } from "./appointment-rows.ts";
import { moveHere, told, toldSame } from "./appointments.store.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { failed, type SlotSearch, taken } from "./bookable-slots.ts";
import type { Interval } from "./business-profile.ts";
import type { BusyOutside } from "./busy-times.ts";
import { emitDeed } from "./deeds.ts";
import {
  confirmBooking,
  confirmMove,
  deedHashOf,
  forget,
  giveUp,
  holdMove,
  holdMs,
  inOrgTwice,
  later,
  leaveToJob,
  lookAfterMs,
  type OutsideDeps,
} from "./outside-rows.ts";
import { readKnown, tryOutside } from "./outside-wishes.ts";
import type { Written } from "./outside-write.ts";
import { prepareBooking, prepareMove } from "./prepare-wish.ts";

interface Keyed {
  /** The same for the same deed. */
  readonly idempotencyKey: string;
}

export interface OutsideBookings {
  /** Also where nothing is linked after all. */
  book(booking: Booking & Keyed): Promise<AppointmentOutcome>;
  reschedule(move: Move & Keyed): Promise<AppointmentOutcome>;
  /** What became of a deed whose outcome nobody saw. Undefined: it was not done, and will not be. */
  find(deed: InBusiness & Keyed): Promise<AppointmentOutcome | undefined>;
}

const askedFor = {
  ok: false,
  isUncertain: true,
  publicMessage:
    "The time is held, but the calendar has not confirmed it yet. Do not say that it is booked. Say: I have asked for that time and you will get a confirmation.",
} as const;

const askedToMove = {
  ok: false,
  isUncertain: true,
  publicMessage:
    "The new time is held, but the calendar has not confirmed it yet. Do not say that it is moved. Say: I have asked for the new time and you will get a confirmation; until then the old one stands.",
} as const;

const calendarAway = failed(
  "The calendar cannot be reached right now, and nothing was booked. Apologise, and offer to take a message with the time wished.",
);
const cancelledMeanwhile = failed("It was cancelled meanwhile. Ask whether another time is wanted.");
const goneThere = failed(
  "This appointment was taken out of the calendar meanwhile. Say that it does not stand any more, and offer a new one.",
);

export function createOutsideBookings(deps: OutsideDeps): OutsideBookings {
  return {
    book: (booking) => book(deps, booking),
    reschedule: (move) => reschedule(deps, move),
    find: ({ orgId, profile, idempotencyKey }) =>
      deps.db.withOrg(orgId, async (tx) => {
        const row = await findDeed(tx, deps, { orgId, idempotencyKey });
        if (row === undefined) return undefined;
        return row.status === "active" ? told(deps, { orgId, profile }, row) : askedFor;
      }),
  };
}

async function findDeed(
  tx: OrgTx,
  deps: OutsideDeps,
  { orgId, idempotencyKey }: Keyed & { orgId: string },
): Promise<AppointmentRow | undefined> {
  const deedHash = deedHashOf(await deps.organizations.keyOf(tx, orgId), idempotencyKey);
  const standing = inArray(appointments.status, ["held", "active"]);
  const [row] = await tx
    .select()
    .from(appointments)
    .where(and(eq(appointments.deedHash, deedHash), standing));
  return row;
}

type Step = { readonly outcome: AppointmentOutcome } | { readonly held: AppointmentRow; readonly isPatient: boolean };

/** Busy there, as was just seen: nobody is offered such a time. */
type Seen = (Interval & { readonly calendarId: string })[];

const withSeen =
  (deps: OutsideDeps, seen: Seen): BusyOutside =>
  async (tx, search) => [
    ...((await deps.busyOutside?.(tx, search)) ?? []),
    ...seen.filter(({ calendarId }) => search.calendarIds.includes(calendarId)),
  ];

/** Each round takes one calendar; one that proves busy is not taken again. */
async function book(deps: OutsideDeps, booking: Booking & Keyed): Promise<AppointmentOutcome> {
  const seen: Seen = [];
  for (let round = 0; round < 5; round++) {
    const looking = { ...deps, busyOutside: withSeen(deps, seen) };
    const step = await inOrgTwice(deps, booking.orgId, (tx) => holdBooking(tx, looking, booking));
    if ("outcome" in step) return step.outcome;
    const { held } = step;
    const known = await readKnown(deps, held);
    if (known === undefined) {
      await forget(deps, held);
      return calendarAway;
    }
    const written = await tryOutside(deps, held, known);
    if (written.result === "done") {
      const isConfirmed = await confirmBooking(deps, held, written.event);
      return isConfirmed ? told(deps, booking, held) : cancelledMeanwhile;
    }
    if (written.result !== "taken") return await settleUndone(deps, { held, written, isPatient: step.isPatient });
    await (written.isUndone ? forget(deps, held) : giveUp(deps, held));
    seen.push(...busyIn(held, written.busy));
  }
  return failed("That time is taken. Ask for another day or time.");
}

const busyIn = (row: AppointmentRow, busy: readonly CalendarRange[]) =>
  busy.map(({ startMs, endMs }) => ({ startMs, endMs, calendarId: row.calendarId ?? "" }));

interface Undone {
  readonly held: AppointmentRow;
  readonly written: Exclude<Written, { result: "done" | "taken" }>;
  /** The owner lets a time be held until the calendar is there again. */
  readonly isPatient: boolean;
}

async function settleUndone(deps: OutsideDeps, { held, written, isPatient }: Undone): Promise<AppointmentOutcome> {
  const uncertain = held.movesId === null ? askedFor : askedToMove;
  if (written.result === "lost") return cancelledMeanwhile;
  if (written.result === "unknown" || (isPatient && !written.isGone)) {
    await leaveToJob(deps, held, lookAfterMs);
    return uncertain;
  }
  await forget(deps, held);
  return written.isGone ? goneThere : calendarAway;
}

async function holdBooking(tx: OrgTx, deps: OutsideDeps, booking: Booking & Keyed): Promise<Step> {
  const before = await findDeed(tx, deps, booking);
  if (before !== undefined) return { outcome: before.status === "active" ? told(deps, booking, before) : askedFor };
  const prepared = await prepareBooking(tx, deps, booking);
  if (!prepared.ok) return { outcome: prepared };
  const { places, search, wanted } = prepared;
  const same = await findSame(tx, { ...wanted, startMs: wanted.slot.startMs, name: booking.name });
  if (same !== undefined) return { outcome: same.status === "active" ? told(deps, booking, same) : askedFor };
  const deedHash = deedHashOf(wanted.orgKey, booking.idempotencyKey);
  const holdUntil = later(deps.clock, holdMs);
  for (const place of places) {
    const isLinked = place.calendar.link !== undefined;
    const standing = isLinked
      ? ({ status: "held", syncState: "none", holdUntil, nextSyncAt: holdUntil, deedHash } as const)
      : ({ status: "active", syncState: "none", deedHash } as const);
    const rows: AppointmentRow[] = [];
    const isFree = await unlessTaken(tx, async (inner) => {
      rows.push(
        ...(await inner
          .insert(appointments)
          .values(rowOf(wanted, place, standing))
          .returning()),
      );
    });
    const [row] = rows;
    if (!isFree || row === undefined) continue;
    if (isLinked) return { held: row, isPatient: place.calendar.whenUnreachable === "provisional" };
    await emitDeed(tx, deps, { deed: "booked", row });
    return { outcome: told(deps, booking, row) };
  }
  const again = await toldSame(tx, deps, { booking, prepared });
  return { outcome: again ?? (await taken(tx, search, wanted.slot)) };
}

type MoveStep = Step & { readonly retry?: { readonly search: SlotSearch; readonly slot: Interval } };

async function reschedule(deps: OutsideDeps, move: Move & Keyed): Promise<AppointmentOutcome> {
  const step = await inOrgTwice(deps, move.orgId, (tx) => holdNewTime(tx, deps, move));
  if ("outcome" in step) return step.outcome;
  const { held, isPatient, retry } = step;
  const known = await readKnown(deps, held);
  if (known === undefined) {
    await forget(deps, held);
    return calendarAway;
  }
  const written = await tryOutside(deps, held, known);
  if (written.result === "done") {
    const isMoved = await confirmMove(deps, { held, moved: known.subject }, written.event);
    return isMoved ? told(deps, move, { id: known.subject.id, startsAt: held.startsAt }) : cancelledMeanwhile;
  }
  if (written.result !== "taken") return await settleUndone(deps, { held, written, isPatient });
  await forget(deps, held);
  // Where it could not be put back, a job puts it where it belongs.
  if (!written.isUndone) await deps.db.withOrg(held.orgId, (tx) => notePending(tx, deps, known.subject.id));
  if (retry === undefined) return cancelledMeanwhile;
  const search = { ...retry.search, outside: withSeen(deps, busyIn(held, written.busy)) };
  return await deps.db.withOrg(held.orgId, (tx) => taken(tx, search, retry.slot));
}

/** An active one whose event is to be as the row says. */
export async function notePending(tx: OrgTx, { clock }: Pick<OutsideDeps, "clock">, id: string): Promise<void> {
  await tx
    .update(appointments)
    .set({ syncState: "pending", syncAttempts: 0, nextSyncAt: later(clock, 0) })
    .where(and(eq(appointments.id, id), eq(appointments.status, "active")));
}

async function holdNewTime(tx: OrgTx, deps: OutsideDeps, move: Move & Keyed): Promise<MoveStep> {
  const before = await findDeed(tx, deps, move);
  if (before !== undefined) return { outcome: before.status === "active" ? told(deps, move, before) : askedToMove };
  const prepared = await prepareMove(tx, deps, move);
  if (!prepared.ok) return { outcome: prepared };
  const { row, slot, search, calendar } = prepared;
  if (calendar.link === undefined) return { outcome: await moveHere(tx, deps, { move, row, search, slot }) };
  const orgKey = await deps.organizations.keyOf(tx, move.orgId);
  const holdUntil = later(deps.clock, holdMs);
  const held = {
    ...row,
    ...{
      id: newId("appt", deps.clock.wallNow()),
      movesId: row.id,
      status: "held" as const,
      callId: move.callId ?? null,
    },
    ...{ startsAt: new Date(slot.startMs), endsAt: new Date(slot.endMs), holdUntil, nextSyncAt: holdUntil },
    ...{ syncState: "none" as const, syncAttempts: 0, externalId: null, externalEtag: null },
    ...{ deedHash: deedHashOf(orgKey, move.idempotencyKey), keyWrap: null, sealedDetails: Buffer.alloc(0) },
  };
  if (!(await holdMove(tx, held))) return { outcome: await taken(tx, search, slot) };
  return { held, isPatient: calendar.whenUnreachable === "provisional", retry: { search, slot } };
}

/** Wishes at linked calendars, as rows: held, asked for, certain, declined. Each step is one short transaction. */
import { and, eq, inArray } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { CalendarProvider, CalendarRange, ExternalEvent, NewEvent } from "../calendars/calendar.port.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { type AppointmentDetails, unlessTaken } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { lockBook } from "./busy-times.ts";
import { emitDeed, markCancelled } from "./deeds.ts";

export interface OutsideDeps extends AppointmentDeps {
  readonly db: OrgDb;
  /** Speaks for an account. Throws ProviderError or AppError when it cannot be used. */
  readonly providerOf: (account: { orgId: string; connectionId: string }) => Promise<CalendarProvider>;
  readonly log: LogLine;
}

/** A hold that nothing was written for is let go then. Longer than a deed may take. */
export const holdMs = 60_000;
/** Until a job looks after what is not certain. */
export const lookAfterMs = 20_000;

export const deedHashOf = (orgKey: Buffer, idempotencyKey: string): Buffer =>
  keyedHash(deriveSecret(orgKey, "appointment deed"), idempotencyKey);

export const later = (clock: Clock, byMs: number): Date => new Date(clock.wallNow() + byMs);

const minuteMs = 60_000;

export const bufferedRange = (
  row: Pick<AppointmentRow, "startsAt" | "endsAt" | "bufferBeforeMinutes" | "bufferAfterMinutes">,
): CalendarRange => ({
  startMs: row.startsAt.getTime() - row.bufferBeforeMinutes * minuteMs,
  endMs: row.endsAt.getTime() + row.bufferAfterMinutes * minuteMs,
});

/** What the owner reads in their own calendar. */
export function eventOf(
  row: Pick<AppointmentRow, "id" | "service" | "startsAt" | "endsAt">,
  { details, timeZone }: { details: AppointmentDetails | undefined; timeZone: string },
): NewEvent {
  return {
    appointmentId: row.id,
    startMs: row.startsAt.getTime(),
    endMs: row.endsAt.getTime(),
    timeZone,
    title: details === undefined ? row.service : `${row.service} – ${details.name}`,
    description:
      details === undefined ? "" : [details.phone, details.note ?? ""].filter((line) => line !== "").join("\n"),
  };
}

/** Once more when the database gave way to another transaction or was away: the first try left nothing, or is found by its deed. */
export async function inOrgTwice<T>({ db }: OutsideDeps, orgId: string, work: (tx: OrgTx) => Promise<T>): Promise<T> {
  try {
    return await db.withOrg(orgId, work);
  } catch (error) {
    if (!(error instanceof DbError && error.isUnavailable)) throw error;
    return await db.withOrg(orgId, work);
  }
}

const isHeld = (id: string) => and(eq(appointments.id, id), eq(appointments.status, "held"));

/** Before the first word goes out. False when it was cancelled or let go meanwhile. */
export async function noteWriting({ db, clock }: OutsideDeps, { orgId, id }: AppointmentRow): Promise<boolean> {
  return await db.withOrg(orgId, async (tx) => {
    const noted = await tx
      .update(appointments)
      .set({ syncState: "writing", nextSyncAt: later(clock, holdMs) })
      .where(isHeld(id))
      .returning({ id: appointments.id });
    return noted.length > 0;
  });
}

/** It was asked for and nobody knows, or nobody could be asked: a job goes on with it. */
export async function leaveToJob(
  { db, clock }: OutsideDeps,
  { orgId, id }: AppointmentRow,
  afterMs: number,
): Promise<void> {
  await db.withOrg(orgId, (tx) =>
    tx
      .update(appointments)
      .set({ syncState: "writing", nextSyncAt: later(clock, afterMs) })
      .where(isHeld(id)),
  );
}

/** Nothing stands anywhere: as if it had never been asked for. */
export async function forget({ db }: OutsideDeps, { orgId, id }: AppointmentRow): Promise<void> {
  await db.withOrg(orgId, (tx) => tx.delete(appointments).where(isHeld(id)));
}

/** Its time is free here; what may stand there is removed by a job. */
export async function giveUp({ db, clock }: OutsideDeps, { orgId, id }: AppointmentRow): Promise<void> {
  await db.withOrg(orgId, (tx) =>
    tx
      .update(appointments)
      .set({ status: "cancelled", syncState: "removing", nextSyncAt: later(clock, 0), syncAttempts: 0, deedHash: null })
      .where(isHeld(id)),
  );
}

const certain = (clock: Clock, event: ExternalEvent) => ({
  ...{ syncState: "synced" as const, syncAttempts: 0, nextSyncAt: null, holdUntil: null },
  externalId: event.externalId,
  externalEtag: event.etag ?? null,
  updatedAt: new Date(clock.wallNow()),
});

/** False when it was cancelled meanwhile; its event is removed by a job then. */
export async function confirmBooking(deps: OutsideDeps, row: AppointmentRow, event: ExternalEvent): Promise<boolean> {
  return await deps.db.withOrg(row.orgId, async (tx) => {
    const change = { status: "active" as const, ...certain(deps.clock, event) };
    const done = await tx.update(appointments).set(change).where(isHeld(row.id)).returning();
    if (done[0] === undefined) return await isActive(tx, deps, row.id);
    await emitDeed(tx, deps, { deed: "booked", row: done[0] });
    return true;
  });
}

/** Somebody else of ours may have confirmed it. Where it was cancelled, its event came too late and is removed again. */
async function isActive(tx: OrgTx, { clock }: OutsideDeps, id: string): Promise<boolean> {
  const [row] = await tx.select({ status: appointments.status }).from(appointments).where(eq(appointments.id, id));
  if (row?.status === "cancelled") {
    const change = { syncState: "removing" as const, syncAttempts: 0, nextSyncAt: later(clock, 0) };
    await tx.update(appointments).set(change).where(eq(appointments.id, id));
  }
  return row?.status === "active";
}

interface MovedRow {
  /** The new time, held. */
  readonly held: AppointmentRow;
  readonly moved: AppointmentRow;
}

/** The appointment takes the time that was held for it. False when either is gone. */
export async function confirmMove(
  deps: OutsideDeps,
  { held, moved }: MovedRow,
  event: ExternalEvent,
): Promise<boolean> {
  return await deps.db.withOrg(held.orgId, async (tx) => {
    await tx.select({ id: appointments.id }).from(appointments).where(eq(appointments.id, moved.id)).for("update");
    await lockBook(tx);
    const gone = await tx.delete(appointments).where(isHeld(held.id)).returning({ id: appointments.id });
    if (gone.length === 0) return false;
    const change = {
      ...certain(deps.clock, event),
      ...{ startsAt: held.startsAt, endsAt: held.endsAt, confirmedAt: null, deedHash: held.deedHash },
    };
    const isActiveOne = and(eq(appointments.id, moved.id), eq(appointments.status, "active"));
    const [row] = await tx.update(appointments).set(change).where(isActiveOne).returning();
    if (row === undefined) return false;
    await emitDeed(tx, deps, { deed: "rescheduled", row, callId: held.callId ?? undefined });
    return true;
  });
}

/** What was asked for cannot be had, and the caller has hung up: they are told by what hangs on the event. */
export async function decline(deps: OutsideDeps, row: AppointmentRow, isUndone: boolean): Promise<void> {
  await deps.db.withOrg(row.orgId, async (tx) => {
    const [held] = await tx.select().from(appointments).where(isHeld(row.id)).for("update");
    if (held === undefined) return;
    if (held.movesId !== null) {
      await tx.delete(appointments).where(eq(appointments.id, held.id));
      await emitDeed(tx, deps, { deed: "declined", row: { ...held, id: held.movesId } });
      return;
    }
    await markCancelled(tx, deps, isUndone ? { ...held, syncState: "none" } : held);
    await emitDeed(tx, deps, { deed: "declined", row: held });
  });
}

/** Which of these were cancelled here, so that their events are about to go there. */
export async function cancelledAmong({ db }: OutsideDeps, orgId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.withOrg(orgId, (tx) =>
    tx
      .select({ id: appointments.id })
      .from(appointments)
      .where(and(inArray(appointments.id, [...ids]), eq(appointments.status, "cancelled"))),
  );
  return new Set(rows.map(({ id }) => id));
}

/** The new time of an appointment is held in its calendar and room; false when it is taken. */
export async function holdMove(tx: OrgTx, held: typeof appointments.$inferInsert): Promise<boolean> {
  return await unlessTaken(tx, (inner) => inner.insert(appointments).values(held));
}

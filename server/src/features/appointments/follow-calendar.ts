/** Appointments follow what a person does to their events in a linked calendar, and the caller is told as of any other change. */
import { and, asc, eq, gt, inArray, isNotNull } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { ExternalEvent } from "../calendars/calendar.port.ts";
import type { FollowingAppointments, StandingAppointment } from "../calendars/index.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { unlessTaken } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { emitDeed } from "./deeds.ts";

type FollowDeps = Pick<AppointmentDeps, "clock" | "emit" | "organizations">;

export function createFollowingAppointments(deps: FollowDeps): FollowingAppointments {
  return {
    standing: (tx, calendarId) => standing(tx, { calendarId, nowMs: deps.clock.wallNow() }),
    moved: (tx, before, event) => moved(tx, deps, { before, event }),
    gone: (tx, before) => gone(tx, deps, before),
    strays: (tx, ids) => strays(tx, deps, ids),
  };
}

async function standing(
  tx: OrgTx,
  { calendarId, nowMs }: { calendarId: string; nowMs: number },
): Promise<StandingAppointment[]> {
  const rows = await tx
    .select()
    .from(appointments)
    .where(
      and(
        eq(appointments.calendarId, calendarId),
        eq(appointments.status, "active"),
        inArray(appointments.syncState, ["synced", "conflict"]),
        isNotNull(appointments.externalId),
        gt(appointments.startsAt, new Date(nowMs)),
      ),
    )
    .orderBy(asc(appointments.id));
  return rows.map((row) => ({
    ...{ id: row.id, externalId: row.externalId ?? "", externalEtag: row.externalEtag ?? undefined },
    ...{ startMs: row.startsAt.getTime(), endMs: row.endsAt.getTime() },
  }));
}

/** The row, locked; undefined when we did something to it ourselves since `before` was read, or are about to. */
async function unchanged(tx: OrgTx, before: StandingAppointment): Promise<AppointmentRow | undefined> {
  const [row] = await tx.select().from(appointments).where(eq(appointments.id, before.id)).for("update");
  if (row?.status !== "active" || (row.syncState !== "synced" && row.syncState !== "conflict")) return undefined;
  const isSame =
    (row.externalEtag ?? undefined) === before.externalEtag &&
    row.startsAt.getTime() === before.startMs &&
    row.endsAt.getTime() === before.endMs;
  if (!isSame) return undefined;
  const [move] = await tx.select({ id: appointments.id }).from(appointments).where(eq(appointments.movesId, row.id));
  return move === undefined ? row : undefined;
}

async function moved(
  tx: OrgTx,
  deps: FollowDeps,
  { before, event }: { before: StandingAppointment; event: ExternalEvent },
): Promise<void> {
  const row = await unchanged(tx, before);
  if (row === undefined) return;
  const updatedAt = new Date(deps.clock.wallNow());
  const seen = { externalId: event.externalId, externalEtag: event.etag ?? null, updatedAt };
  const here = eq(appointments.id, row.id);
  if (event.startMs === before.startMs && event.endMs === before.endMs) {
    await tx
      .update(appointments)
      .set({ ...seen, syncState: "synced" })
      .where(here);
    return;
  }
  const times = { startsAt: new Date(event.startMs), endsAt: new Date(event.endMs), confirmedAt: null };
  const change = { ...seen, ...times, syncState: "synced" as const };
  if (await unlessTaken(tx, (inner) => inner.update(appointments).set(change).where(here))) {
    await emitDeed(tx, deps, { deed: "rescheduled", row: { ...row, ...times } });
    return;
  }
  // Onto another one of ours: the book keeps the time that was promised, and shows that the two differ.
  await tx
    .update(appointments)
    .set({ ...seen, syncState: "conflict" })
    .where(here);
}

async function gone(tx: OrgTx, deps: FollowDeps, before: StandingAppointment): Promise<void> {
  const row = await unchanged(tx, before);
  if (row === undefined) return;
  await tx
    .update(appointments)
    .set({ status: "cancelled", syncState: "none", nextSyncAt: null, updatedAt: new Date(deps.clock.wallNow()) })
    .where(eq(appointments.id, row.id));
  await emitDeed(tx, deps, { deed: "cancelled", row });
}

/** Their events were to be removed, and stand there all the same. */
async function strays(tx: OrgTx, { clock }: FollowDeps, ids: readonly string[]): Promise<void> {
  await tx
    .update(appointments)
    .set({ syncState: "removing", nextSyncAt: new Date(clock.wallNow()), syncAttempts: 0 })
    .where(
      and(
        inArray(appointments.id, [...ids]),
        eq(appointments.status, "cancelled"),
        eq(appointments.syncState, "none"),
        isNotNull(appointments.calendarId),
      ),
    );
}

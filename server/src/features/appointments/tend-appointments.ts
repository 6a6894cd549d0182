/**
 * What is left of deeds in linked calendars: wishes nobody knows the end of, events to be written, moved or taken away, holds that have
 * run out. A job of every minute; running it twice, or in two processes, changes nothing.
 */
import { eq, sql } from "drizzle-orm";
import { ProviderError } from "../../kernel/app-error.ts";
import type { JobWorker } from "../../platform/queue/queue.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { releaseExpiredHolds } from "./busy-times.ts";
import { confirmBooking, confirmMove, decline, later, type OutsideDeps } from "./outside-rows.ts";
import { putEvent, readKnown, tryOutside } from "./outside-wishes.ts";
import { askWithin } from "./outside-write.ts";

const rowsAtOnce = 20;
const firstRetryMs = 20_000;
const longestRetryMs = 15 * 60_000;
/** Longer than one row takes at the vendor's. */
const claimMs = 60_000;

/** Of one organisation; returns how many were looked at. */
export async function tendAppointments(deps: OutsideDeps, orgId: string, signal: AbortSignal): Promise<number> {
  const { db, clock } = deps;
  let tended = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = await db.withOrg(orgId, async (tx) => {
      await releaseExpiredHolds(tx, clock.wallNow());
      return await claimDue(deps, tx);
    });
    for (const row of rows) {
      signal.throwIfAborted();
      await tendOne(deps, row);
      tended++;
    }
    // Again, because one step may have made the next one due.
    if (rows.length === 0) return tended;
  }
}

async function claimDue(
  { clock }: OutsideDeps,
  tx: Parameters<typeof releaseExpiredHolds>[0],
): Promise<AppointmentRow[]> {
  const now = later(clock, 0).toISOString();
  const due = sql`${appointments.id} in (
    select id from appointments where next_sync_at <= ${now}::timestamptz and sync_state <> 'none'
    order by next_sync_at limit ${rowsAtOnce} for update skip locked)`;
  return await tx
    .update(appointments)
    .set({ syncAttempts: sql`${appointments.syncAttempts} + 1`, nextSyncAt: later(clock, claimMs * rowsAtOnce) })
    .where(due)
    .returning();
}

async function tendOne(deps: OutsideDeps, row: AppointmentRow): Promise<void> {
  try {
    if (row.status === "held") return await goOnAsking(deps, row);
    if (row.status === "active") return await bringInStep(deps, row);
    return await takeAway(deps, row);
  } catch (error) {
    const kind = error instanceof ProviderError ? error.category : "other";
    deps.log("warn", "an appointment could not be brought in step with its linked calendar", { id: row.id, kind });
    await tryAgain(deps, row);
  }
}

async function tryAgain({ db, clock }: OutsideDeps, row: AppointmentRow): Promise<void> {
  const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(10, row.syncAttempts - 1));
  await db.withOrg(row.orgId, (tx) =>
    tx
      .update(appointments)
      .set({ nextSyncAt: later(clock, waitMs) })
      .where(eq(appointments.id, row.id)),
  );
}

/** The caller was told that a confirmation follows: it comes, or the news that the time cannot be had. */
async function goOnAsking(deps: OutsideDeps, row: AppointmentRow): Promise<void> {
  const known = await readKnown(deps, row);
  const isPast = row.startsAt.getTime() <= deps.clock.wallNow();
  if (known === undefined || isPast) return await decline(deps, row, known === undefined);
  const written = await tryOutside(deps, row, known);
  switch (written.result) {
    case "done":
      if (row.movesId === null) await confirmBooking(deps, row, written.event);
      else await confirmMove(deps, { held: row, moved: known.subject }, written.event);
      return;
    case "taken":
      await decline(deps, row, written.isUndone);
      if (row.movesId !== null && !written.isUndone) await repeatSoon(deps, known.subject, "pending");
      return;
    case "unreachable":
      if (written.isGone) await decline(deps, row, true);
      else await tryAgain(deps, row);
      return;
    case "unknown":
      await tryAgain(deps, row);
      return;
    case "lost":
      return;
  }
}

async function repeatSoon({ db, clock }: OutsideDeps, row: AppointmentRow, syncState: "pending" | "removing") {
  await db.withOrg(row.orgId, (tx) =>
    tx
      .update(appointments)
      .set({ syncState, syncAttempts: 0, nextSyncAt: later(clock, 0) })
      .where(eq(appointments.id, row.id)),
  );
}

const limits = { eachMs: 8000, allMs: 20_000 };

/** Ours is what holds: it was booked or moved at the desk, or could not be put back. */
async function bringInStep(deps: OutsideDeps, row: AppointmentRow): Promise<void> {
  const known = await readKnown(deps, row);
  if (known === undefined) return await settle(deps, row, { syncState: "none", externalId: null, externalEtag: null });
  const provider = await deps.providerOf({ orgId: row.orgId, connectionId: known.link.connectionId });
  const ask = askWithin(deps.clock, limits);
  const event = await ask((signal) => putEvent(provider, { known, row, mayMake: true }, signal));
  await settle(deps, row, { syncState: "synced", externalId: event.externalId, externalEtag: event.etag ?? null });
}

async function takeAway(deps: OutsideDeps, row: AppointmentRow): Promise<void> {
  const known = await readKnown(deps, row);
  if (known !== undefined) {
    const { connectionId, externalCalendarId } = known.link;
    const provider = await deps.providerOf({ orgId: row.orgId, connectionId });
    const ask = askWithin(deps.clock, limits);
    // Its id there is known only to one whose write was answered.
    const externalId =
      row.externalId ?? (await ask((signal) => provider.findEvent(externalCalendarId, row.id, signal)))?.externalId;
    if (externalId !== undefined) {
      await ask((signal) => provider.removeEvent(externalCalendarId, { externalId, appointmentId: row.id }, signal));
    }
  }
  await settle(deps, row, { syncState: "none", externalId: null, externalEtag: null });
}

/** Unless it was changed meanwhile: then there is more to do. */
async function settle(
  { db }: OutsideDeps,
  row: AppointmentRow,
  change: Pick<AppointmentRow, "syncState" | "externalId" | "externalEtag">,
): Promise<void> {
  await db.withOrg(row.orgId, async (tx) => {
    const [now] = await tx.select().from(appointments).where(eq(appointments.id, row.id)).for("update");
    const isSame =
      now?.status === row.status &&
      now.syncState === row.syncState &&
      now.startsAt.getTime() === row.startsAt.getTime();
    if (!isSame) return;
    await tx
      .update(appointments)
      .set({ ...change, syncAttempts: 0, nextSyncAt: null })
      .where(eq(appointments.id, row.id));
  });
}

/** Every minute, over all organisations that have something due. */
export async function tendAppointmentsByClock(worker: JobWorker, deps: OutsideDeps): Promise<void> {
  await worker.schedule("appointments.tend", "* * * * *", async ({ signal }) => {
    const due = await deps.db.askForIds("organizations_with_due_appointments", [later(deps.clock, 0)]);
    for (const orgId of due) {
      signal.throwIfAborted();
      try {
        await tendAppointments(deps, orgId, signal);
      } catch (error) {
        // One organisation's trouble is not the next one's.
        signal.throwIfAborted();
        deps.log("error", "an organisation's appointments could not be tended", {
          kind: error instanceof Error ? error.name : "unknown",
        });
      }
    }
  });
}

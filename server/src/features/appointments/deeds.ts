/** What every deed about an appointment leaves behind, whoever did it. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";

export interface DoneDeed {
  /** `declined`: it had been asked for at a linked calendar, and cannot be had. */
  readonly deed: "booked" | "rescheduled" | "cancelled" | "declined";
  readonly row: Pick<AppointmentRow, "id" | "orgId" | "callId" | "startsAt" | "endsAt">;
  /** The call in which it was done, where that is another one. */
  readonly callId?: string | undefined;
}

/** No word of the caller's: ids and times. */
export async function emitDeed(tx: OrgTx, { emit }: AppointmentDeps, { deed, row, callId }: DoneDeed): Promise<void> {
  const call = deed === "booked" || deed === "declined" ? row.callId : callId;
  await emit(tx, {
    orgId: row.orgId,
    ...(call === undefined || call === null ? {} : { callId: call }),
    type: `appointment.${deed}`,
    subjectId: row.id,
    facts: { startsAt: row.startsAt.toISOString(), endsAt: row.endsAt.toISOString() },
  });
}

/** Its time is free at once; its event in a linked calendar, if there may be one, is removed soon. So is a new time that was asked for. */
export async function markCancelled(tx: OrgTx, { clock }: AppointmentDeps, row: AppointmentRow): Promise<void> {
  const now = new Date(clock.wallNow());
  const mayStandThere = row.syncState !== "none";
  await tx
    .update(appointments)
    .set({
      ...{ status: "cancelled", updatedAt: now, holdUntil: null, deedHash: null },
      ...(mayStandThere ? { syncState: "removing", nextSyncAt: now, syncAttempts: 0 } : { nextSyncAt: null }),
    })
    .where(eq(appointments.id, row.id));
  await tx.delete(appointments).where(eq(appointments.movesId, row.id));
}

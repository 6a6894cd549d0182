/** One appointment, for who already knows which: the person who was written to, the desk. */
import { and, eq, inArray, isNull } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { type AppointmentDetails, openDetails } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { emitDeed, markCancelled } from "./deeds.ts";

interface OfOne {
  readonly orgId: string;
  readonly id: string;
}

export interface ReadAppointment {
  readonly row: AppointmentRow;
  /** Undefined when they were erased. */
  readonly details: AppointmentDetails | undefined;
}

/** Undefined when there is none; the new time of another one is none either. */
export async function readAppointment(
  tx: OrgTx,
  { orgId, id }: OfOne,
  { organizations }: Pick<AppointmentDeps, "organizations">,
): Promise<ReadAppointment | undefined> {
  const [row] = await tx
    .select()
    .from(appointments)
    .where(and(eq(appointments.id, id), isNull(appointments.movesId)));
  return row && { row, details: openDetails(await organizations.keyOf(tx, orgId), row) };
}

/** False when there is none to cancel. */
export async function cancelAppointment(tx: OrgTx, { id }: OfOne, deps: AppointmentDeps): Promise<boolean> {
  const [row] = await tx
    .select()
    .from(appointments)
    .where(and(eq(appointments.id, id), inArray(appointments.status, ["held", "active"]), isNull(appointments.movesId)))
    .for("update");
  if (row === undefined) return false;
  await markCancelled(tx, deps, row);
  await emitDeed(tx, deps, { deed: "cancelled", row });
  return true;
}

/** The person said that they will come. */
export async function confirmAppointment(tx: OrgTx, { id }: OfOne, at: Date): Promise<void> {
  await tx
    .update(appointments)
    .set({ confirmedAt: at })
    .where(and(eq(appointments.id, id), eq(appointments.status, "active")));
}

/** An appointment by its id: as people are told of it, and what they answer to that. */
import { and, eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { type AppointmentDetails, openDetails } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import { emitDeed, markCancelled } from "./deeds.ts";

interface OfAppointment {
  readonly orgId: string;
  readonly id: string;
}

/** Undefined details: they were erased. */
export async function readAppointment(
  tx: OrgTx,
  { orgId, id }: OfAppointment,
  { organizations }: Pick<AppointmentDeps, "organizations">,
): Promise<{ row: AppointmentRow; details: AppointmentDetails | undefined } | undefined> {
  const [row] = await tx.select().from(appointments).where(eq(appointments.id, id));
  return row && { row, details: openDetails(await organizations.keyOf(tx, orgId), row) };
}

/** That the person will come. */
export async function confirmAppointment(tx: OrgTx, { id }: OfAppointment, confirmedAt: Date): Promise<void> {
  await tx
    .update(appointments)
    .set({ confirmedAt })
    .where(and(eq(appointments.id, id), eq(appointments.status, "active")));
}

/** By whoever proved to be its person. False when it is not active any more. */
export async function cancelAppointment(tx: OrgTx, { id }: OfAppointment, deps: AppointmentDeps): Promise<boolean> {
  const [row] = await tx.select().from(appointments).where(eq(appointments.id, id)).for("update");
  if (row?.status !== "active") return false;
  await markCancelled(tx, deps, row);
  await emitDeed(tx, deps, { deed: "cancelled", row });
  return true;
}

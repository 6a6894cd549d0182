/** What becomes of appointments when calendars come, go, and are linked to others. */
import type { CalendarLink } from "@parley/contract/calendars";
import { and, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { appointments } from "./appointments.table.ts";

/** As `CalendarFollowers` of the calendars. */
export function createAppointmentFollowers({ clock }: { clock: Clock }) {
  const now = () => new Date(clock.wallNow());
  const coming = (calendarId: string) =>
    and(
      eq(appointments.calendarId, calendarId),
      inArray(appointments.status, ["held", "active"]),
      gt(appointments.endsAt, now()),
    );
  return {
    async onFirst(tx: OrgTx, calendarId: string): Promise<void> {
      await tx.update(appointments).set({ calendarId }).where(isNull(appointments.calendarId));
    },
    /** Coming ones are written to the new calendar; what stands in the former one stays there. */
    async onLinked(
      tx: OrgTx,
      { calendarId, link }: { calendarId: string; link: CalendarLink | undefined },
    ): Promise<void> {
      const change =
        link === undefined
          ? ({ syncState: "none", nextSyncAt: null, externalId: null, externalEtag: null } as const)
          : ({
              syncState: "pending",
              nextSyncAt: now(),
              syncAttempts: 0,
              externalId: null,
              externalEtag: null,
            } as const);
      await tx
        .update(appointments)
        .set(change)
        .where(and(coming(calendarId), eq(appointments.status, "active")));
    },
    async countComing(tx: OrgTx, calendarId: string): Promise<number> {
      const [row] = await tx.select({ count: sql<number>`count(*)::int` }).from(appointments).where(coming(calendarId));
      return row?.count ?? 0;
    },
  };
}

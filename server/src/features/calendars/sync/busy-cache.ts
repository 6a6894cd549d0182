/** When linked calendars are busy with what is not ours, as they told it last. */
import { createHash } from "node:crypto";
import type { CalendarLink } from "@parley/contract/calendars";
import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { OrgTx } from "../../../platform/db/org-db.ts";
import type { CalendarChanges, CalendarRange } from "../calendar.port.ts";
import { calendarSyncs, externalBusy } from "./sync.tables.ts";

export async function busyOutside(
  tx: OrgTx,
  { startMs, endMs, calendarIds }: CalendarRange & { readonly calendarIds: readonly string[] },
): Promise<(CalendarRange & { calendarId: string })[]> {
  const { calendarId, startsAt, endsAt } = externalBusy;
  const rows = await tx
    .select({ calendarId, startsAt, endsAt })
    .from(externalBusy)
    .where(and(inArray(calendarId, [...calendarIds]), lt(startsAt, new Date(endMs)), gt(endsAt, new Date(startMs))));
  return rows.map((row) => ({
    ...{ calendarId: row.calendarId, startMs: row.startsAt.getTime(), endMs: row.endsAt.getTime() },
  }));
}

/** A connection that calendars are reached by is not deleted. */
export async function isLinked(tx: OrgTx, connectionId: string): Promise<boolean> {
  const here = eq(calendarSyncs.connectionId, connectionId);
  const [row] = await tx.select({ id: calendarSyncs.calendarId }).from(calendarSyncs).where(here).limit(1);
  return row !== undefined;
}

/** What was known of the former calendar means nothing for the new one. */
export async function followLink(
  tx: OrgTx,
  { orgId, calendarId, link }: { orgId: string; calendarId: string; link: CalendarLink | undefined },
): Promise<void> {
  await tx.delete(externalBusy).where(eq(externalBusy.calendarId, calendarId));
  await tx.delete(calendarSyncs).where(eq(calendarSyncs.calendarId, calendarId));
  if (link === undefined) return;
  await tx.insert(calendarSyncs).values({ orgId, calendarId, connectionId: link.connectionId });
}

interface Place {
  readonly orgId: string;
  readonly calendarId: string;
}

const atOnce = 500;

/** On some servers an event's id is a path with a person's name in it. */
const keyOf = ({ externalId }: { externalId: string }) => createHash("sha256").update(externalId).digest("base64url");

/** Ours are not among them: they stand in the book. */
export async function writeBusy(tx: OrgTx, { orgId, calendarId }: Place, changes: CalendarChanges): Promise<void> {
  const here = eq(externalBusy.calendarId, calendarId);
  if (changes.isComplete) await tx.delete(externalBusy).where(here);
  const theirs = changes.changed.filter(({ appointmentId }) => appointmentId === undefined);
  const gone = [...changes.removed, ...theirs.filter(({ isBusy }) => !isBusy)].map(keyOf);
  for (let from = 0; from < gone.length; from += atOnce) {
    await tx.delete(externalBusy).where(and(here, inArray(externalBusy.externalId, gone.slice(from, from + atOnce))));
  }
  const busy = new Map(theirs.filter(({ isBusy }) => isBusy).map((event) => [keyOf(event), event]));
  const rows = [...busy].map(([externalId, { startMs, endMs }]) => ({
    ...{ orgId, calendarId, externalId, startsAt: new Date(startMs), endsAt: new Date(endMs) },
  }));
  for (let from = 0; from < rows.length; from += atOnce) {
    await tx
      .insert(externalBusy)
      .values(rows.slice(from, from + atOnce))
      .onConflictDoUpdate({
        target: [externalBusy.orgId, externalBusy.calendarId, externalBusy.externalId],
        set: { startsAt: sql`excluded.starts_at`, endsAt: sql`excluded.ends_at` },
      });
  }
}

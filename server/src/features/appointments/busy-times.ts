/** Who is busy when: by our own book, and by what is known of linked calendars. */
import { and, gt, inArray, isNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { appointments } from "./appointments.table.ts";
import type { Interval } from "./business-profile.ts";

export interface BusySearch extends Interval {
  /** Undefined among them: the implied calendar. */
  readonly calendarIds: readonly (string | undefined)[];
  readonly nowMs: number;
  /** An appointment that does not stand in its own way. */
  readonly exceptId?: string | undefined;
}

/** Busy with something that is not ours: what the linked calendars told last. */
export type BusyOutside = (
  tx: OrgTx,
  search: Interval & { readonly calendarIds: readonly string[] },
) => Promise<readonly (Interval & { readonly calendarId: string })[]>;

export interface BusyTimes {
  /** With buffers. By calendar; `""` is the implied one. */
  readonly ofCalendar: ReadonlyMap<string, readonly Interval[]>;
  readonly ofRoom: ReadonlyMap<string, readonly Interval[]>;
}

const dayMs = 86_400_000;
const bufferMost = dayMs;
const minuteMs = 60_000;

/** A hold that has run out, for which nothing was written anywhere. */
const isLetGo = (nowMs: number): SQL | undefined =>
  and(
    sql`${appointments.status} = 'held'`,
    sql`${appointments.syncState} = 'none'`,
    lte(appointments.holdUntil, new Date(nowMs)),
  );

/** Held and active ones that touch the range, wherever they are. */
export async function standingIn(tx: OrgTx, { startMs, endMs, nowMs, exceptId }: Omit<BusySearch, "calendarIds">) {
  const { calendarId, roomId, startsAt, endsAt, bufferBeforeMinutes, bufferAfterMinutes, status } = appointments;
  const rows = await tx
    .select({ calendarId, roomId, startsAt, endsAt, bufferBeforeMinutes, bufferAfterMinutes, status })
    .from(appointments)
    .where(
      and(
        inArray(appointments.status, ["held", "active"]),
        sql`not (${isLetGo(nowMs)})`,
        sql`${appointments.startsAt} < ${new Date(endMs + bufferMost).toISOString()}::timestamptz`,
        gt(appointments.endsAt, new Date(startMs - bufferMost)),
        exceptId === undefined
          ? undefined
          : and(ne(appointments.id, exceptId), or(isNull(appointments.movesId), ne(appointments.movesId, exceptId))),
      ),
    );
  return rows.filter((row) => {
    const busy = busyOf(row);
    return busy.startMs < endMs && busy.endMs > startMs;
  });
}

type TimedRow = Pick<
  typeof appointments.$inferSelect,
  "startsAt" | "endsAt" | "bufferBeforeMinutes" | "bufferAfterMinutes"
>;

const busyOf = (row: TimedRow): Interval => ({
  startMs: row.startsAt.getTime() - row.bufferBeforeMinutes * minuteMs,
  endMs: row.endsAt.getTime() + row.bufferAfterMinutes * minuteMs,
});

export async function readBusy(tx: OrgTx, search: BusySearch, outside: BusyOutside | undefined): Promise<BusyTimes> {
  const ofCalendar = new Map<string, Interval[]>();
  const ofRoom = new Map<string, Interval[]>();
  const add = (to: Map<string, Interval[]>, id: string, busy: Interval) => to.set(id, [...(to.get(id) ?? []), busy]);
  for (const row of await standingIn(tx, search)) {
    add(ofCalendar, row.calendarId ?? "", busyOf(row));
    if (row.roomId !== null) add(ofRoom, row.roomId, busyOf(row));
  }
  const calendarIds = search.calendarIds.flatMap((id) => id ?? []);
  if (outside !== undefined && calendarIds.length > 0) {
    const { startMs, endMs } = search;
    for (const { calendarId, ...busy } of await outside(tx, { startMs, endMs, calendarIds })) {
      add(ofCalendar, calendarId, busy);
    }
  }
  return { ofCalendar, ofRoom };
}

/**
 * One writer at a time in an organisation's book, until the transaction ends: two that write overlapping times at once would wait for each
 * other. Rows that are locked are locked before.
 */
export async function lockBook(tx: OrgTx): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended('appointments:' || current_setting('parley.org_id'), 0))`,
  );
}

/** Holds that have run out go, so that they stand in nobody's way. The book is locked. */
export async function releaseExpiredHolds(tx: OrgTx, nowMs: number): Promise<number> {
  await lockBook(tx);
  const gone = await tx.delete(appointments).where(isLetGo(nowMs)).returning({ id: appointments.id });
  return gone.length;
}

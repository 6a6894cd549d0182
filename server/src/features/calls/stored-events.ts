/** A call's events in the database, written in batches and read in order. */
import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import type { CallEvent } from "../../call/call-event.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { CallKeys } from "./call-keys.ts";
import type { EventOfCall } from "./call-records.ts";
import { callEvents, calls } from "./calls.table.ts";
import { type EventRow, fromRow, toRow } from "./stored-event.ts";

/** An erased call is no call any more. */
export const ofCall = (callId: string) => and(eq(calls.id, callId), isNull(calls.erasedAt));

interface EventQuery {
  readonly orgId: string;
  readonly callId: string;
  readonly keys: CallKeys;
  readonly afterSeq?: number;
  readonly limit?: number;
}

export async function selectEvents(tx: OrgTx, query: EventQuery): Promise<CallEvent[] | undefined> {
  const { orgId, callId } = query;
  const [call] = await tx.select({ id: calls.id }).from(calls).where(ofCall(callId));
  if (call === undefined) return undefined;
  const key = await query.keys.of(tx, { orgId, callId });
  const rows = await tx
    .select()
    .from(callEvents)
    .where(and(eq(callEvents.callId, callId), gt(callEvents.seq, query.afterSeq ?? -1)))
    .orderBy(asc(callEvents.seq))
    .limit(query.limit ?? 100_000);
  return rows.map((row) => fromRow(row, key));
}

interface EventInsert {
  readonly orgId: string;
  readonly events: readonly EventOfCall[];
  readonly keys: CallKeys;
  readonly wallNowMs: number;
}

export function withoutRedacted(events: readonly EventOfCall[], redact: ((content: unknown) => unknown) | undefined) {
  if (redact === undefined) return events;
  return events.map(({ event, ...of }): EventOfCall => {
    if (!("content" in event) || event.content === undefined) return { ...of, event };
    return { ...of, event: { ...event, content: redact(event.content) } as CallEvent };
  });
}

export async function insertEvents(tx: OrgTx, { orgId, events, keys, wallNowMs }: EventInsert): Promise<void> {
  const rows: EventRow[] = [];
  for (const [callId, items] of Map.groupBy(events, (item) => item.callId)) {
    const key = await keys.of(tx, { orgId, callId });
    for (const { event } of items) rows.push(toRow({ orgId, callId }, event, key));
  }
  if (rows.length === 0) return;
  await tx.execute(insertRows(rows));
  const callIds = sql.param([...new Set(rows.map((row) => row.callId))]);
  await tx
    .update(calls)
    .set({ lastEventAt: new Date(wallNowMs) })
    .where(and(sql`${calls.id} = any(${callIds}::text[])`, isNull(calls.endedAt)));
}

/** One array for each column: building a placeholder for every value costs several times the insert itself. */
function insertRows(rows: readonly EventRow[]) {
  const column = (pick: (row: EventRow) => unknown) => sql.param(rows.map(pick));
  return sql`
    insert into call_events (org_id, call_id, seq, at_ms, v, type, facts, content)
    select * from unnest(
      ${column((row) => row.orgId)}::text[], ${column((row) => row.callId)}::text[], ${column((row) => row.seq)}::int[],
      ${column((row) => row.atMs)}::float8[], ${column((row) => row.v)}::smallint[], ${column((row) => row.type)}::text[],
      ${column((row) => JSON.stringify(row.facts))}::jsonb[], ${column((row) => row.content)}::bytea[]
    ) on conflict (call_id, seq) do nothing`;
}

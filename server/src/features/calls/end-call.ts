/** How a call's row ends: by its own last event, or for it when its process died. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { CallHooks, FinishedCall } from "./call-records.ts";
import { calls } from "./calls.table.ts";

/** False when it had ended already. */
export async function closeCall(tx: OrgTx, end: FinishedCall): Promise<boolean> {
  const { turns, p50 } = measuresOf(sql`${end.callId}`);
  const closed = await tx
    .update(calls)
    .set({
      status: end.status,
      hangUpReason: end.hangUpReason,
      endedAt: new Date(end.endedAtMs),
      durationMs: Math.round(end.durationMs),
      turns,
      firstAudioP50Ms: p50,
    })
    .where(and(eq(calls.id, end.callId), isNull(calls.endedAt)))
    .returning({ id: calls.id });
  return closed.length > 0;
}

interface Interruption {
  readonly orgId: string;
  readonly before: Date;
  readonly processId: string | undefined;
  readonly hooks: CallHooks;
}

export async function interruptCalls(tx: OrgTx, { orgId, before, processId, hooks }: Interruption): Promise<number> {
  const { turns, p50 } = measuresOf(sql`${calls.id}`);
  const closed = await tx
    .update(calls)
    .set({
      status: "interrupted",
      hangUpReason: "connection-lost",
      endedAt: sql`${calls.lastEventAt}`,
      durationMs: sql`(extract(epoch from ${calls.lastEventAt} - ${calls.startedAt}) * 1000)::int`,
      turns,
      firstAudioP50Ms: p50,
    })
    .where(
      and(
        isNull(calls.endedAt),
        sql`${calls.lastEventAt} <= ${before.toISOString()}::timestamptz`,
        processId === undefined ? undefined : eq(calls.processId, processId),
      ),
    )
    .returning({ id: calls.id });
  for (const { id } of closed) await hooks.ended?.(tx, { orgId, callId: id });
  return closed.length;
}

/** Aliased by hand: inside an UPDATE, column references lose their table's name. */
function measuresOf(callId: ReturnType<typeof sql>) {
  return {
    turns: sql<number>`(select count(*)::int from call_events e where e.call_id = ${callId} and e.type = 'turn-committed')`,
    p50: sql<number>`(select percentile_cont(0.5) within group (order by (e.facts -> 'latency' ->> 'firstAudioMs')::float8) from call_events e where e.call_id = ${callId} and e.type = 'turn-latency')`,
  };
}

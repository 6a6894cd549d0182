/** Calls and their events in the database. Everything is idempotent: writing the same thing twice changes nothing. */
import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import type { CallEvent } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newKey, seal, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { type CallKeys, createCallKeys } from "./call-keys.ts";
import { type CallSummary, summarize } from "./call-summary.ts";
import { hashOfCaller } from "./caller.ts";
import { type CallStatus, callEvents, calls } from "./calls.table.ts";
import { type ListCallsQuery, selectCalls } from "./list-calls.ts";
import { type EventRow, fromRow, toRow } from "./stored-event.ts";

export interface NewCall {
  readonly orgId: string;
  /** `call_…`, from `newId`. */
  readonly callId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentVersion?: number | "draft";
  /** Of a weighted split: the arm that this call is in. */
  readonly variant?: string;
  /** BCP-47. */
  readonly language: string;
  readonly channel: "phone" | "web" | "text";
  readonly direction: "inbound" | "outbound";
  readonly externalId?: string;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly answeredAtMs?: number;
  readonly processId: string;
  /** Content: sealed. */
  readonly from?: string;
  readonly to?: string;
  readonly contactId?: string;
}

export interface FinishedCall {
  readonly orgId: string;
  readonly callId: string;
  readonly status: Exclude<CallStatus, "live">;
  /** A `HangUpReason`, or `connection-lost`. */
  readonly hangUpReason: string;
  readonly endedAtMs: number;
  readonly durationMs: number;
}

export interface EventOfCall {
  readonly orgId: string;
  readonly callId: string;
  readonly event: CallEvent;
}

export interface CallStore {
  createCall(call: NewCall): Promise<void>;
  /** Any mixture of calls and organisations, one transaction for each organisation. Idempotent by (callId, seq). */
  appendEvents(batch: readonly EventOfCall[]): Promise<void>;
  /** Turns and the median first-audio latency are counted from the stored events. The first finish stands. */
  finishCall(end: FinishedCall): Promise<void>;
  listCalls(orgId: string, query: ListCallsQuery): Promise<{ calls: CallSummary[]; nextCursor?: string }>;
  /** Undefined when there is none in this organisation. */
  getCall(orgId: string, callId: string): Promise<CallSummary | undefined>;
  /** Opened, in order. Undefined when there is no such call in this organisation. */
  listEvents(
    orgId: string,
    callId: string,
    page?: { afterSeq?: number; limit?: number },
  ): Promise<CallEvent[] | undefined>;
  /**
   * Calls left open by a dead process end as `interrupted`, `connection-lost`, at their last event. `quietMs`: only those
   * without an event for so long (0 when no other process can be alive). Returns how many.
   */
  closeOrphanedCalls(which: { quietMs: number; processId?: string }): Promise<number>;
}

/** What else is done in the transaction that enters or ends a call: webhooks, usage, jobs. Runs once for each call. */
export interface CallHooks {
  started?(tx: OrgTx, call: NewCall): Promise<void>;
  /** Also for a call that a dead process left open. */
  ended?(tx: OrgTx, call: { orgId: string; callId: string }): Promise<void>;
}

export interface CallStoreOptions {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly hooks?: CallHooks;
  /** What an organisation wants taken out of words before they are stored. Undefined: nothing. */
  readonly redactionOf?: RedactionOf;
}

export type RedactionOf = (tx: OrgTx, orgId: string) => Promise<((content: unknown) => unknown) | undefined>;

export function createCallStore(options: CallStoreOptions): CallStore {
  const { db, organizations, clock, hooks = {}, redactionOf } = options;
  const keys = createCallKeys(organizations);

  return {
    async createCall(call) {
      await db.withOrg(call.orgId, async (tx) => {
        const key = newKey();
        const orgKey = await organizations.keyOf(tx, call.orgId);
        const keyWrap = wrapKey(orgKey, key, call.callId);
        const callerHash = hashOfCaller(orgKey, call.direction === "inbound" ? call.from : call.to);
        const made = await tx
          .insert(calls)
          .values({ ...newCallRow(call, key, keyWrap), callerHash: callerHash ?? null })
          .onConflictDoNothing()
          .returning({ id: calls.id });
        if (made.length === 0) return;
        keys.remember(call.callId, key);
        await hooks.started?.(tx, call);
      });
    },
    async appendEvents(batch) {
      for (const [orgId, events] of Map.groupBy(batch, (item) => item.orgId)) {
        await db.withOrg(orgId, async (tx) => {
          const redact = await redactionOf?.(tx, orgId);
          await insertEvents(tx, { orgId, events: withoutRedacted(events, redact), keys, wallNowMs: clock.wallNow() });
        });
      }
    },
    async finishCall(end) {
      await db.withOrg(end.orgId, async (tx) => {
        if (await closeCall(tx, end)) await hooks.ended?.(tx, end);
      });
      keys.forget(end.callId);
    },
    async listCalls(orgId, query) {
      return await db.withOrg(orgId, async (tx) => {
        const orgKey = await organizations.keyOf(tx, orgId);
        const { rows, nextCursor } = await selectCalls(tx, orgKey, query);
        return {
          calls: rows.map((row) => summarize(row, orgKey)),
          ...(nextCursor === undefined ? {} : { nextCursor }),
        };
      });
    },
    async getCall(orgId, callId) {
      return await db.withOrg(orgId, async (tx) => {
        const [row] = await tx.select().from(calls).where(ofCall(callId));
        return row === undefined ? undefined : summarize(row, await organizations.keyOf(tx, orgId));
      });
    },
    async listEvents(orgId, callId, page = {}) {
      return await db.withOrg(orgId, (tx) => selectEvents(tx, { orgId, callId, keys, ...page }));
    },
    async closeOrphanedCalls({ quietMs, processId }) {
      const before = new Date(clock.wallNow() - quietMs);
      let closed = 0;
      for (const orgId of await db.askForIds("organizations_with_open_calls")) {
        closed += await db.withOrg(orgId, (tx) => interruptCalls(tx, { orgId, before, processId, hooks }));
      }
      return closed;
    },
  };
}

/** An erased call is no call any more. */
const ofCall = (callId: string) => and(eq(calls.id, callId), isNull(calls.erasedAt));

function newCallRow(call: NewCall, key: Buffer, keyWrap: Buffer): typeof calls.$inferInsert {
  const { orgId, callId } = call;
  const sealed = (column: string, value: string | undefined) =>
    value === undefined ? null : seal(key, { orgId, owner: callId, seq: column }, value);
  return {
    id: callId,
    orgId,
    agentId: call.agentId,
    agentName: call.agentName,
    agentVersion: call.agentVersion === undefined ? null : String(call.agentVersion),
    variant: call.variant ?? null,
    language: call.language,
    channel: call.channel,
    direction: call.direction,
    status: "live",
    externalId: call.externalId ?? null,
    processId: call.processId,
    startedAt: new Date(call.startedAtMs),
    answeredAt: call.answeredAtMs === undefined ? null : new Date(call.answeredAtMs),
    lastEventAt: new Date(call.startedAtMs),
    sealedCaller: sealed("caller", call.from),
    sealedCalled: sealed("called", call.to),
    contactId: call.contactId ?? null,
    keyWrap,
  };
}

interface EventQuery {
  readonly orgId: string;
  readonly callId: string;
  readonly keys: CallKeys;
  readonly afterSeq?: number;
  readonly limit?: number;
}

async function selectEvents(tx: OrgTx, query: EventQuery): Promise<CallEvent[] | undefined> {
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

function withoutRedacted(events: readonly EventOfCall[], redact: ((content: unknown) => unknown) | undefined) {
  if (redact === undefined) return events;
  return events.map(({ event, ...of }): EventOfCall => {
    if (!("content" in event) || event.content === undefined) return { ...of, event };
    return { ...of, event: { ...event, content: redact(event.content) } as CallEvent };
  });
}

async function insertEvents(tx: OrgTx, { orgId, events, keys, wallNowMs }: EventInsert): Promise<void> {
  const rows: EventRow[] = [];
  for (const [callId, ofCall] of Map.groupBy(events, (item) => item.callId)) {
    const key = await keys.of(tx, { orgId, callId });
    for (const { event } of ofCall) rows.push(toRow({ orgId, callId }, event, key));
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

/** False when it had ended already. */
async function closeCall(tx: OrgTx, end: FinishedCall): Promise<boolean> {
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

async function interruptCalls(tx: OrgTx, { orgId, before, processId, hooks }: Interruption): Promise<number> {
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

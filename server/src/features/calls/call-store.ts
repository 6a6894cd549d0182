/** Calls and their events in the database. Everything is idempotent: writing the same thing twice changes nothing. */
import type { CallEvent } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newKey, seal, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { createCallKeys } from "./call-keys.ts";
import type { CallHooks, EventOfCall, FinishedCall, NewCall } from "./call-records.ts";
import { type CallSummary, summarize } from "./call-summary.ts";
import { hashOfCaller } from "./caller.ts";
import { calls } from "./calls.table.ts";
import { closeCall, interruptCalls } from "./end-call.ts";
import { type ListCallsQuery, selectCalls } from "./list-calls.ts";
import { insertEvents, ofCall, selectEvents, withoutRedacted } from "./stored-events.ts";

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
        const key = await enterCall(tx, call, await organizations.keyOf(tx, call.orgId));
        if (key === undefined) return;
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

/** The key that its content is sealed under; undefined when it is there already. */
async function enterCall(tx: OrgTx, call: NewCall, orgKey: Buffer): Promise<Buffer | undefined> {
  const key = newKey();
  const keyWrap = wrapKey(orgKey, key, call.callId);
  const callerHash = hashOfCaller(orgKey, call.direction === "inbound" ? call.from : call.to);
  const made = await tx
    .insert(calls)
    .values({ ...newCallRow(call, key, keyWrap), callerHash: callerHash ?? null })
    .onConflictDoNothing()
    .returning({ id: calls.id });
  return made.length === 0 ? undefined : key;
}

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

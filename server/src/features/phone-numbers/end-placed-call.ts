/** The end of a placed call that nobody spoke in: entered once among the calls, with what is known of why. */
import { and, eq, inArray } from "drizzle-orm";
import { open, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { OutboundParts, PlacedOrder } from "./outbound-parts.ts";
import { type OutboundCallRow, outboundCalls } from "./phone-numbers.table.ts";

export interface UnansweredCall {
  readonly orgId: string;
  readonly callId: string;
  readonly externalId?: string | undefined;
  /** The carrier's status, or a reason of ours. */
  readonly reason: string;
  /** The states it may be in; in any other nothing happens. */
  readonly from: readonly OutboundCallRow["state"][];
  /** In the transaction that ends it. */
  readonly also?: (tx: OrgTx) => Promise<void>;
}

export function openOrder(row: OutboundCallRow, orgKey: Buffer): PlacedOrder {
  const key = unwrapKey(orgKey, row.keyWrap, row.callId);
  return open(key, { orgId: row.orgId, owner: row.callId, seq: "order" }, row.sealedOrder) as PlacedOrder;
}

async function endIt(parts: OutboundParts, call: UnansweredCall) {
  const { orgId, callId, from, also } = call;
  const endedAt = new Date(parts.clock.wallNow());
  return await parts.db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .update(outboundCalls)
      .set({ state: "ended", endedAt, ...(also === undefined ? {} : { cancelledAt: endedAt }) })
      .where(and(eq(outboundCalls.callId, callId), inArray(outboundCalls.state, [...from])))
      .returning();
    if (row === undefined) return undefined;
    await also?.(tx);
    return { row, order: openOrder(row, await parts.organizations.keyOf(tx, orgId)) };
  });
}

/** False when it was in no such state. */
export async function enterUnanswered(parts: OutboundParts, call: UnansweredCall): Promise<boolean> {
  const ended = await endIt(parts, call);
  if (ended === undefined) return false;
  await parts.withdraw(call.callId);
  await enterFailed(parts, { ...ended, ...call });
  return true;
}

export async function enterFailed(
  { clock, calls, processId }: OutboundParts,
  ended: { row: OutboundCallRow; order: PlacedOrder; reason: string; externalId?: string | undefined },
): Promise<void> {
  const { row, order, reason } = ended;
  const { orgId, callId } = row;
  const externalId = ended.externalId ?? row.externalId ?? undefined;
  const { agentId, agentName, agentVersion, language, from, to } = order;
  await calls.createCall({
    ...{ orgId, callId, processId, channel: "phone", direction: "outbound" },
    ...{ agentId, agentName, language, from, to, startedAtMs: row.createdAt.getTime() },
    ...(agentVersion === undefined ? {} : { agentVersion }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(row.answeredAt === null ? {} : { answeredAtMs: row.answeredAt.getTime() }),
  });
  await calls.finishCall({
    ...{ orgId, callId, status: "failed", hangUpReason: reason, durationMs: 0 },
    endedAtMs: clock.wallNow(),
  });
}

/** Calls by who was at the other end: counted by a keyed hash of the number, tied to a contact by its id. */
import { and, eq, gt, sql } from "drizzle-orm";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { calls } from "./calls.table.ts";

/** Of an E.164 number; undefined for a caller who withholds it. */
export function hashOfCaller(orgKey: Buffer, number: string | undefined): Buffer | undefined {
  if (number === undefined || !/^\+\d{5,15}$/.test(number)) return undefined;
  return keyedHash(deriveSecret(orgKey, "callers"), number);
}

/** Inbound calls of one caller since then, and how many of them lie after the later time. */
export async function countCallsOf(
  tx: OrgTx,
  { callerHash, since, recentSince }: { callerHash: Buffer; since: Date; recentSince: Date },
): Promise<{ all: number; recent: number }> {
  const [row] = await tx
    .select({
      all: sql<number>`count(*)::int`,
      recent: sql<number>`count(*) filter (where ${calls.startedAt} > ${recentSince.toISOString()}::timestamptz)::int`,
    })
    .from(calls)
    .where(and(eq(calls.callerHash, callerHash), gt(calls.startedAt, since), eq(calls.direction, "inbound")));
  return row ?? { all: 0, recent: 0 };
}

/** Another contact's from now on, or nobody's. */
export async function repointCalls(tx: OrgTx, fromContactId: string, toContactId: string | null): Promise<void> {
  await tx.update(calls).set({ contactId: toContactId }).where(eq(calls.contactId, fromContactId));
}

/** Of the person at the other end of a call; undefined for one whose number is not known. */
export async function readCallerHash(tx: OrgTx, callId: string): Promise<Buffer | undefined> {
  const [row] = await tx.select({ hash: calls.callerHash }).from(calls).where(eq(calls.id, callId));
  return row?.hash ?? undefined;
}

/** Erases a call that is over. What stays is what was billed: ids, times, channel, direction, duration and outcome. */
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { openEvents } from "./call-content.ts";
import { forgetWords } from "./call-words.ts";
import { callEvents, callNotes, calls } from "./calls.table.ts";
import { measuresOf } from "./digest-call.ts";
import { addFigures } from "./figures.ts";
import { requireCall } from "./require-call.ts";

/** What else a call left, erased in the same transaction. What it returns is run after the commit. */
export type EraseWithCall = (tx: OrgTx, call: { orgId: string; callId: string }) => Promise<() => Promise<void>>;

/** Throws AppError `not_found`, and `conflict` while the call is live. Run what is returned after the commit. */
export async function eraseCall(
  tx: OrgTx,
  { callId, orgKey, now, eraseWith }: { callId: string; orgKey: Buffer; now: Date; eraseWith: EraseWithCall },
): Promise<() => Promise<void>> {
  const call = await requireCall(tx, callId, "lock");
  if (call.endedAt === null) {
    throw new AppError("conflict", { publicMessage: "The call is still live. End it first." });
  }
  if (call.digestedAt === null) {
    const events = await openEvents(tx, orgKey, { of: [call], types: ["turn-latency", "barge-in-confirmed"] });
    await addFigures(tx, call, measuresOf(events.get(callId) ?? []));
  }
  const afterwards = await eraseWith(tx, { orgId: call.orgId, callId });
  await forgetWords(tx, callId);
  await tx.delete(callNotes).where(eq(callNotes.callId, callId));
  await tx.delete(callEvents).where(eq(callEvents.callId, callId));
  await tx
    .update(calls)
    .set({
      ...{ keyWrap: null, sealedCaller: null, sealedCalled: null, callerHash: null, contactId: null, externalId: null },
      ...{ review: null, reviewedAt: null, reviewedBy: null, sealedReview: null },
      ...{ erasedAt: now, digestedAt: call.digestedAt ?? now },
    })
    .where(eq(calls.id, callId));
  return afterwards;
}

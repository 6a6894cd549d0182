/** What became of an attempt, written by whoever still holds its claim. */
import { and, eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Claim } from "./claim-notification.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { type NotificationRow, notifications } from "./notifications.table.ts";
import { optOut } from "./opt-outs.ts";
import type { CarriedText } from "./text-carrier.port.ts";
import { noteCarried } from "./text-status.ts";

export type Settlement =
  /** The carrier has it. */
  | { readonly kind: "sent"; readonly text: CarriedText }
  /** The mail server has it. */
  | { readonly kind: "mailed" }
  | { readonly kind: "failed"; readonly reason: string; readonly isOptedOut?: boolean }
  /** It may have been sent: the next attempt looks. */
  | { readonly kind: "again"; readonly reason: string };

const mostAttempts = 8;
const giveUpAfterMs = 24 * 3_600_000;

/** 1 min, 2 min, 4 min … at most 1 h. */
const retryDelayMs = (attempt: number) => Math.min(3_600_000, 60_000 * 2 ** (attempt - 1));

/** Its words go with their key. */
export const wordsGone = { keyWrap: null, sealedContent: null } as const;

export async function settle(parts: NotificationParts, claim: Claim, settlement: Settlement): Promise<void> {
  const { row } = claim;
  await parts.db.withOrg(row.orgId, async (tx) => {
    const [current] = await tx.select().from(notifications).where(eq(notifications.id, row.id)).for("update");
    if (current === undefined) return;
    if (settlement.kind === "sent") return await noteCarried(tx, { row: current, text: settlement.text }, parts);
    // A report came first, or another has it in hand.
    if (current.status !== "waiting" || current.attempts !== row.attempts) return;
    await write(tx, { parts, row, settlement });
  });
}

interface Writing {
  readonly parts: NotificationParts;
  readonly row: NotificationRow;
  readonly settlement: Exclude<Settlement, { kind: "sent" }>;
}

async function write(tx: OrgTx, { parts, row, settlement }: Writing): Promise<void> {
  const now = new Date(parts.clock.wallNow());
  const set = (columns: Partial<NotificationRow>) =>
    tx
      .update(notifications)
      .set({ claimedUntil: null, ...columns })
      .where(and(eq(notifications.id, row.id), eq(notifications.attempts, row.attempts)));
  switch (settlement.kind) {
    case "mailed":
      await set({ ...wordsGone, status: "sent", reason: null, finishedAt: now });
      return;
    case "failed": {
      if (settlement.isOptedOut && row.recipientHash !== null)
        await optOut(tx, { orgId: row.orgId, recipientHash: row.recipientHash, since: now });
      await set({ ...wordsGone, status: "failed", reason: settlement.reason, finishedAt: now });
      return;
    }
    case "again": {
      const isLast =
        row.attempts >= mostAttempts || now.getTime() - (row.firstAttemptAt ?? now).getTime() > giveUpAfterMs;
      const { reason } = settlement;
      if (isLast)
        await set({ ...wordsGone, status: "failed", reason: `gave-up:${reason}`.slice(0, 60), finishedAt: now });
      else await set({ reason, dueAt: new Date(now.getTime() + retryDelayMs(row.attempts)) });
    }
  }
}

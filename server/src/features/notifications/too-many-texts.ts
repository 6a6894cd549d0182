/**
 * Bounds on what texts may cost: whoever makes us write to numbers of theirs, or to one number for ever, soon gets nothing more. Mail
 * is not counted.
 */
import { and, count, eq, gt } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type NotificationRow, notifications } from "./notifications.table.ts";

const dayMs = 86_400_000;
/** Confirmations, reminders, answers to a customer; news for an owner; all of an organisation's. Each in 24 hours. */
const mostToNumber = 20;
const mostToOwner = 200;
const mostOfAll = 2000;

/** Why this one is not sent any more. Counts those whose sending was begun. */
export async function tooManyTexts(
  tx: OrgTx,
  { recipient, recipientHash }: Pick<NotificationRow, "recipient" | "recipientHash">,
  nowMs: number,
): Promise<string | undefined> {
  const lately = and(eq(notifications.channel, "sms"), gt(notifications.firstAttemptAt, new Date(nowMs - dayMs)));
  const sent = async (more?: Parameters<typeof and>[0]) => {
    const [row] = await tx.select({ count: count() }).from(notifications).where(and(lately, more));
    return row?.count ?? 0;
  };
  if (recipient !== "customer" && (await sent(eq(notifications.recipient, recipient))) >= mostToOwner)
    return "too-many-to-this-number";
  if (recipientHash !== null && (await sent(eq(notifications.recipientHash, recipientHash))) >= mostToNumber)
    return "too-many-to-this-number";
  return (await sent()) >= mostOfAll ? "too-many-today" : undefined;
}

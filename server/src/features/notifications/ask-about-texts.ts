/** Where the outside cannot report to us, the carrier is asked how texts fare. */
import { and, asc, eq, gt, inArray, isNotNull } from "drizzle-orm";
import type { NotificationParts } from "./notification-parts.ts";
import { notifications } from "./notifications.table.ts";
import { takeReport } from "./text-status.ts";

const dayMs = 86_400_000;
const askedAtOnce = 50;

export async function askAboutTexts(parts: NotificationParts, orgId: string, signal: AbortSignal): Promise<void> {
  const now = new Date(parts.clock.wallNow());
  const open = await parts.db.withOrg(orgId, async (tx) => {
    const sender = await parts.senderOf(tx, orgId, undefined);
    const { status, channel, createdAt, externalId, id } = notifications;
    const isOpen = and(eq(channel, "sms"), inArray(status, ["queued", "sent"]), isNotNull(externalId));
    const rows = await tx
      .select({ id, externalId })
      .from(notifications)
      .where(and(isOpen, gt(createdAt, new Date(now.getTime() - dayMs))))
      .orderBy(asc(id))
      .limit(askedAtOnce);
    return { rows, sender };
  });
  for (const { id, externalId } of open.rows) {
    if (open.sender === undefined || externalId === null || signal.aborted) return;
    const text = await parts.carrier.fetch(open.sender.login, externalId, signal);
    await takeReport(orgId, { notificationId: id, text }, parts);
  }
}

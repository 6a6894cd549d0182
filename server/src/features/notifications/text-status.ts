/** How texts fare, as the carrier reports it: in any order, and perhaps before we noted that it has them. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { countSegments } from "./count-segments.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { type NotificationRow, notifications } from "./notifications.table.ts";
import type { CarriedText } from "./text-carrier.port.ts";
import { openContent } from "./write-notification.ts";

type Known = Extract<NotificationRow["status"], "queued" | "sent" | "delivered" | "undelivered" | "failed">;

/** The carrier's words for the same. */
const meanings: Readonly<Record<string, Known>> = {
  ...{ accepted: "queued", scheduled: "queued", queued: "queued", sending: "queued" },
  ...{ sent: "sent", delivered: "delivered", read: "delivered" },
  ...{ undelivered: "undelivered", failed: "failed", canceled: "failed" },
};

/** What an earlier report may not take back. */
const before: Readonly<Record<Known, readonly NotificationRow["status"][]>> = {
  queued: ["waiting", "queued"],
  sent: ["waiting", "queued"],
  delivered: ["waiting", "queued", "sent"],
  undelivered: ["waiting", "queued", "sent"],
  failed: ["waiting", "queued", "sent"],
};

const finals: readonly Known[] = ["delivered", "undelivered", "failed"];

/**
 * The carrier has it: what it costs is known from its words, which then go. A word of the carrier's that is not known changes
 * nothing but that. `row` is locked by the transaction.
 */
export async function noteCarried(
  tx: OrgTx,
  { row, text }: { row: NotificationRow; text: CarriedText },
  parts: Pick<NotificationParts, "organizations" | "clock" | "noteText">,
): Promise<void> {
  if (row.channel !== "sms") return;
  const content = openContent(await parts.organizations.keyOf(tx, row.orgId), row);
  const segments = row.segments ?? (content?.channel === "sms" ? countSegments(content.body) : null);
  const status = meanings[text.status] ?? "queued";
  const isNews = before[status].includes(row.status);
  await tx
    .update(notifications)
    .set({
      ...{ externalId: text.externalId, segments, keyWrap: null, sealedContent: null, claimedUntil: null },
      ...(isNews ? { status, reason: text.errorCode === undefined ? null : String(text.errorCode) } : {}),
      ...(isNews && finals.includes(status) ? { finishedAt: new Date(parts.clock.wallNow()) } : {}),
    })
    .where(eq(notifications.id, row.id));
  if (row.segments !== null || segments === null) return;
  await parts.noteText(tx, { orgId: row.orgId, notificationId: row.id, callId: row.callId, segments });
}

export interface TextReport {
  readonly notificationId: string;
  readonly text: CarriedText;
}

/** What is not there, or is no text, is left alone. */
export async function takeReport(
  orgId: string,
  { notificationId, text }: TextReport,
  parts: Pick<NotificationParts, "db" | "organizations" | "clock" | "noteText">,
): Promise<void> {
  await parts.db.withOrg(orgId, async (tx) => {
    const [row] = await tx.select().from(notifications).where(eq(notifications.id, notificationId)).for("update");
    if (row === undefined || (row.externalId !== null && row.externalId !== text.externalId)) return;
    await noteCarried(tx, { row, text }, parts);
  });
}

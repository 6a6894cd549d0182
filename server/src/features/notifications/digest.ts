/** The day in figures, for the owner. */
import { sql } from "drizzle-orm";
import { DateTime } from "luxon";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readPlace } from "../organizations/index.ts";
import type { Business } from "./business.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { type NotificationRow, notificationDigests } from "./notifications.table.ts";
import { ownerRecipients } from "./owner-recipients.ts";
import { digestMail } from "./owner-words.ts";
import { atTime } from "./quiet-hours.ts";
import { readSettings } from "./settings.ts";
import type { Language } from "./templates.ts";
import { writeNotifications } from "./write-notification.ts";

/** Once for each day: the day's row is what says that it was done. */
export async function planDigest(parts: NotificationParts, orgId: string): Promise<void> {
  await parts.db.withOrg(orgId, async (tx) => {
    const settings = await readSettings(tx, orgId, parts);
    const { digestAt } = settings.toOwner;
    if (digestAt === null) return;
    const { timeZone } = await readPlace(tx);
    const now = DateTime.fromMillis(parts.clock.wallNow(), { zone: timeZone });
    const at = atTime(now, digestAt);
    const day = now.toISODate();
    if (day === null || now < at) return;
    const fresh = await tx.insert(notificationDigests).values({ orgId, day }).onConflictDoNothing().returning();
    if (fresh.length === 0) return;
    const recipients = await ownerRecipients(tx, { orgId, settings, how: { sms: false, email: true } }, parts);
    const about = { eventKey: `digest:${day}`, kind: "digest", channel: "email", happenedAt: at.toJSDate() } as const;
    const wanted = recipients.map(({ recipient }) => ({ ...about, recipient }));
    await writeNotifications(tx, { orgId, wanted }, parts);
  });
}

interface Digest {
  readonly row: NotificationRow;
  readonly business: Business;
  readonly language: Language;
}

/** Of the day up to its hour. Undefined when nothing happened and nothing is open. */
export async function composeDigest(tx: OrgTx, { row, business, language }: Digest, parts: NotificationParts) {
  const until = DateTime.fromJSDate(row.happenedAt, { zone: business.timeZone });
  const since = until.minus({ days: 1 });
  const { rows } = await tx.execute<{ type: string; is_missed: boolean | null; count: number }>(sql`
    select type, is_missed, count(*)::int as count from notification_events
    where happened_at > ${since.toJSDate().toISOString()}::timestamptz and happened_at <= ${row.happenedAt.toISOString()}::timestamptz
    group by type, is_missed`);
  const countOf = (type: string, isMissed?: boolean) =>
    rows
      .filter((each) => each.type === type && (isMissed === undefined || each.is_missed === isMissed))
      .reduce((sum, { count }) => sum + count, 0);
  const openMessages = await parts.countOpenMessages(tx);
  if (rows.length === 0 && openMessages === 0) return undefined;
  const figures = {
    ...{ calls: countOf("call.ended"), missed: countOf("call.ended", true), messages: countOf("message.taken") },
    ...{ bookings: countOf("appointment.booked"), moved: countOf("appointment.rescheduled") },
    ...{ cancellations: countOf("appointment.cancelled"), openMessages },
  };
  const day = until
    .reconfigure({ locale: language === "ar" ? "ar-EG" : "en", numberingSystem: "latn" })
    .toFormat("cccc d LLLL");
  return digestMail(figures, { business: business.name, day, language, link: parts.origin() });
}

/** A call that nobody took and that is in no record: the line was full, the budget used up, something was broken. */
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readBusiness } from "./business.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { notificationEvents } from "./notifications.table.ts";
import { addressOf, ownerRecipients } from "./owner-recipients.ts";
import { type OwnerNews, ownerMail, ownerText } from "./owner-words.ts";
import { readSettings } from "./settings.ts";
import { dayAndTime, toLanguage } from "./templates.ts";
import { askToTend, type Content, type Wanted, writeNotifications } from "./write-notification.ts";

export interface MissedCall {
  /** The carrier's. */
  readonly externalId: string;
  /** E.164, or what the carrier gave; absent when it is withheld. */
  readonly from?: string;
}

/** The owner is told, once for each call. Who called is in the sealed words alone. */
export async function noteMissedCall(orgId: string, call: MissedCall, parts: NotificationParts): Promise<void> {
  await parts.db.withOrg(orgId, async (tx) => {
    const now = new Date(parts.clock.wallNow());
    const event = { id: `nev_${call.externalId}`, orgId, subjectId: call.externalId, happenedAt: now, handledAt: now };
    const fresh = await tx
      .insert(notificationEvents)
      .values({ ...event, type: "call.ended", isMissed: true })
      .onConflictDoNothing()
      .returning();
    if (fresh.length === 0) return;
    await writeNotifications(
      tx,
      { orgId, wanted: await wantedOf(tx, { orgId, call, eventKey: event.id }, parts) },
      parts,
    );
    await askToTend(tx, orgId, parts);
  });
}

async function wantedOf(
  tx: OrgTx,
  { orgId, call, eventKey }: { orgId: string; call: MissedCall; eventKey: string },
  parts: NotificationParts,
): Promise<Wanted[]> {
  const settings = await readSettings(tx, orgId, parts);
  const business = await readBusiness(tx);
  const how = settings.toOwner.missedCall;
  const wanted: Wanted[] = [];
  for (const { channel, recipient } of await ownerRecipients(tx, { orgId, settings, how }, parts)) {
    const to = await addressOf(tx, { orgId, channel, recipient, settings }, parts);
    if (to === undefined) continue;
    const language = toLanguage(to.language ?? business.language);
    const news: OwnerNews = {
      ...{ kind: "owner-missed-call", language, business: business.name, link: `${parts.origin()}/calls` },
      ...dayAndTime(parts.clock.wallNow(), business.timeZone, language),
      ...(call.from === undefined ? {} : { person: { phone: call.from } }),
    };
    const content: Content =
      channel === "sms"
        ? { channel, from: null, to: to.address, body: ownerText(news) }
        : { channel, to: to.address, ...ownerMail(news) };
    wanted.push({ eventKey, kind: "owner-missed-call", channel, recipient, content });
  }
  return wanted;
}

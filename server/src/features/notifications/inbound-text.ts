/** A text that came: an answer to ours, a wish to get none, or words for a person. Each is taken once, in one transaction with what it does. */
import { and, count, desc, eq, gt, inArray, or } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toE164 } from "../contacts/index.ts";
import { composeReply } from "./compose-reply.ts";
import type { NotificationParts, ToldAppointment } from "./notification-parts.ts";
import { type CustomerKind, inboundTexts, notifications } from "./notifications.table.ts";
import { optIn, optOut } from "./opt-outs.ts";
import { hashOfNumber } from "./people.ts";
import { type ReplyMeaning, readReply } from "./read-reply.ts";
import { askToTend, writeNotifications } from "./write-notification.ts";

export interface InboundText {
  /** The carrier's. */
  readonly externalId: string;
  /** E.164 as a rule. */
  readonly from: string;
  /** Our number. */
  readonly to: string;
  readonly body: string;
  /** The carrier took it for one of these itself. */
  readonly carrierMeaning?: "stop" | "start" | "help";
}

/** Of one sender in a day; the others are counted and left. */
const mostADay = 30;
const dayMs = 86_400_000;
const longestWords = 1600;

interface Taking {
  readonly orgId: string;
  readonly text: InboundText;
  readonly sender: string;
  readonly senderHash: Buffer;
}

export async function takeText(orgId: string, text: InboundText, parts: NotificationParts): Promise<void> {
  const sender = toE164(text.from, null);
  if (sender === undefined) return;
  await parts.db.withOrg(orgId, async (tx) => {
    const senderHash = hashOfNumber(await parts.organizations.keyOf(tx, orgId), sender);
    const meaning = text.carrierMeaning ?? readReply(text.body);
    const receivedAt = new Date(parts.clock.wallNow());
    const fresh = await tx
      .insert(inboundTexts)
      .values({ orgId, externalId: text.externalId, senderHash, meaning, receivedAt })
      .onConflictDoNothing()
      .returning();
    if (fresh.length === 0 || (await isTooMany(tx, senderHash, receivedAt))) return;
    await act(tx, { meaning, taking: { orgId, text, sender, senderHash } }, parts);
    await askToTend(tx, orgId, parts);
  });
}

async function isTooMany(tx: OrgTx, senderHash: Buffer, now: Date): Promise<boolean> {
  const [row] = await tx
    .select({ count: count() })
    .from(inboundTexts)
    .where(and(eq(inboundTexts.senderHash, senderHash), gt(inboundTexts.receivedAt, new Date(now.getTime() - dayMs))));
  return (row?.count ?? 0) > mostADay;
}

async function act(
  tx: OrgTx,
  { meaning, taking }: { meaning: ReplyMeaning; taking: Taking },
  parts: NotificationParts,
): Promise<void> {
  const { orgId, senderHash, sender, text } = taking;
  const since = new Date(parts.clock.wallNow());
  switch (meaning) {
    // The carrier itself answers both.
    case "stop":
      await optOut(tx, { orgId, recipientHash: senderHash, since });
      return await audit(tx, { taking, action: "texts.opt-out" }, parts);
    case "start":
      await optIn(tx, senderHash);
      return await audit(tx, { taking, action: "texts.opt-in" }, parts);
    case "help":
      return await reply(tx, { taking, kind: "reply-help" }, parts);
    case "words": {
      if (text.body.trim() === "") return;
      const content = { phone: sender, message: text.body.slice(0, longestWords) };
      await parts.takeMessage(tx, { orgId, content });
      return;
    }
    case "confirm":
    case "cancel": {
      const appointment = await askedAppointment(tx, taking, parts);
      if (appointment === undefined) return await reply(tx, { taking, kind: "reply-nothing" }, parts);
      await (meaning === "confirm" ? confirm : cancel)(tx, { taking, appointment }, parts);
    }
  }
}

/** The one that this number was last asked about, and that is still to come. */
async function askedAppointment(
  tx: OrgTx,
  taking: Taking,
  parts: NotificationParts,
): Promise<ToldAppointment | undefined> {
  const { recipientHash, kind, channel, status, subjectId, id, attempts } = notifications;
  const asked: CustomerKind[] = ["confirmation", "moved", "reminder"];
  const rows = await tx
    .select({ subjectId, startsAt: notifications.startsAt })
    .from(notifications)
    .where(
      and(
        ...[eq(recipientHash, taking.senderHash), eq(channel, "sms"), inArray(kind, asked)],
        // The carrier may have sent one whose answer never came: it can be replied to.
        or(inArray(status, ["queued", "sent", "delivered"]), and(eq(status, "waiting"), gt(attempts, 0))),
      ),
    )
    .orderBy(desc(notifications.firstAttemptAt), desc(id))
    .limit(20);
  for (const row of rows) {
    if (row.subjectId === null) continue;
    const appointment = await parts.appointmentOf(tx, { orgId: taking.orgId, id: row.subjectId });
    const isComing = appointment?.isActive === true && appointment.startsAtMs > parts.clock.wallNow();
    if (isComing) return appointment;
  }
  return undefined;
}

interface Answer {
  readonly taking: Taking;
  readonly appointment: ToldAppointment;
}

async function confirm(tx: OrgTx, { taking, appointment }: Answer, parts: NotificationParts): Promise<void> {
  const { orgId } = taking;
  await parts.confirmAppointment(tx, { orgId, id: appointment.id });
  await audit(tx, { taking, action: "appointments.confirm", subject: appointment.id }, parts);
  await reply(tx, { taking, kind: "reply-confirmed", appointment }, parts);
}

async function cancel(tx: OrgTx, { taking, appointment }: Answer, parts: NotificationParts): Promise<void> {
  const done = await parts.cancelAppointment(tx, { orgId: taking.orgId, id: appointment.id });
  if (!done) return await reply(tx, { taking, kind: "reply-too-late", appointment }, parts);
  await audit(tx, { taking, action: "appointments.cancel", subject: appointment.id }, parts);
  await reply(tx, { taking, kind: "reply-cancelled", appointment }, parts);
}

async function audit(
  tx: OrgTx,
  { taking, action, subject }: { taking: Taking; action: string; subject?: string },
  parts: NotificationParts,
): Promise<void> {
  const { orgId, text } = taking;
  const actor = { kind: "caller", id: text.externalId } as const;
  await parts.audit.append(tx, {
    orgId,
    actor,
    action,
    ...(subject === undefined ? {} : { subject }),
    facts: { by: "sms" },
  });
}

async function reply(
  tx: OrgTx,
  { taking, kind, appointment }: { taking: Taking; kind: CustomerKind; appointment?: ToldAppointment },
  parts: NotificationParts,
): Promise<void> {
  const { orgId, text, sender, senderHash } = taking;
  const body = await composeReply(tx, { kind, orgId, sender, appointment, to: text.to }, parts);
  const wanted = {
    ...{ eventKey: `text:${text.externalId}`, kind, channel: "sms" as const, recipient: "customer" },
    ...{ recipientHash: senderHash, subjectId: appointment?.id ?? null },
    content: { channel: "sms" as const, from: text.to, to: sender, body },
  };
  await writeNotifications(tx, { orgId, wanted: [wanted] }, parts);
}

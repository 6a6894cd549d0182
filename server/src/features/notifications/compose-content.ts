/** The words of a notification, when its time has come; or why there are none any more. */
import type { NotificationSettings } from "@parley/contract/notifications";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toE164 } from "../contacts/index.ts";
import { type Business, hostOf, readBusiness } from "./business.ts";
import { makeCalendarFile } from "./calendar-file.ts";
import { composeDigest } from "./digest.ts";
import type { NotificationParts, TextSender, ToldAppointment } from "./notification-parts.ts";
import type { CustomerKind, NotificationRow } from "./notifications.table.ts";
import { addressOf } from "./owner-recipients.ts";
import { type OwnerNews, ownerMail, ownerText } from "./owner-words.ts";
import { dayAndTime, isCustomerText, type Language, mailOf, textOf, toLanguage } from "./templates.ts";
import type { Content } from "./write-notification.ts";

export type Composed = { readonly content: Content } | { readonly skip: string };

export interface Composing {
  readonly row: NotificationRow;
  readonly settings: NotificationSettings;
  /** Of the organisation's texts; undefined: it cannot send any. */
  readonly sender: TextSender | undefined;
}

export async function composeContent(tx: OrgTx, about: Composing, parts: NotificationParts): Promise<Composed> {
  return about.row.recipient === "customer"
    ? await composeForCustomer(tx, about, parts)
    : await composeForOwner(tx, about, parts);
}

/** It says what was so when it was planned: what has changed since is told by its own event. */
function isOutdated(
  { kind, startsAt }: NotificationRow,
  appointment: ToldAppointment,
  nowMs: number,
): string | undefined {
  if (kind === "cancelled" || kind === "declined" || kind === "reply-cancelled")
    return appointment.isActive ? "superseded" : undefined;
  if (!appointment.isActive) return "cancelled";
  if (startsAt !== null && startsAt.getTime() !== appointment.startsAtMs) return "superseded";
  return appointment.startsAtMs <= nowMs ? "too-late" : undefined;
}

async function composeForCustomer(tx: OrgTx, about: Composing, parts: NotificationParts): Promise<Composed> {
  const { row, settings } = about;
  const { orgId, kind, channel, subjectId } = row;
  const appointment = subjectId === null ? undefined : await parts.appointmentOf(tx, { orgId, id: subjectId });
  if (appointment?.details === undefined) return { skip: "gone" };
  const outdated = isOutdated(row, appointment, parts.clock.wallNow());
  if (outdated !== undefined) return { skip: outdated };
  const business = await readBusiness(tx);
  const phone = toE164(appointment.details.phone, business.country);
  const contact = phone === undefined ? undefined : await parts.contactOf(tx, orgId, phone);
  const language = toLanguage(
    await languageOf(tx, { row, appointment, contactLanguage: contact?.language, business }, parts),
  );
  const { name } = appointment.details;
  const when = dayAndTime(appointment.startsAtMs, appointment.timeZone ?? business.timeZone, language);
  const variables = {
    ...when,
    name,
    business: business.name,
    service: appointment.service,
    phone: about.sender?.number ?? "",
  };
  const worded = { kind: kind as Exclude<CustomerKind, "from-agent">, language, variables, settings };
  if (channel === "sms") {
    if (phone === undefined) return { skip: "no-number" };
    return { content: { channel, from: about.sender?.number ?? null, to: phone, body: textOf(worded) } };
  }
  const to = contact?.emails[0];
  if (to === undefined || !isCustomerText(worded.kind)) return { skip: "no-address" };
  const method = kind === "cancelled" ? "CANCEL" : "REQUEST";
  const happenedAtMs = row.happenedAt.getTime();
  const organizer = `appointments@${hostOf(parts.origin())}`;
  const calendar = await makeCalendarFile({
    appointment,
    method,
    happenedAtMs,
    business: business.name,
    to,
    organizer,
  });
  return { content: { channel, to, ...mailOf({ ...worded, kind: worded.kind }), calendar } };
}

interface Speaking {
  readonly row: NotificationRow;
  readonly appointment: ToldAppointment;
  readonly contactLanguage: string | null | undefined;
  readonly business: Business;
}

/** What was spoken when it was booked, else the contact's, else the organisation's. */
async function languageOf(tx: OrgTx, about: Speaking, parts: NotificationParts): Promise<string> {
  const { row, appointment, contactLanguage, business } = about;
  if (appointment.language !== undefined) return appointment.language;
  const callId = row.callId ?? appointment.callId;
  const call = callId === null ? undefined : await parts.callOf(tx, { orgId: row.orgId, id: callId });
  return call?.language ?? contactLanguage ?? business.language;
}

async function composeForOwner(tx: OrgTx, about: Composing, parts: NotificationParts): Promise<Composed> {
  const { row, sender } = about;
  const to = await addressOf(tx, { ...row, settings: about.settings }, parts);
  if (to === undefined) return { skip: "recipient-gone" };
  const business = await readBusiness(tx);
  const language = toLanguage(to.language ?? business.language);
  if (row.kind === "digest") {
    const mail = await composeDigest(tx, { row, business, language }, parts);
    return mail === undefined
      ? { skip: "nothing-happened" }
      : { content: { channel: "email", to: to.address, ...mail } };
  }
  const news = await newsOf(tx, { row, business, language }, parts);
  if (news === undefined) return { skip: "gone" };
  if (row.channel === "sms") {
    return { content: { channel: "sms", from: sender?.number ?? null, to: to.address, body: ownerText(news) } };
  }
  return { content: { channel: "email", to: to.address, ...ownerMail(news) } };
}

interface NewsParts {
  readonly row: NotificationRow;
  readonly business: Business;
  readonly language: Language;
}

async function newsOf(tx: OrgTx, about: NewsParts, parts: NotificationParts): Promise<OwnerNews | undefined> {
  const { row, business, language } = about;
  const { orgId, kind, subjectId } = row;
  if (subjectId === null || kind === "digest") return undefined;
  const of = { orgId, id: subjectId };
  const when = (atMs: number, zone = business.timeZone) => dayAndTime(atMs, zone, language);
  const common = { kind: kind as OwnerNews["kind"], language, business: business.name };
  const link = (path: string) => `${parts.origin()}${path}`;
  if (kind === "owner-message") {
    const message = await parts.messageOf(tx, of);
    const ofCall = row.callId === null ? "/messages" : `/calls/${row.callId}`;
    return message && { ...common, ...when(row.happenedAt.getTime()), message, link: link(ofCall) };
  }
  if (kind === "owner-missed-call") {
    const call = await parts.callOf(tx, of);
    if (call === undefined) return undefined;
    const person = call.from === undefined ? {} : { person: { phone: call.from } };
    return { ...common, ...when(call.startedAtMs), ...person, link: link(`/calls/${subjectId}`) };
  }
  const appointment = await parts.appointmentOf(tx, of);
  if (appointment === undefined) return undefined;
  const startsAtMs = row.startsAt?.getTime() ?? appointment.startsAtMs;
  const person = appointment.details === undefined ? {} : { person: appointment.details };
  const where = row.callId === null ? "/" : `/calls/${row.callId}`;
  return {
    ...common,
    ...when(startsAtMs, appointment.timeZone),
    service: appointment.service,
    ...person,
    link: link(where),
  };
}

/** From an event to whom it is told, each once. Ids only: the words are made when it is sent. */
import type { NotificationSettings } from "@parley/contract/notifications";
import { and, asc, eq, isNull } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toE164 } from "../contacts/index.ts";
import { readPlace } from "../organizations/index.ts";
import type { NotificationParts, ToldAppointment } from "./notification-parts.ts";
import {
  type CustomerKind,
  type EventRow,
  notificationEvents,
  notifications,
  type OwnerKind,
} from "./notifications.table.ts";
import { ownerRecipients } from "./owner-recipients.ts";
import { hashOfNumber } from "./people.ts";
import { reminderTime } from "./quiet-hours.ts";
import { readSettings } from "./settings.ts";
import { type Wanted, writeNotifications } from "./write-notification.ts";

const eventsAtOnce = 200;

/** A transaction for each event, so that one that fails holds up no other. Resolves with how many were handled. */
export async function planEvents(parts: NotificationParts, orgId: string, signal: AbortSignal): Promise<number> {
  let handled = 0;
  for (; handled < eventsAtOnce && !signal.aborted; handled++) {
    const found = await parts.db.withOrg(orgId, async (tx) => {
      const event = await nextEvent(tx);
      if (event !== undefined) await planEvent(tx, event, parts);
      return event !== undefined;
    });
    if (!found) break;
  }
  return handled;
}

/** In order; one that another worker has in hand is left to it. */
async function nextEvent(tx: OrgTx): Promise<EventRow | undefined> {
  const [event] = await tx
    .select()
    .from(notificationEvents)
    .where(isNull(notificationEvents.handledAt))
    .orderBy(asc(notificationEvents.happenedAt), asc(notificationEvents.id))
    .limit(1)
    .for("update", { skipLocked: true });
  return event;
}

async function planEvent(tx: OrgTx, event: EventRow, parts: NotificationParts): Promise<void> {
  const settings = await readSettings(tx, event.orgId, parts);
  const planned = await wantedOf(tx, { event, settings }, parts);
  await writeNotifications(tx, { orgId: event.orgId, wanted: planned.wanted }, parts);
  const handledAt = new Date(parts.clock.wallNow());
  const isMissed = planned.isMissed ?? null;
  await tx.update(notificationEvents).set({ handledAt, isMissed }).where(eq(notificationEvents.id, event.id));
}

interface Planning {
  readonly event: EventRow;
  readonly settings: NotificationSettings;
}

interface Planned {
  readonly wanted: readonly Wanted[];
  readonly isMissed?: boolean;
}

async function wantedOf(tx: OrgTx, planning: Planning, parts: NotificationParts): Promise<Planned> {
  const { toOwner } = planning.settings;
  switch (planning.event.type) {
    case "message.taken":
      return { wanted: await toOwners(tx, { ...planning, kind: "owner-message", how: toOwner.message }, parts) };
    case "call.ended":
      return await ofCall(tx, planning, parts);
    case "appointment.booked":
      return await ofAppointment(tx, { ...planning, kind: "confirmation", owner: "owner-booking" }, parts);
    case "appointment.rescheduled":
      return await ofAppointment(tx, { ...planning, kind: "moved", owner: "owner-moved" }, parts);
    case "appointment.cancelled":
      return await ofAppointment(tx, { ...planning, kind: "cancelled", owner: "owner-cancellation" }, parts);
    case "appointment.declined":
      return await ofAppointment(tx, { ...planning, kind: "declined", owner: "owner-cancellation" }, parts);
    default:
      return { wanted: [] };
  }
}

/** A call that came by telephone, and whose caller never had a turn. */
async function ofCall(tx: OrgTx, planning: Planning, parts: NotificationParts): Promise<Planned> {
  const { event, settings } = planning;
  const call = await parts.callOf(tx, { orgId: event.orgId, id: event.subjectId });
  const isMissed = call?.channel === "phone" && call.direction === "inbound" && call.turns === 0;
  if (!isMissed) return { wanted: [], isMissed };
  const told = { ...planning, kind: "owner-missed-call", how: settings.toOwner.missedCall } as const;
  return { wanted: await toOwners(tx, told, parts), isMissed };
}

interface AppointmentPlanning extends Planning {
  readonly kind: "confirmation" | "moved" | "cancelled" | "declined";
  readonly owner: "owner-booking" | "owner-moved" | "owner-cancellation";
}

async function ofAppointment(tx: OrgTx, planning: AppointmentPlanning, parts: NotificationParts): Promise<Planned> {
  const { event, settings, owner } = planning;
  const how = owner === "owner-cancellation" ? settings.toOwner.cancellation : settings.toOwner.booking;
  const owners = await toOwners(tx, { ...planning, kind: owner, how }, parts);
  const appointment = await parts.appointmentOf(tx, { orgId: event.orgId, id: event.subjectId });
  if (appointment?.details === undefined) return { wanted: owners };
  return { wanted: [...(await toCustomer(tx, { ...planning, appointment }, parts)), ...owners] };
}

async function toCustomer(
  tx: OrgTx,
  planning: AppointmentPlanning & { appointment: ToldAppointment },
  parts: NotificationParts,
): Promise<Wanted[]> {
  const { event, kind, settings, appointment } = planning;
  const { orgId } = event;
  const place = await readPlace(tx);
  const phone = toE164(appointment.details?.phone ?? "", place.country);
  const recipientHash = phone === undefined ? null : hashOfNumber(await parts.organizations.keyOf(tx, orgId), phone);
  const common = {
    ...ofEvent(event),
    recipient: "customer",
    recipientHash,
  };
  const make = (told: CustomerKind, more: Partial<Wanted> = {}) =>
    (["sms", "email"] as const)
      .filter((channel) => settings.toCustomer[told === "declined" ? "cancelled" : (told as "reminder")][channel])
      .map((channel): Wanted => ({ ...common, kind: told, channel, ...more }));
  const contact = phone === undefined ? undefined : await parts.contactOf(tx, orgId, phone);
  const isReachable = ({ channel }: Wanted) =>
    channel === "sms" ? phone !== undefined : contact?.emails[0] !== undefined;
  // Who wrote X has been told.
  const isAnswered = kind === "cancelled" && (await wasAnswered(tx, event));
  const now = isAnswered ? make(kind).filter(({ channel }) => channel === "email") : make(kind);
  const startsAtMs = (event.startsAt ?? new Date(appointment.startsAtMs)).getTime();
  const reminder = { startsAtMs, time: settings.toCustomer.reminderAt, zone: appointment.timeZone ?? place.timeZone };
  const dueAtMs =
    kind === "cancelled" || kind === "declined" ? undefined : reminderTime(reminder, parts.clock.wallNow());
  const later = dueAtMs === undefined ? [] : make("reminder", { dueAt: new Date(dueAtMs) });
  return [...now, ...later].filter(isReachable);
}

async function wasAnswered(tx: OrgTx, { subjectId }: EventRow): Promise<boolean> {
  const rows = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(notifications.subjectId, subjectId), eq(notifications.kind, "reply-cancelled")))
    .limit(1);
  return rows.length > 0;
}

const ofEvent = (event: EventRow) => ({
  ...{ eventKey: event.id, subjectId: event.subjectId, callId: event.callId },
  ...{ startsAt: event.startsAt, happenedAt: event.happenedAt },
});

interface OwnerPlanning extends Planning {
  readonly kind: OwnerKind;
  readonly how: { readonly sms: boolean; readonly email: boolean };
}

async function toOwners(tx: OrgTx, planning: OwnerPlanning, parts: NotificationParts): Promise<Wanted[]> {
  const { event, settings, kind, how } = planning;
  const recipients = await ownerRecipients(tx, { orgId: event.orgId, settings, how }, parts);
  return recipients.map((recipient): Wanted => ({ ...ofEvent(event), kind, ...recipient }));
}

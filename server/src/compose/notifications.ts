/** Who is told of what: the notifications' questions to the other features, answered. */
import type { Config } from "../config.ts";
import { cancelAppointment, confirmAppointment, readAppointment } from "../features/appointments/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import type { Auth } from "../features/auth/index.ts";
import { readCall } from "../features/calls/index.ts";
import type { Connections } from "../features/connections/index.ts";
import { type Contacts, createContacts } from "../features/contacts/index.ts";
import { createMessages, type Messages } from "../features/messages/index.ts";
import {
  type AgentSending,
  createAgentSending,
  createNotificationDesk,
  createNotifications,
  type NotificationDesk,
  type NotificationParts,
  type Notifications,
  type TextCarrier,
} from "../features/notifications/index.ts";
import { memberships } from "../features/organizations/index.ts";
import { findTextSender } from "../features/phone-numbers/index.ts";
import { isReachable } from "../features/screening/index.ts";
import type { UsageMeter } from "../features/usage/index.ts";
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import type { OrgTx } from "../platform/db/org-db.ts";
import type { Mailer } from "../platform/mail/send-mail.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { createTwilioTexts } from "../providers/twilio/messages.ts";
import { composeEmit } from "./emit-event.ts";
import { clock, type Stores } from "./stores.ts";

export interface NotificationFeatures {
  readonly messages: Messages;
  readonly notifications: Notifications;
  readonly notificationDesk: NotificationDesk;
}

export interface NotificationNeeds {
  readonly config: Pick<Config, "publicUrl" | "twilio">;
  readonly log: LogLine;
  readonly origin: () => string;
  readonly audit: AuditLog;
  readonly auth: Pick<Auth, "people">;
  readonly mailer: Mailer;
  readonly contacts: Pick<Contacts, "findByPhone">;
  readonly connections: Pick<Connections, "carrierAccount">;
  readonly usageMeter: Pick<UsageMeter, "add">;
}

type NoteStores = Pick<Stores, "db" | "organizations">;

export function openNotifications(stores: NoteStores, needs: NotificationNeeds): NotificationFeatures {
  return connectNotifications(stores, { ...needs, clock, carrier: openTexts(needs) });
}

interface Connecting extends NotificationNeeds {
  readonly clock: Clock;
  readonly carrier: TextCarrier;
}

export function connectNotifications(stores: NoteStores, needs: Connecting): NotificationFeatures {
  const { organizations } = stores;
  const { clock } = needs;
  const messages = createMessages({ organizations, clock, emit: composeEmit({ clock }) });
  const parts: NotificationParts = {
    ...{ db: stores.db, organizations, clock, jobs: createJobSender() },
    ...{ audit: needs.audit, log: needs.log, mailer: needs.mailer, origin: needs.origin },
    ...(needs.config.publicUrl === undefined ? {} : { publicUrl: needs.config.publicUrl }),
    carrier: needs.carrier,
    ...appointmentParts(stores, clock),
    callOf: callOf(stores),
    ...messageParts(messages),
    contactOf: (tx, orgId, phone) => needs.contacts.findByPhone(tx, orgId, phone),
    ownersOf: async (tx) => await readOwners(tx, needs),
    mayReach: isReachable,
    senderOf: async (tx, orgId, called) => {
      const sender = await findTextSender(tx, await organizations.keyOf(tx, orgId), called);
      if (sender === undefined) return undefined;
      const login = await needs.connections.carrierAccount(tx, orgId, sender.connectionId).catch((error: unknown) => {
        if (error instanceof AppError) return undefined;
        throw error;
      });
      return login && { number: sender.number, login };
    },
    noteText: (tx, text) => needs.usageMeter.add(tx, text.orgId, [usageOf(text, clock.wallNow())]),
  };
  return { messages, notifications: createNotifications(parts), notificationDesk: createNotificationDesk(parts) };
}

function openTexts({ config: { twilio } }: Pick<NotificationNeeds, "config">) {
  const io = createProviderIo(clock);
  return createTwilioTexts({ io, ...(twilio.baseUrl === undefined ? {} : { baseUrl: twilio.baseUrl }) });
}

function appointmentParts({ organizations }: NoteStores, clock: Clock) {
  const deps = { organizations, clock, emit: composeEmit({ clock }) };
  return {
    async appointmentOf(tx, of) {
      const found = await readAppointment(tx, of, { organizations });
      if (found === undefined) return undefined;
      const { id, callId, service, startsAt, endsAt, status, language, timeZone } = found.row;
      return {
        ...{ id, callId, service, startsAtMs: startsAt.getTime(), endsAtMs: endsAt.getTime() },
        isActive: status === "active",
        ...(language === null ? {} : { language }),
        ...(timeZone === null ? {} : { timeZone }),
        details: found.details,
      };
    },
    cancelAppointment: (tx, of) => cancelAppointment(tx, of, deps),
    confirmAppointment: (tx, of) => confirmAppointment(tx, of, new Date(clock.wallNow())),
  } satisfies Pick<NotificationParts, "appointmentOf" | "cancelAppointment" | "confirmAppointment">;
}

const callOf =
  ({ organizations }: NoteStores): NotificationParts["callOf"] =>
  (tx, { orgId, id }) =>
    readCall(tx, { orgId, callId: id }, organizations);

function messageParts(messages: Messages) {
  return {
    async messageOf(tx, of) {
      const content = (await messages.find(tx, of))?.content;
      if (!content) return undefined;
      const { name, phone, message } = content;
      return { message, ...(name === null ? {} : { name }), ...(phone === null ? {} : { phone }) };
    },
    takeMessage: (tx, message) => messages.take(tx, message),
    countOpenMessages: (tx) => messages.countOpen(tx),
  } satisfies Pick<NotificationParts, "messageOf" | "takeMessage" | "countOpenMessages">;
}

async function readOwners(tx: OrgTx, { auth }: Pick<NotificationNeeds, "auth">) {
  const rows = await tx.select({ userId: memberships.userId, role: memberships.role }).from(memberships);
  const ids = rows.filter(({ role }) => role === "owner").map(({ userId }) => userId);
  const people = ids.length === 0 ? [] : await auth.people.readMembers(tx, ids);
  return people.map(({ id: userId, email, language }) => ({ userId, email, language }));
}

/** On the organisation's own account at the carrier. */
function usageOf({ notificationId, callId, segments }: Parameters<NotificationParts["noteText"]>[1], atMs: number) {
  return {
    ...{ subject: notificationId, source: "sms", provider: "twilio", model: "outbound", unit: "sms" as const },
    ...{ quantity: String(segments), paidBy: "organization" as const, atMs },
    ...(callId === null ? {} : { callId }),
  };
}

/** For the tools of calls: nothing but what notes a wish to send. */
export function openAgentSending(stores: NoteStores): AgentSending {
  const { organizations } = stores;
  const contacts = createContacts({ ...stores, clock, audit: createAuditLog({ clock }) });
  return createAgentSending({
    ...{ organizations, clock, jobs: createJobSender(), callOf: callOf(stores), mayReach: isReachable },
    contactOf: (tx, orgId, phone) => contacts.findByPhone(tx, orgId, phone),
    canText: async (tx, orgId) => (await findTextSender(tx, await organizations.keyOf(tx, orgId))) !== undefined,
  });
}

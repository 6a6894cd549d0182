import type { notificationStatuses } from "@parley/contract/notifications";
import { boolean, date, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const notificationEvents = pgTable("notification_events", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  type: text("type").notNull(),
  subjectId: text("subject_id").notNull(),
  callId: text("call_id"),
  startsAt: instant("starts_at"),
  happenedAt: instant("happened_at").notNull(),
  handledAt: instant("handled_at"),
  isMissed: boolean("is_missed"),
});
export type EventRow = typeof notificationEvents.$inferSelect;

type Status = (typeof notificationStatuses)[number];

export const notifications = pgTable("notifications", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  eventKey: text("event_key").notNull(),
  kind: text("kind").$type<NotificationKind>().notNull(),
  channel: text("channel", { enum: ["sms", "email"] }).notNull(),
  /** `customer`, `user:…` or `address:…`. */
  recipient: text("recipient").notNull(),
  recipientHash: bytea("recipient_hash"),
  subjectId: text("subject_id"),
  callId: text("call_id"),
  startsAt: instant("starts_at"),
  happenedAt: instant("happened_at").notNull(),
  status: text("status").$type<Status>().notNull().default("waiting"),
  reason: text("reason"),
  dueAt: instant("due_at").notNull(),
  attempts: integer("attempts").notNull().default(0),
  firstAttemptAt: instant("first_attempt_at"),
  claimedUntil: instant("claimed_until"),
  externalId: text("external_id"),
  segments: integer("segments"),
  sealedContent: bytea("sealed_content"),
  keyWrap: bytea("key_wrap"),
  createdAt: instant("created_at").notNull(),
  finishedAt: instant("finished_at"),
});
export type NotificationRow = typeof notifications.$inferSelect;
export type NewNotification = typeof notifications.$inferInsert;

export type CustomerKind =
  | "confirmation"
  | "moved"
  | "cancelled"
  | "declined"
  | "reminder"
  | "reply-confirmed"
  | "reply-cancelled"
  | "reply-too-late"
  | "reply-nothing"
  | "reply-help"
  | "from-agent";
export type OwnerKind =
  | "owner-message"
  | "owner-missed-call"
  | "owner-booking"
  | "owner-moved"
  | "owner-cancellation"
  | "digest";
export type NotificationKind = CustomerKind | OwnerKind;

export const notificationSettingsTable = pgTable("notification_settings", {
  orgId: text("org_id").primaryKey(),
  keyWrap: bytea("key_wrap").notNull(),
  sealedSettings: bytea("sealed_settings").notNull(),
  digestAt: text("digest_at"),
  updatedAt: instant("updated_at").notNull(),
});

export const notificationDigests = pgTable(
  "notification_digests",
  { orgId: text("org_id").notNull(), day: date("day").notNull() },
  (table) => [primaryKey({ columns: [table.orgId, table.day] })],
);

export const textOptOuts = pgTable(
  "text_opt_outs",
  {
    orgId: text("org_id").notNull(),
    recipientHash: bytea("recipient_hash").notNull(),
    since: instant("since").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.recipientHash] })],
);

export const inboundTexts = pgTable(
  "inbound_texts",
  {
    orgId: text("org_id").notNull(),
    externalId: text("external_id").notNull(),
    senderHash: bytea("sender_hash").notNull(),
    meaning: text("meaning").notNull(),
    receivedAt: instant("received_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.externalId] })],
);

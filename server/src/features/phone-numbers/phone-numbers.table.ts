import type { NumberRouting } from "@parley/contract/phone-numbers";
import { bigint, integer, jsonb, numeric, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const time = (name: string) => timestamp(name, { withTimezone: true });

export const phoneNumbers = pgTable("phone_numbers", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  connectionId: text("connection_id").notNull(),
  numberHash: bytea("number_hash").notNull(),
  sealedNumber: bytea("sealed_number").notNull(),
  sealedFinding: bytea("sealed_finding"),
  keyWrap: bytea("key_wrap").notNull(),
  state: text("state", { enum: ["ready", "drifted", "unreachable"] }).notNull(),
  routing: jsonb("routing").$type<{ readonly routing: NumberRouting | null }>().notNull(),
  smsReceived: bigint("sms_received", { mode: "number" }).notNull().default(0),
  createdAt: time("created_at").notNull(),
  checkedAt: time("checked_at").notNull(),
});
export type PhoneNumberRow = typeof phoneNumbers.$inferSelect;

export const outboundCalls = pgTable("outbound_calls", {
  callId: text("call_id").primaryKey(),
  orgId: text("org_id").notNull(),
  phoneNumberId: text("phone_number_id").notNull(),
  /** Whose account placed it. */
  connectionId: text("connection_id").notNull(),
  externalId: text("external_id"),
  state: text("state", { enum: ["dialing", "answered", "ended"] }).notNull(),
  sealedOrder: bytea("sealed_order").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  createdAt: time("created_at").notNull(),
  answeredAt: time("answered_at"),
  endedAt: time("ended_at"),
  /** Given up by whoever placed it. */
  cancelledAt: time("cancelled_at"),
});
export type OutboundCallRow = typeof outboundCalls.$inferSelect;

export const carrierReports = pgTable(
  "carrier_reports",
  {
    orgId: text("org_id").notNull(),
    externalId: text("external_id").notNull(),
    reportKey: text("report_key").notNull(),
    sequence: integer("sequence"),
    status: text("status").notNull(),
    durationS: integer("duration_s"),
    answeredBy: text("answered_by"),
    errorCode: integer("error_code"),
    sipCode: integer("sip_code"),
    price: numeric("price"),
    priceCurrency: text("price_currency"),
    dialStatus: text("dial_status"),
    dialDurationS: integer("dial_duration_s"),
    reportedAt: time("reported_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.externalId, table.reportKey] })],
);

import { bigint, boolean, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const webhookEndpoints = pgTable("webhook_endpoints", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  sealedUrl: bytea("sealed_url").notNull(),
  sealedSecret: bytea("sealed_secret").notNull(),
  sealedFormerSecret: bytea("sealed_former_secret"),
  formerSecretUntil: instant("former_secret_until"),
  events: text("events").array().notNull(),
  enabled: boolean("enabled").notNull().default(true),
  disabledReason: text("disabled_reason", { enum: ["owner", "failing"] }),
  failingSince: instant("failing_since"),
  createdBy: text("created_by").notNull(),
  createdAt: instant("created_at").notNull(),
});
export type EndpointRow = typeof webhookEndpoints.$inferSelect;

/** Ids, times, numbers and codes, never content. */
export type WebhookFacts = Readonly<Record<string, string | number | boolean | null>>;

export const webhookDeliveries = pgTable("webhook_deliveries", {
  seq: bigint("seq", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  id: text("id").notNull(),
  orgId: text("org_id").notNull(),
  endpointId: text("endpoint_id").notNull(),
  eventId: text("event_id").notNull(),
  type: text("type").notNull(),
  orderKey: text("order_key").notNull(),
  subjectId: text("subject_id").notNull(),
  callId: text("call_id"),
  facts: jsonb("facts").$type<WebhookFacts>().notNull(),
  createdAt: instant("created_at").notNull(),
  status: text("status", { enum: ["pending", "delivered", "dead"] }).notNull(),
  attempts: integer("attempts").notNull(),
  firstAttemptAt: instant("first_attempt_at"),
  nextAttemptAt: instant("next_attempt_at").notNull(),
  claimedBy: text("claimed_by"),
  claimedUntil: instant("claimed_until"),
  finishedAt: instant("finished_at"),
  statusCode: integer("status_code"),
  durationMs: integer("duration_ms"),
  failure: text("failure"),
  sealedResponse: bytea("sealed_response"),
});
export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

export const webhookAttempts = pgTable("webhook_attempts", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  orgId: text("org_id").notNull(),
  deliveryId: text("delivery_id").notNull(),
  attempt: integer("attempt").notNull(),
  startedAt: instant("started_at").notNull(),
  endedAt: instant("ended_at"),
  durationMs: integer("duration_ms"),
  statusCode: integer("status_code"),
  failure: text("failure"),
  sealedResponse: bytea("sealed_response"),
});
export type AttemptRow = typeof webhookAttempts.$inferSelect;

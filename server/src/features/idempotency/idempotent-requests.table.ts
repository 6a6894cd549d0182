import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const idempotentRequests = pgTable("idempotent_requests", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  keyHash: bytea("key_hash").notNull(),
  requestHash: bytea("request_hash").notNull(),
  state: text("state", { enum: ["running", "committed", "answered"] }).notNull(),
  leaseUntil: timestamp("lease_until", { withTimezone: true }).notNull(),
  status: integer("status"),
  sealedAnswer: bytea("sealed_answer"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
});

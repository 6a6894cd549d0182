import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const connections = pgTable("connections", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  vendor: text("vendor", { enum: ["twilio", "deepgram", "elevenlabs", "openai", "anthropic", "mistral"] }).notNull(),
  accountHash: bytea("account_hash"),
  status: text("status", { enum: ["connected", "failed"] }).notNull(),
  sealedName: bytea("sealed_name").notNull(),
  sealedSecrets: bytea("sealed_secrets").notNull(),
  sealedProblem: bytea("sealed_problem"),
  keyWrap: bytea("key_wrap").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  rotatedAt: timestamp("rotated_at", { withTimezone: true }).notNull(),
  checkedAt: timestamp("checked_at", { withTimezone: true }).notNull(),
});

export type ConnectionRow = typeof connections.$inferSelect;

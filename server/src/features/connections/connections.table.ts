import { connectionVendors, oauthVendors } from "@parley/contract/connections";
import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const connections = pgTable("connections", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  vendor: text("vendor", { enum: connectionVendors }).notNull(),
  accountHash: bytea("account_hash"),
  status: text("status", { enum: ["connected", "failed"] }).notNull(),
  sealedName: bytea("sealed_name").notNull(),
  sealedSecrets: bytea("sealed_secrets").notNull(),
  sealedProblem: bytea("sealed_problem"),
  keyWrap: bytea("key_wrap").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  rotatedAt: timestamp("rotated_at", { withTimezone: true }).notNull(),
  checkedAt: timestamp("checked_at", { withTimezone: true }).notNull(),
  /** Whoever holds it asks the vendor for a fresh token; the others wait. */
  refreshClaimedUntil: timestamp("refresh_claimed_until", { withTimezone: true }),
});

/** A consent that was asked for and has not come back. */
export const oauthRequests = pgTable("oauth_requests", {
  stateHash: bytea("state_hash").primaryKey(),
  orgId: text("org_id").notNull(),
  userId: text("user_id").notNull(),
  vendor: text("vendor", { enum: oauthVendors }).notNull(),
  connectionId: text("connection_id"),
  browserHash: bytea("browser_hash").notNull(),
  scopes: text("scopes").array().notNull(),
  expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
});

export type ConnectionRow = typeof connections.$inferSelect;

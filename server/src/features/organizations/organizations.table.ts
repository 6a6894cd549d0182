import { integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const organizations = pgTable("organizations", {
  orgId: text("org_id").primaryKey(),
  name: text("name").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  masterKeyFingerprint: text("master_key_fingerprint").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  language: text("language").notNull().default("en-US"),
  timeZone: text("time_zone").notNull().default("UTC"),
  country: text("country"),
  /** One object for each concern; its shape belongs to the contract. */
  policies: jsonb("policies").$type<Record<string, unknown>>().notNull().default({}),
});

/** Written by functions of the migrations alone. */
export const organizationStandings = pgTable("organization_standings", {
  orgId: text("org_id").primaryKey(),
  suspendedAt: timestamp("suspended_at", { withTimezone: true }),
  maxConcurrentCalls: integer("max_concurrent_calls"),
  maxMembers: integer("max_members"),
  maxCallsPerDay: integer("max_calls_per_day"),
});

export const organizationKeys = pgTable("organization_keys", {
  orgId: text("org_id").notNull(),
  version: integer("version").notNull(),
  /** Under the root key. Null: destroyed. */
  rootWrap: bytea("root_wrap"),
  activeFrom: timestamp("active_from", { withTimezone: true }).notNull(),
  destroyedAt: timestamp("destroyed_at", { withTimezone: true }),
});

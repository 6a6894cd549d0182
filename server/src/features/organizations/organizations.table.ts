import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const organizations = pgTable("organizations", {
  orgId: text("org_id").primaryKey(),
  name: text("name").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  masterKeyFingerprint: text("master_key_fingerprint").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

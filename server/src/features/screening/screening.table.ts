import { jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const screeningPolicies = pgTable("screening_policies", {
  orgId: text("org_id").primaryKey(),
  policy: jsonb("policy").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

export const blockedNumbers = pgTable(
  "blocked_numbers",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    numberHash: bytea("number_hash").notNull(),
    sealedDetails: bytea("sealed_details").notNull(),
    keyWrap: bytea("key_wrap").notNull(),
    expiresAt: instant("expires_at"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

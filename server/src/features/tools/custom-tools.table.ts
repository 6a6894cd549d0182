import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const customTools = pgTable("custom_tools", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  name: text("name").notNull(),
  kind: text("kind", { enum: ["http"] }).notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  sealedConfig: bytea("sealed_config").notNull(),
  revision: integer("revision").notNull().default(1),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});
export type CustomToolRow = typeof customTools.$inferSelect;

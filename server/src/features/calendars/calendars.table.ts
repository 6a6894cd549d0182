import type { CalendarSettings } from "@parley/contract/calendars";
import { boolean, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const calendars = pgTable("calendars", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  kind: text("kind", { enum: ["business", "person", "room"] }).notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  /** `CalendarDetails`. */
  sealedDetails: bytea("sealed_details").notNull(),
  settings: jsonb("settings").$type<CalendarSettings>().notNull(),
  connectionId: text("connection_id"),
  isActive: boolean("is_active").notNull().default(true),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});
export type CalendarRow = typeof calendars.$inferSelect;

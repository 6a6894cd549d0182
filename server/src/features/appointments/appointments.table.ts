import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** No two active ones of an organisation overlap: the database refuses it (`appointments_one_at_a_time`). */
export const appointments = pgTable("appointments", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  callId: text("call_id"),
  service: text("service").notNull(),
  startsAt: instant("starts_at").notNull(),
  endsAt: instant("ends_at").notNull(),
  status: text("status", { enum: ["active", "cancelled"] }).notNull(),
  /** Finds the caller's appointment again without storing the number in the clear. */
  phoneHash: bytea("phone_hash").notNull(),
  sealedDetails: bytea("sealed_details").notNull(),
  keyWrap: bytea("key_wrap"),
  createdAt: instant("created_at").notNull().defaultNow(),
  updatedAt: instant("updated_at").notNull().defaultNow(),
});

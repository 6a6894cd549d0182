import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** No two that are held or active overlap in one calendar or one room: the database refuses it. */
export const appointments = pgTable("appointments", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  callId: text("call_id"),
  /** Null: the implied calendar. */
  calendarId: text("calendar_id"),
  roomId: text("room_id"),
  service: text("service").notNull(),
  startsAt: instant("starts_at").notNull(),
  endsAt: instant("ends_at").notNull(),
  bufferBeforeMinutes: integer("buffer_before_minutes").notNull().default(0),
  bufferAfterMinutes: integer("buffer_after_minutes").notNull().default(0),
  status: text("status", { enum: ["held", "active", "cancelled"] }).notNull(),
  holdUntil: instant("hold_until"),
  /** The appointment whose new time this is, while it is not certain. */
  movesId: text("moves_id"),
  deedHash: bytea("deed_hash"),
  externalId: text("external_id"),
  externalEtag: text("external_etag"),
  syncState: text("sync_state", { enum: ["none", "writing", "pending", "synced", "removing", "conflict"] })
    .notNull()
    .default("none"),
  syncAttempts: integer("sync_attempts").notNull().default(0),
  nextSyncAt: instant("next_sync_at"),
  language: text("language"),
  /** In which its time was told to the person; null: the organisation's. */
  timeZone: text("time_zone"),
  contactId: text("contact_id"),
  confirmedAt: instant("confirmed_at"),
  /** Finds the caller's appointment again without storing the number in the clear. */
  phoneHash: bytea("phone_hash").notNull(),
  sealedDetails: bytea("sealed_details").notNull(),
  keyWrap: bytea("key_wrap"),
  createdAt: instant("created_at").notNull().defaultNow(),
  updatedAt: instant("updated_at").notNull().defaultNow(),
});
export type AppointmentRow = typeof appointments.$inferSelect;

import { bigint, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** One for each calendar that is linked. */
export const calendarSyncs = pgTable(
  "calendar_syncs",
  {
    orgId: text("org_id").notNull(),
    calendarId: text("calendar_id").notNull(),
    connectionId: text("connection_id").notNull(),
    cursor: text("cursor"),
    /** A round that was overtaken writes nothing. */
    round: bigint("round", { mode: "number" }).notNull().default(0),
    syncedAt: instant("synced_at"),
    failingSince: instant("failing_since"),
    problem: text("problem"),
    channelId: text("channel_id"),
    channelTokenHash: bytea("channel_token_hash"),
    channelUntil: instant("channel_until"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.calendarId] })],
);
export type CalendarSyncRow = typeof calendarSyncs.$inferSelect;

/** Times alone; `external_id` is a hash. */
export const externalBusy = pgTable(
  "external_busy",
  {
    orgId: text("org_id").notNull(),
    calendarId: text("calendar_id").notNull(),
    externalId: text("external_id").notNull(),
    startsAt: instant("starts_at").notNull(),
    endsAt: instant("ends_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.calendarId, table.externalId] })],
);

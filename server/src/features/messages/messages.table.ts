import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const messages = pgTable("messages", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  callId: text("call_id"),
  sealedContent: bytea("sealed_content").notNull(),
  keyWrap: bytea("key_wrap"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  /** Seen to. */
  doneAt: timestamp("done_at", { withTimezone: true }),
  doneBy: text("done_by"),
});

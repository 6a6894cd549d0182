import { jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

/** What each deed answered first. Outputs are ids and times. */
export const toolResults = pgTable(
  "tool_results",
  {
    orgId: text("org_id").notNull(),
    idempotencyHash: bytea("idempotency_hash").notNull(),
    callId: text("call_id").notNull(),
    tool: text("tool").notNull(),
    subject: bytea("subject"),
    output: jsonb("output"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.idempotencyHash] })],
);

import { integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const callAnalyses = pgTable(
  "call_analyses",
  {
    orgId: text("org_id").notNull(),
    callId: text("call_id").notNull(),
    /** What was asked for; it is there when `doneVersion` has reached it. */
    version: integer("version").notNull().default(1),
    doneVersion: integer("done_version").notNull().default(0),
    requestedAt: instant("requested_at").notNull(),
    analysedAt: instant("analysed_at"),
    method: text("method", { enum: ["model", "rules"] }),
    provider: text("provider"),
    model: text("model"),
    outcome: text("outcome"),
    success: text("success", { enum: ["yes", "no", "unclear"] }),
    sealedResult: bytea("sealed_result"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.callId] })],
);
export type AnalysisRow = typeof callAnalyses.$inferSelect;

import { boolean, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const automations = pgTable("automations", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  trigger: text("trigger", { enum: ["outcome", "intent"] }).notNull(),
  enabled: boolean("enabled").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  sealedConfig: bytea("sealed_config").notNull(),
  revision: integer("revision").notNull().default(1),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});
export type AutomationRow = typeof automations.$inferSelect;

export const automationRuns = pgTable(
  "automation_runs",
  {
    id: text("id").notNull(),
    orgId: text("org_id").notNull(),
    automationId: text("automation_id").notNull(),
    callId: text("call_id").notNull(),
    state: text("state", { enum: ["waiting", "done", "failed", "uncertain"] }).notNull(),
    sealedProblem: bytea("sealed_problem"),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.automationId, table.callId] })],
);

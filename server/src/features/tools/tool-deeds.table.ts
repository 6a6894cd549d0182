import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** What was wished of somebody outside, noted before and settled after. */
export const toolDeeds = pgTable("tool_deeds", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  idempotencyHash: bytea("idempotency_hash").notNull(),
  callId: text("call_id"),
  tool: text("tool").notNull(),
  state: text("state", { enum: ["started", "done", "failed", "uncertain", "lost"] }).notNull(),
  run: integer("run").notNull().default(1),
  keyWrap: bytea("key_wrap").notNull(),
  sealedWork: bytea("sealed_work").notNull(),
  sealedOutput: bytea("sealed_output"),
  toldAt: instant("told_at"),
  createdAt: instant("created_at").notNull(),
  settledAt: instant("settled_at"),
});
export type ToolDeedRow = typeof toolDeeds.$inferSelect;

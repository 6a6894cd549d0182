import { boolean, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true }).notNull();

export const mcpServers = pgTable("mcp_servers", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  name: text("name").notNull(),
  kind: text("kind", { enum: ["http", "stdio"] }).notNull(),
  enabled: boolean("enabled").notNull(),
  status: text("status", { enum: ["ok", "refused", "unreachable"] }).notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  sealedTarget: bytea("sealed_target").notNull(),
  sealedTools: bytea("sealed_tools").notNull(),
  sealedProblem: bytea("sealed_problem"),
  effects: jsonb("effects").$type<Readonly<Record<string, "read" | "write">>>().notNull(),
  timeoutMs: integer("timeout_ms").notNull(),
  createdBy: text("created_by").notNull(),
  createdAt: instant("created_at"),
  updatedAt: instant("updated_at"),
  checkedAt: instant("checked_at"),
});

export type McpServerRow = typeof mcpServers.$inferSelect;

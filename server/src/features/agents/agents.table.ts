import { integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const agents = pgTable(
  "agents",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    language: text("language").notNull(),
    keyWrap: bytea("key_wrap").notNull(),
    sealedDraft: bytea("sealed_draft").notNull(),
    revision: integer("revision").notNull(),
    publishedVersion: integer("published_version"),
    publishedRevision: integer("published_revision"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
export type AgentRow = typeof agents.$inferSelect;

export const agentVersions = pgTable(
  "agent_versions",
  {
    orgId: text("org_id").notNull(),
    agentId: text("agent_id").notNull(),
    version: integer("version").notNull(),
    /** The configuration and its note. */
    sealedConfig: bytea("sealed_config").notNull(),
    rolledBackFrom: integer("rolled_back_from"),
    publishedByKind: text("published_by_kind").notNull(),
    publishedById: text("published_by_id").notNull(),
    publishedAt: timestamp("published_at", { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.version] })],
);
export type AgentVersionRow = typeof agentVersions.$inferSelect;

import { bigint, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";
import type { SourceSettings } from "./source-settings.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const knowledgeCollections = pgTable("knowledge_collections", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  name: text("name").notNull(),
  revision: bigint("revision", { mode: "number" }).notNull().default(1),
  createdAt: instant("created_at").notNull(),
});

export const knowledgeSources = pgTable("knowledge_sources", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  collectionId: text("collection_id").notNull(),
  kind: text("kind", { enum: ["file", "page", "site", "text", "answers"] }).notNull(),
  title: text("title").notNull(),
  settings: jsonb("settings").$type<SourceSettings>().notNull(),
  keyWrap: bytea("key_wrap"),
  sealedContent: bytea("sealed_content"),
  status: text("status", { enum: ["receiving", "waiting", "reading", "ready", "failed"] }).notNull(),
  problem: text("problem"),
  progressDone: integer("progress_done").notNull().default(0),
  progressTotal: integer("progress_total").notNull().default(0),
  chunkCount: integer("chunk_count").notNull().default(0),
  round: integer("round").notNull().default(0),
  nextRefreshAt: instant("next_refresh_at"),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});
export type SourceRow = typeof knowledgeSources.$inferSelect;

export const knowledgePages = pgTable("knowledge_pages", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  sourceId: text("source_id").notNull(),
  url: text("url"),
  title: text("title").notNull(),
  etag: text("etag"),
  lastModified: text("last_modified"),
  contentHash: bytea("content_hash"),
  depth: integer("depth").notNull().default(0),
  round: integer("round").notNull().default(0),
  problem: text("problem"),
  updatedAt: instant("updated_at").notNull(),
});

/** The vectors are the search's. */
export const knowledgeChunks = pgTable("knowledge_chunks", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  collectionId: text("collection_id").notNull(),
  sourceId: text("source_id").notNull(),
  pageId: text("page_id").notNull(),
  position: integer("position").notNull(),
  pageNumber: integer("page_number"),
  heading: text("heading").notNull(),
  text: text("text").notNull(),
  language: text("language").notNull(),
});

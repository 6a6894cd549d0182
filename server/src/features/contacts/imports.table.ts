import { boolean, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => integer(name).notNull().default(0);

export const contactImports = pgTable(
  "contact_imports",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    state: text("state", { enum: ["receiving", "waiting", "running", "done"] }).notNull(),
    dryRun: boolean("dry_run").notNull(),
    keyWrap: bytea("key_wrap").notNull(),
    sealedSettings: bytea("sealed_settings").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    lines: count("lines"),
    linesDone: count("lines_done"),
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    badLines: count("bad_lines"),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
export type ImportRow = typeof contactImports.$inferSelect;

export const contactImportChunks = pgTable(
  "contact_import_chunks",
  {
    orgId: text("org_id").notNull(),
    importId: text("import_id").notNull(),
    seq: integer("seq").notNull(),
    sealedLines: bytea("sealed_lines").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.importId, table.seq] })],
);

export const contactImportProblems = pgTable(
  "contact_import_problems",
  {
    orgId: text("org_id").notNull(),
    importId: text("import_id").notNull(),
    line: integer("line").notNull(),
    number: integer("number").notNull(),
    sealedProblem: bytea("sealed_problem").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.importId, table.line, table.number] })],
);

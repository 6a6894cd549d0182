import { bigint, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

export const auditEntries = pgTable(
  "audit_entries",
  {
    orgId: text("org_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    at: timestamp("at", { withTimezone: true }).notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    action: text("action").notNull(),
    subject: text("subject"),
    facts: jsonb("facts").$type<AuditFacts>().notNull(),
    previousHash: bytea("previous_hash").notNull(),
    hash: bytea("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.seq] })],
);

/** Ids, numbers and names of fields: never content, never a person's details. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

export const auditHeads = pgTable("audit_heads", {
  orgId: text("org_id").primaryKey(),
  seq: bigint("seq", { mode: "number" }).notNull(),
  hash: bytea("hash").notNull(),
});

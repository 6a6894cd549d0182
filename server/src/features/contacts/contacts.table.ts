import type { ContactField } from "@parley/contract/contacts";
import { boolean, integer, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const contacts = pgTable(
  "contacts",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    keyWrap: bytea("key_wrap").notNull(),
    sealedDetails: bytea("sealed_details").notNull(),
    doNotCall: boolean("do_not_call").notNull().default(false),
    revision: integer("revision").notNull().default(1),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
export type ContactRow = typeof contacts.$inferSelect;

export const contactPhones = pgTable(
  "contact_phones",
  {
    orgId: text("org_id").notNull(),
    phoneHash: bytea("phone_hash").notNull(),
    contactId: text("contact_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.phoneHash] })],
);

export const contactTerms = pgTable(
  "contact_terms",
  {
    orgId: text("org_id").notNull(),
    term: bytea("term").notNull(),
    contactId: text("contact_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.term, table.contactId] })],
);

export const contactMerges = pgTable(
  "contact_merges",
  {
    orgId: text("org_id").notNull(),
    mergedId: text("merged_id").notNull(),
    intoId: text("into_id").notNull(),
    mergedAt: instant("merged_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.mergedId] })],
);

export const contactFieldLists = pgTable("contact_field_lists", {
  orgId: text("org_id").primaryKey(),
  fields: jsonb("fields").$type<ContactField[]>().notNull(),
  updatedAt: instant("updated_at").notNull(),
});

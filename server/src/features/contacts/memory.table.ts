import { pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const contactMemories = pgTable(
  "contact_memories",
  {
    orgId: text("org_id").notNull(),
    contactId: text("contact_id").notNull(),
    keyWrap: bytea("key_wrap").notNull(),
    sealedMemory: bytea("sealed_memory").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.contactId] })],
);

export const contactMemoryCalls = pgTable(
  "contact_memory_calls",
  {
    orgId: text("org_id").notNull(),
    callId: text("call_id").notNull(),
    contactId: text("contact_id").notNull(),
    rememberedAt: instant("remembered_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.callId] })],
);

import { bigint, boolean, date, numeric, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const callUsage = pgTable(
  "call_usage",
  {
    orgId: text("org_id").notNull(),
    subject: text("subject").notNull(),
    source: text("source").notNull(),
    provider: text("provider").notNull(),
    model: text("model").notNull(),
    unit: text("unit").notNull(),
    paidBy: text("paid_by", { enum: ["installation", "organization"] }).notNull(),
    callId: text("call_id"),
    agentId: text("agent_id"),
    agentName: text("agent_name"),
    channel: text("channel"),
    direction: text("direction"),
    /** The organisation's calendar. */
    day: date("day", { mode: "string" }).notNull(),
    at: instant("at").notNull(),
    quantity: numeric("quantity").notNull(),
    estimated: boolean("estimated").notNull(),
    price: numeric("price"),
    pricePer: bigint("price_per", { mode: "bigint" }),
    priceSource: text("price_source", {
      enum: ["built-in", "installation", "organization", "carrier", "none"],
    }).notNull(),
    currency: text("currency").notNull(),
    costMicros: bigint("cost_micros", { mode: "bigint" }).notNull(),
    enteredAt: instant("entered_at").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.orgId, table.subject, table.source, table.provider, table.model, table.unit, table.paidBy],
    }),
  ],
);
export type UsageRow = typeof callUsage.$inferSelect;

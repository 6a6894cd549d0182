/** Every line of a range as CSV, a page at a time: a year of calls is never held whole. */
import type { Readable } from "node:stream";
import { and, asc, between, sql } from "drizzle-orm";
import { streamCsv } from "../../platform/csv/stream-csv.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { microsToText } from "./money.ts";
import { callUsage, type UsageRow } from "./usage.table.ts";
import type { DayRange } from "./usage-lines.ts";

const pageSize = 1000;

const columns = [
  ...["day", "at", "call_id", "agent_id", "agent_name", "channel", "direction"],
  ...["provider", "model", "unit", "quantity", "cost", "currency", "price", "price_per"],
  ...["price_source", "paid_by", "estimated", "source"],
];

const keyColumns = [
  callUsage.day,
  callUsage.subject,
  callUsage.source,
  callUsage.provider,
  callUsage.model,
  callUsage.unit,
  callUsage.paidBy,
];

const keyOf = ({ day, subject, source, provider, model, unit, paidBy }: UsageRow) => [
  ...[day, subject, source, provider, model, unit, paidBy],
];

const toFields = (row: UsageRow): readonly (string | null)[] => [
  ...[row.day, row.at.toISOString(), row.callId, row.agentId, row.agentName, row.channel, row.direction],
  ...[row.provider, row.model, row.unit, row.quantity, microsToText(row.costMicros), row.currency],
  ...[
    row.price,
    row.pricePer?.toString() ?? null,
    row.priceSource,
    row.paidBy,
    row.estimated ? "yes" : "no",
    row.source,
  ],
];

async function* readLines(
  db: OrgDb,
  orgId: string,
  { from, to }: DayRange,
): AsyncGenerator<readonly (string | null)[]> {
  let after: string[] | undefined;
  for (;;) {
    const names = sql.join(keyColumns, sql`, `);
    const values = after?.map((value, index) => (index === 0 ? sql`${value}::date` : sql`${value}`));
    const beyond = values && sql`(${names}) > (${sql.join(values, sql`, `)})`;
    const rows = await db.withOrg(orgId, (tx) =>
      tx
        .select()
        .from(callUsage)
        .where(and(between(callUsage.day, from, to), beyond))
        .orderBy(...keyColumns.map((column) => asc(column)))
        .limit(pageSize),
    );
    for (const row of rows) yield toFields(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = keyOf(last);
  }
}

/** A spreadsheet takes no cell for a formula. */
export function exportUsageCsv(db: OrgDb, orgId: string, range: DayRange): Readable {
  return streamCsv(readLines(db, orgId, range), { header: true, columns, escape_formulas: true });
}

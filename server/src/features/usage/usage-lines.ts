/** Lines and sums as they are told. */
import type { CallUsage, Cost, UsageLine } from "@parley/contract/usage";
import { usageUnits } from "@parley/contract/usage";
import { asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toSafeNumber } from "./money.ts";
import { callUsage, type UsageRow } from "./usage.table.ts";

const toUnit = (unit: string) => z.enum(usageUnits).parse(unit);

function toUsageLine(row: UsageRow): UsageLine {
  const { provider, model, paidBy, estimated, priceSource, currency } = row;
  return {
    ...{ provider, model, paidBy, estimated, priceSource },
    unit: toUnit(row.unit),
    quantity: Number(row.quantity),
    cost: { micros: toSafeNumber(row.costMicros), currency },
  };
}

/** One sum a currency, in the currencies' order; those in which nothing was paid are left out. */
export function sumCosts(costs: readonly { currency: string; micros: bigint }[]): Cost[] {
  const sums = new Map<string, bigint>();
  for (const { currency, micros } of costs) sums.set(currency, (sums.get(currency) ?? 0n) + micros);
  return [...sums]
    .filter(([, micros]) => micros !== 0n)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, micros]) => ({ micros: toSafeNumber(micros), currency }));
}

/** What a call used and cost; empty until it has ended. */
export async function readCallUsage(tx: OrgTx, callId: string): Promise<CallUsage> {
  const rows = await tx
    .select()
    .from(callUsage)
    .where(eq(callUsage.subject, callId))
    .orderBy(asc(callUsage.source), asc(callUsage.provider), asc(callUsage.model), asc(callUsage.unit));
  return {
    usage: rows.map(toUsageLine),
    cost: sumCosts(rows.map(({ currency, costMicros }) => ({ currency, micros: costMicros }))),
  };
}

export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export type UsageGrouping = "day" | "agent" | "provider" | "unit";

/** Columns are named here and nowhere taken from a request. */
const keyOf: Readonly<Record<UsageGrouping, ReturnType<typeof sql>>> = {
  day: sql`u.day::text`,
  agent: sql`coalesce(u.agent_id, '')`,
  provider: sql`u.provider`,
  unit: sql`u.unit`,
};

const sumRow = z.object({
  key: z.string(),
  name: z.string().nullable(),
  unit: z.enum(usageUnits),
  currency: z.string(),
  quantity: z.string(),
  micros: z.string(),
  lines: z.number(),
  spoken_seconds: z.string(),
});

export async function readGroups(tx: OrgTx, { from, to }: DayRange, groupBy: UsageGrouping) {
  const name = groupBy === "agent" ? sql`max(u.agent_name)` : sql`null`;
  const { rows } = await tx.execute(sql`
    select ${keyOf[groupBy]} as key, ${name} as name, u.unit, u.currency, sum(u.quantity)::text as quantity,
      sum(u.cost_micros)::text as micros, count(*)::int as lines,
      coalesce(sum(u.quantity) filter (where u.unit = 'call-seconds' and u.channel <> 'text'), 0)::text as spoken_seconds
    from call_usage u where u.day between ${from}::date and ${to}::date
    group by 1, u.unit, u.currency order by 1, u.unit`);
  const sums = rows.map((row) => sumRow.parse(row));
  const groups = [...Map.groupBy(sums, ({ key }) => key)].map(([key, ofKey]) => ({
    key,
    name: ofKey[0]?.name ?? null,
    calls: ofKey.filter(({ unit }) => unit === "call-seconds").reduce((sum, { lines }) => sum + lines, 0),
    callSeconds: ofKey.reduce((sum, each) => sum + Number(each.spoken_seconds), 0),
    quantities: [...Map.groupBy(ofKey, ({ unit }) => unit)].map(([unit, ofUnit]) => ({
      unit,
      quantity: ofUnit.reduce((sum, { quantity }) => sum + Number(quantity), 0),
    })),
    cost: sumCosts(ofKey.map(({ currency, micros }) => ({ currency, micros: BigInt(micros) }))),
  }));
  return { groups, cost: sumCosts(sums.map(({ currency, micros }) => ({ currency, micros: BigInt(micros) }))) };
}

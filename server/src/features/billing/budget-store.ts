/** The budget and what is used of it, in one statement: it is asked before each call of an organisation that has one. */
import { type BudgetTerms, budgetTerms } from "@parley/contract/billing";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { microsOf, microsToText } from "../usage/index.ts";

export interface Spent {
  readonly costMicros: bigint;
  readonly seconds: number;
}

export interface BudgetState {
  readonly terms: BudgetTerms | null;
  readonly month: Spent;
  readonly day: Spent;
  /** This month, in currencies the budget does not count. */
  readonly others: readonly { currency: string; micros: bigint }[];
  /** `2026-11` and `2026-11-21`, of the organisation's calendar. */
  readonly periods: { readonly month: string; readonly day: string };
}

const micros = z.string().nullable();
const stateRow = z.object({
  currency: z.string().nullable(),
  monthly_micros: micros,
  daily_micros: micros,
  monthly_minutes: z.number().nullable(),
  daily_minutes: z.number().nullable(),
  thresholds: z.array(z.number()).nullable(),
  caps: z.boolean().nullable(),
  today: z.string(),
  sums: z.array(z.object({ currency: z.string(), month: z.string(), day: z.string() })),
  month_seconds: z.coerce.number(),
  day_seconds: z.coerce.number(),
});
type StateRow = z.infer<typeof stateRow>;

const defaultCurrency = "USD";

function termsOf(row: StateRow): BudgetTerms | null {
  if (row.currency === null) return null;
  const amount = (value: string | null) => (value === null ? null : microsToText(BigInt(value)));
  return budgetTerms.parse({
    currency: row.currency,
    monthly: { amount: amount(row.monthly_micros), minutes: row.monthly_minutes },
    daily: { amount: amount(row.daily_micros), minutes: row.daily_minutes },
    thresholds: row.thresholds ?? [],
    caps: row.caps ?? false,
  });
}

export async function readBudget(tx: OrgTx, nowMs: number): Promise<BudgetState> {
  const { rows } = await tx.execute(sql`
    with here as (
      select (${new Date(nowMs).toISOString()}::timestamptz at time zone time_zone)::date as today from organizations
    ),
    days as (select d.*, d.day = h.today as is_today from usage_days d, here h where d.day between date_trunc('month', h.today)::date and h.today)
    select b.currency, b.monthly_micros::text, b.daily_micros::text, b.monthly_minutes, b.daily_minutes, b.thresholds, b.caps,
      here.today::text as today,
      coalesce((select jsonb_agg(jsonb_build_object('currency', currency, 'month', month::text, 'day', day::text)) from (
        select currency, sum(cost_micros) as month, coalesce(sum(cost_micros) filter (where is_today), 0) as day from days group by currency
      ) each), '[]') as sums,
      (select coalesce(sum(call_seconds), 0) from days) as month_seconds,
      (select coalesce(sum(call_seconds) filter (where is_today), 0) from days) as day_seconds
    from here left join budgets b on true`);
  const row = stateRow.parse(rows[0]);
  const counted = row.currency ?? defaultCurrency;
  const sum = row.sums.find(({ currency }) => currency === counted);
  return {
    terms: termsOf(row),
    month: { costMicros: BigInt(sum?.month ?? "0"), seconds: row.month_seconds },
    day: { costMicros: BigInt(sum?.day ?? "0"), seconds: row.day_seconds },
    others: row.sums
      .filter(({ currency }) => currency !== counted)
      .map(({ currency, month }) => ({ currency, micros: BigInt(month) })),
    periods: { month: row.today.slice(0, 7), day: row.today },
  };
}

export async function writeBudget(tx: OrgTx, orgId: string, terms: BudgetTerms & { nowMs: number }): Promise<void> {
  const { currency, monthly, daily, thresholds, caps, nowMs } = terms;
  const amount = (value: string | null) => (value === null ? null : microsOf(value).toString());
  await tx.execute(sql`
    insert into budgets (org_id, currency, monthly_micros, daily_micros, monthly_minutes, daily_minutes, thresholds, caps, updated_at)
    values (${orgId}, ${currency}, ${amount(monthly.amount)}::bigint, ${amount(daily.amount)}::bigint, ${monthly.minutes}::int,
      ${daily.minutes}::int, ${sql.param([...new Set(thresholds)].toSorted((left, right) => left - right))}::int[], ${caps},
      ${new Date(nowMs).toISOString()}::timestamptz)
    on conflict (org_id) do update set currency = excluded.currency, monthly_micros = excluded.monthly_micros,
      daily_micros = excluded.daily_micros, monthly_minutes = excluded.monthly_minutes, daily_minutes = excluded.daily_minutes,
      thresholds = excluded.thresholds, caps = excluded.caps, updated_at = excluded.updated_at`);
}

export interface Measure {
  readonly period: string;
  readonly measure: "amount" | "minutes";
  /** Millionths, or thousandths of a second: whole numbers either way. */
  readonly used: bigint;
  readonly limit: bigint;
}

const milliseconds = (seconds: number) => BigInt(Math.round(seconds * 1000));

/** What is limited, and how far it is used. `more`: what calls that run are expected to add. */
export function measuresOf({ terms, month, day, periods }: BudgetState, more: Spent): Measure[] {
  if (terms === null) return [];
  const ofPeriod = (period: string, spent: Spent, { amount, minutes }: BudgetTerms["monthly"]): Measure[] => [
    ...(amount === null
      ? []
      : [{ period, measure: "amount" as const, used: spent.costMicros + more.costMicros, limit: microsOf(amount) }]),
    ...(minutes === null
      ? []
      : [
          {
            ...{ period, measure: "minutes" as const, limit: BigInt(minutes) * 60_000n },
            used: milliseconds(spent.seconds + more.seconds),
          },
        ]),
  ];
  return [...ofPeriod(periods.month, month, terms.monthly), ...ofPeriod(periods.day, day, terms.daily)];
}

export const nothingMore: Spent = { costMicros: 0n, seconds: 0 };

export const isExhausted = (measures: readonly Measure[]): boolean => measures.some(({ used, limit }) => used >= limit);

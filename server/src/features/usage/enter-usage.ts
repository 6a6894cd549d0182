/** Lines into the account: each once, in the day it counts in, together with that day's sum. */
import type { UsageUnit } from "@parley/contract/usage";
import { sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { choosePrice, type Price } from "./choose-price.ts";
import { costMicros } from "./money.ts";

/** Whom it was used for; absent where it was for no call. */
export interface UsageSubject {
  readonly callId?: string;
  readonly agentId?: string;
  readonly agentName?: string;
  readonly channel?: string;
  readonly direction?: string;
}

export interface UsageEntry extends UsageSubject {
  /** The call, or what else used it: with `source` it makes entering twice harmless. */
  readonly subject: string;
  /** `call`, `carrier`, `analysis`, `sms`: a figure that comes later has a source of its own. */
  readonly source: string;
  readonly provider: string;
  readonly model: string;
  readonly unit: UsageUnit;
  /** A decimal, not negative. */
  readonly quantity: string;
  readonly atMs: number;
  readonly paidBy: "installation" | "organization";
  readonly estimated?: boolean;
}

/** Where nobody named a price there is no currency either. */
const currencyOfNoPrice = "USD";

function pricedLine(entry: UsageEntry, prices: readonly Price[]) {
  const price = choosePrice(prices, entry);
  const cost = price === undefined ? 0n : costMicros(entry.quantity, price);
  return {
    ...{ subject: entry.subject, source: entry.source, provider: entry.provider, model: entry.model },
    ...{ unit: entry.unit, quantity: entry.quantity, paid_by: entry.paidBy, estimated: entry.estimated ?? false },
    call_id: entry.callId ?? null,
    agent_id: entry.agentId ?? null,
    agent_name: entry.agentName ?? null,
    channel: entry.channel ?? null,
    direction: entry.direction ?? null,
    at: new Date(entry.atMs).toISOString(),
    price: price?.price ?? null,
    price_per: price?.per.toString() ?? null,
    price_source: price?.source ?? "none",
    currency: price?.currency ?? currencyOfNoPrice,
    cost_micros: cost.toString(),
  };
}

export interface Entering {
  readonly orgId: string;
  readonly prices: readonly Price[];
  readonly nowMs: number;
}

/** What comes too late for a month that is closed counts today. Resolves with how many lines were new. */
export async function enterUsage(
  tx: OrgTx,
  entries: readonly UsageEntry[],
  { orgId, prices, nowMs }: Entering,
): Promise<number> {
  const lines = entries.filter(({ quantity }) => !/^[0.]*$/.test(quantity)).map((entry) => pricedLine(entry, prices));
  if (lines.length === 0) return 0;
  const now = new Date(nowMs).toISOString();
  const { rows } = await tx.execute<{ count: number }>(sql`
    with given as (
      select g.*, (g.at at time zone o.time_zone)::date as used_on, (${now}::timestamptz at time zone o.time_zone)::date as today
      from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as g(
        subject text, source text, provider text, model text, unit text, quantity numeric, paid_by text, estimated boolean,
        call_id text, agent_id text, agent_name text, channel text, direction text, at timestamptz, price numeric,
        price_per bigint, price_source text, currency text, cost_micros bigint)
      cross join organizations o
    ),
    fresh as (
      insert into call_usage (org_id, subject, source, provider, model, unit, paid_by, call_id, agent_id, agent_name, channel,
        direction, day, at, quantity, estimated, price, price_per, price_source, currency, cost_micros, entered_at)
      select ${orgId}, subject, source, provider, model, unit, paid_by, call_id, agent_id, agent_name, channel, direction,
        case when exists (select from statements s where s.month = to_char(used_on, 'YYYY-MM')) then today else used_on end,
        at, quantity, estimated, price, price_per, price_source, currency, cost_micros, ${now}::timestamptz
      from given
      on conflict do nothing
      returning day, currency, cost_micros, unit, channel, quantity
    ),
    summed as (
      insert into usage_days (org_id, day, currency, cost_micros, call_seconds, calls)
      select ${orgId}, day, currency, sum(cost_micros),
        coalesce(sum(quantity) filter (where unit = 'call-seconds' and channel <> 'text'), 0),
        count(*) filter (where unit = 'call-seconds' and channel <> 'text')
      from fresh group by day, currency
      on conflict (org_id, day, currency) do update set cost_micros = usage_days.cost_micros + excluded.cost_micros,
        call_seconds = usage_days.call_seconds + excluded.call_seconds, calls = usage_days.calls + excluded.calls
      returning 1
    )
    select count(*)::int as count from fresh`);
  return rows[0]?.count ?? 0;
}

/** Usage, budget and closing of one organisation follow each other until the transaction ends. */
export async function lockUsage(tx: OrgTx, orgId: string): Promise<void> {
  await tx.execute(sql`select lock_usage(${orgId})`);
}

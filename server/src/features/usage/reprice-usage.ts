/** Costs counted anew, day by day: each day's lines, its sum and the note in the audit log are one transaction. */
import type { Cost } from "@parley/contract/usage";
import { eq, sql } from "drizzle-orm";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { choosePrice, type Price } from "./choose-price.ts";
import { lockUsage } from "./enter-usage.ts";
import { costMicros } from "./money.ts";
import { readPrices } from "./price-list.ts";
import { callUsage, type UsageRow } from "./usage.table.ts";
import { type DayRange, sumCosts } from "./usage-lines.ts";

export interface Repriced {
  readonly lines: number;
  readonly changed: number;
  readonly before: Cost[];
  readonly after: Cost[];
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

interface NewCost {
  readonly row: UsageRow;
  readonly price: Price & { price: string };
  readonly micros: bigint;
}

/** What nobody names a price for any more keeps its cost. */
function newCost(row: UsageRow, prices: readonly Price[]): NewCost | undefined {
  const price = choosePrice(prices, { ...row, atMs: row.at.getTime() });
  if (price === undefined) return undefined;
  const micros = costMicros(row.quantity, price);
  const isSame = micros === row.costMicros && price.currency === row.currency && price.source === row.priceSource;
  return isSame ? undefined : { row, price, micros };
}

async function repriceDay(tx: OrgTx, orgId: string, day: string) {
  await lockUsage(tx, orgId);
  const { rows: closed } = await tx.execute(sql`select from statements where month = to_char(${day}::date, 'YYYY-MM')`);
  if (closed.length > 0) return { rows: [], changes: [] };
  const prices = await readPrices(tx);
  const rows = (await tx.select().from(callUsage).where(eq(callUsage.day, day))).filter(
    ({ priceSource }) => priceSource !== "carrier",
  );
  const changes = rows.map((row) => newCost(row, prices)).filter((change) => change !== undefined);
  if (changes.length > 0) await writeChanges(tx, { orgId, day, changes });
  return { rows, changes };
}

async function writeChanges(
  tx: OrgTx,
  { orgId, day, changes }: { orgId: string; day: string; changes: readonly NewCost[] },
): Promise<void> {
  const given = changes.map(({ row, price, micros }) => ({
    ...{ subject: row.subject, source: row.source, provider: row.provider, model: row.model, unit: row.unit },
    ...{ paid_by: row.paidBy, price: price.price, price_per: price.per.toString(), price_source: price.source },
    ...{ currency: price.currency, cost_micros: micros.toString() },
  }));
  await tx.execute(sql`
    update call_usage u set price = g.price, price_per = g.price_per, price_source = g.price_source, currency = g.currency,
      cost_micros = g.cost_micros
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g(subject text, source text, provider text, model text, unit text,
      paid_by text, price numeric, price_per bigint, price_source text, currency text, cost_micros bigint)
    where u.subject = g.subject and u.source = g.source and u.provider = g.provider and u.model = g.model and u.unit = g.unit
      and u.paid_by = g.paid_by`);
  await tx.execute(sql`
    insert into usage_days (org_id, day, currency, cost_micros, call_seconds, calls)
    select ${orgId}, ${day}::date, currency, sum(cost_micros),
      coalesce(sum(quantity) filter (where unit = 'call-seconds' and channel <> 'text'), 0),
      count(*) filter (where unit = 'call-seconds' and channel <> 'text')
    from (
      select currency, cost_micros, quantity, unit, channel from call_usage where day = ${day}::date
      union all select currency, 0, 0, '', '' from usage_days where day = ${day}::date
    ) lines group by currency
    on conflict (org_id, day, currency) do update set cost_micros = excluded.cost_micros,
      call_seconds = excluded.call_seconds, calls = excluded.calls`);
}

export async function repriceUsage(
  { db, audit }: { db: OrgDb; audit: AuditLog },
  { orgId, actor, from, to }: Asked & DayRange,
): Promise<Repriced> {
  const before: { currency: string; micros: bigint }[] = [];
  const after: { currency: string; micros: bigint }[] = [];
  let lines = 0;
  let changed = 0;
  const { rows: days } = await db.withOrg(orgId, (tx) =>
    tx.execute<{ day: string }>(
      sql`select distinct day::text from usage_days where day between ${from}::date and ${to}::date order by 1`,
    ),
  );
  // The request's own claim goes with the last note: a request that was cut off is done again, which changes nothing twice.
  const { claimId: _last, claimOrgId: _its, ...meanwhile } = actor;
  for (const { day } of days) {
    const done = await db.withOrg(orgId, async (tx) => {
      const { rows, changes } = await repriceDay(tx, orgId, day);
      if (changes.length > 0) {
        const facts = { day, lines: changes.length };
        await audit.append(tx, { orgId, actor: meanwhile, action: "usage.reprice", subject: day, facts });
      }
      return { rows, changes };
    });
    const costs = new Map(done.changes.map((change) => [change.row, change]));
    lines += done.rows.length;
    changed += done.changes.length;
    for (const row of done.rows) {
      before.push({ currency: row.currency, micros: row.costMicros });
      const change = costs.get(row);
      after.push({ currency: change?.price.currency ?? row.currency, micros: change?.micros ?? row.costMicros });
    }
  }
  const facts = { from, to, lines, changed };
  await db.withOrg(orgId, (tx) => audit.append(tx, { orgId, actor, action: "usage.reprice", subject: orgId, facts }));
  return { lines, changed, before: sumCosts(before), after: sumCosts(after) };
}

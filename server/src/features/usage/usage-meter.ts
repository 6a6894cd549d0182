/** What enters usage: the end of a call, and whatever is known later. Needs no more than a transaction. */
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { enterUsage, lockUsage, type UsageEntry } from "./enter-usage.ts";
import { microsOf } from "./money.ts";
import { readPrices } from "./price-list.ts";
import { entriesOf, readCall } from "./settle-call.ts";

export interface CarrierPrice {
  readonly orgId: string;
  /** The carrier's own id of the call. */
  readonly externalId: string;
  /** As the carrier writes it; a charge is negative. */
  readonly amount: string;
  readonly currency: string;
}

export interface UsageMeter {
  /** Enters what an ended call used; a second time changes nothing. */
  settle(tx: OrgTx, call: { orgId: string; callId: string }): Promise<void>;
  /** What was used outside a call's own events (messages sent, the analysis afterwards). Again the same: nothing changes. */
  add(tx: OrgTx, orgId: string, entries: readonly UsageEntry[]): Promise<void>;
  /** The estimate gives way to what the carrier charges, unless the month is closed. Before the call has ended nothing happens. */
  takeCarrierPrice(tx: OrgTx, price: CarrierPrice): Promise<void>;
}

export function createUsageMeter({ clock }: { clock: Clock }): UsageMeter {
  const add = async (tx: OrgTx, orgId: string, entries: readonly UsageEntry[]): Promise<void> => {
    await lockUsage(tx, orgId);
    await enterUsage(tx, entries, { orgId, prices: await readPrices(tx), nowMs: clock.wallNow() });
  };
  return {
    add,
    async settle(tx, { orgId, callId }) {
      const call = await readCall(tx, callId);
      if (call === undefined) return;
      await add(tx, orgId, entriesOf(call));
      if (call.has_carrier) await takeReportedPrice(tx, { orgId, callId });
    },
    async takeCarrierPrice(tx, price) {
      await lockUsage(tx, price.orgId);
      await replaceEstimate(tx, price);
    },
  };
}

/** The carrier's report may have come before the call had ended here. */
async function takeReportedPrice(tx: OrgTx, { orgId, callId }: { orgId: string; callId: string }): Promise<void> {
  const { rows } = await tx.execute<{ external_id: string; price: string; currency: string }>(sql`
    select r.external_id, r.price::text, coalesce(r.price_currency, 'USD') as currency
    from calls c join carrier_reports r on r.external_id = c.external_id
    where c.id = ${callId} and r.price is not null order by r.reported_at desc limit 1`);
  const [report] = rows;
  if (report === undefined) return;
  const { external_id: externalId, price: amount, currency } = report;
  await replaceEstimate(tx, { orgId, externalId, amount, currency });
}

/** The day's sums lose what the line cost and gain what it costs. */
async function replaceEstimate(tx: OrgTx, { orgId, externalId, amount, currency }: CarrierPrice): Promise<void> {
  const cost = microsOf(amount.replace(/^-/, "")).toString();
  await tx.execute(sql`
    with was as (
      select u.subject, u.day, u.currency, u.cost_micros from call_usage u join calls c on c.id = u.call_id
      where c.external_id = ${externalId} and u.source = 'carrier' and u.price_source <> 'carrier'
        and not exists (select from statements s where s.month = to_char(u.day, 'YYYY-MM'))
    ),
    changed as (
      update call_usage u set cost_micros = ${cost}::bigint, currency = ${currency}, price = null, price_per = null,
        price_source = 'carrier', estimated = false
      from was where u.subject = was.subject and u.source = 'carrier'
      returning was.day
    ),
    differences as (
      select day, currency, sum(cost)::bigint as cost from (
        select day, currency, -cost_micros as cost from was
        union all select day, ${currency}, ${cost}::bigint from was
      ) each group by day, currency
    )
    insert into usage_days (org_id, day, currency, cost_micros, call_seconds, calls)
    select ${orgId}, day, currency, cost, 0, 0 from differences
    on conflict (org_id, day, currency) do update set cost_micros = usage_days.cost_micros + excluded.cost_micros`);
}

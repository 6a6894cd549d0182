/** A month's statement from what is stored: the same figures while it runs and when it is closed. */
import type { Statement } from "@parley/contract/billing";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { sumCosts, toSafeNumber } from "../usage/index.ts";
import type { Month } from "./calendar.ts";
import { readPlans } from "./plans.ts";
import { type PlanPart, planParts, reckonPart, totalLines } from "./reckon-plan.ts";

const minutesRow = z.object({
  agent_id: z.string(),
  agent_name: z.string(),
  channel: z.string(),
  calls: z.number(),
  seconds: z.string(),
});

const costRow = z.object({
  provider: z.string(),
  unit: z.string(),
  quantity: z.string(),
  paid_by: z.enum(["installation", "organization"]),
  micros: z.string(),
  currency: z.string(),
  is_complete: z.boolean(),
});

/** Spoken calls only: a conversation by text has no minutes. Each call is rounded up by the plan's rule before they are summed. */
async function roundedSeconds(tx: OrgTx, { plan, from, to }: PlanPart): Promise<number> {
  const step = plan.rounding === "minute" ? 60 : 1;
  const { rows } = await tx.execute<{ seconds: string }>(sql`
    select coalesce(sum(ceil(quantity / ${step}::int) * ${step}::int), 0)::bigint::text as seconds from call_usage
    where unit = 'call-seconds' and channel <> 'text' and day between ${from}::date and ${to}::date`);
  return toSafeNumber(BigInt(rows[0]?.seconds ?? "0"));
}

async function readMinutes(tx: OrgTx, { first, last }: Month): Promise<Statement["minutes"]> {
  const { rows } = await tx.execute(sql`
    select coalesce(agent_id, '') as agent_id, coalesce(max(agent_name), '') as agent_name, coalesce(channel, '') as channel,
      count(*)::int as calls, sum(quantity)::text as seconds
    from call_usage where unit = 'call-seconds' and day between ${first}::date and ${last}::date
    group by 1, 3 order by sum(quantity) desc, 1, 3`);
  return rows.map((row) => {
    const { agent_id: agentId, agent_name: agentName, channel, calls, seconds } = minutesRow.parse(row);
    return { agentId, agentName, channel, calls, seconds: Number(seconds) };
  });
}

async function readVendorCosts(tx: OrgTx, { first, last }: Month) {
  const { rows } = await tx.execute(sql`
    select provider, unit, sum(quantity)::text as quantity, paid_by, sum(cost_micros)::text as micros, currency,
      bool_and(price_source <> 'none') as is_complete
    from call_usage where day between ${first}::date and ${last}::date and unit <> 'call-seconds'
    group by provider, unit, paid_by, currency order by provider, unit, paid_by, currency`);
  const found = rows.map((row) => costRow.parse(row));
  return {
    vendorCosts: found.map(
      ({ provider, unit, quantity, paid_by: paidBy, micros, currency, is_complete: isComplete }) => ({
        ...{ provider, unit, paidBy, isComplete, quantity: Number(quantity) },
        cost: { micros: toSafeNumber(BigInt(micros)), currency },
      }),
    ),
    vendorTotals: sumCosts(found.map(({ currency, micros }) => ({ currency, micros: BigInt(micros) }))),
  };
}

export async function reckonMonth(
  tx: OrgTx,
  month: Month,
  { timeZone, organization }: { timeZone: string; organization: { id: string; name: string } },
): Promise<Statement> {
  const parts = planParts(await readPlans(tx), month);
  const lines: Statement["lines"] = [];
  for (const part of parts) lines.push(...reckonPart(part, month, await roundedSeconds(tx, part)));
  return {
    ...{ month: month.name, period: { from: month.first, to: month.last, timeZone }, organization },
    ...{ closedAt: null, lines, totals: totalLines(lines, parts) },
    minutes: await readMinutes(tx, month),
    ...(await readVendorCosts(tx, month)),
  };
}

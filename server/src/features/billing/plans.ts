/** Which plan an organisation has, and since when. */
import type { PlanTerms } from "@parley/contract/billing";
import { planTerms } from "@parley/contract/billing";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { lockUsage } from "../usage/index.ts";
import { monthOf } from "./calendar.ts";

/** The newest first. */
export async function readPlans(tx: OrgTx): Promise<PlanTerms[]> {
  const { rows } = await tx.execute<{ plan: unknown }>(sql`
    select jsonb_build_object('name', name, 'currency', currency, 'setUpFee', set_up_fee_minor, 'monthlyFee', monthly_fee_minor,
      'includedMinutes', included_minutes, 'pricePerMinute', price_per_minute::text, 'billingDay', billing_day,
      'rounding', rounding, 'validFrom', valid_from::text,
      'tax', case when tax_label is null then null else jsonb_build_object('label', tax_label, 'percent', tax_percent::text) end
    ) as plan
    from organization_plans order by valid_from desc`);
  return rows.map(({ plan }) => planTerms.parse(plan));
}

export interface Plans {
  list(orgId: string): Promise<{ items: PlanTerms[] }>;
  /** For the installation's administrator. This and the next throw AppError `not_found`. */
  listOf(orgId: string): Promise<{ items: PlanTerms[] }>;
  /** Throws AppError `conflict` when it would change a closed month. */
  assign(asked: { orgId: string; asker: Actor; plan: PlanTerms }): Promise<{ items: PlanTerms[] }>;
}

async function requireOrganization(tx: OrgTx): Promise<void> {
  const { rows } = await tx.execute(sql`select from organizations where length(key_wrap) > 0`);
  if (rows.length === 0) throw new AppError("not_found", { publicMessage: "There is no such organisation." });
}

async function refuseClosedMonth(tx: OrgTx, { validFrom }: PlanTerms): Promise<void> {
  const { rows } = await tx.execute(sql`select from statements where month >= ${monthOf(validFrom).name}`);
  if (rows.length === 0) return;
  throw new AppError("conflict", {
    publicMessage: "validFrom lies in a month whose statement is closed. Choose a day after it.",
  });
}

export function createPlans({ db, audit }: { db: OrgDb; audit: AuditLog }): Plans {
  const listOf = (orgId: string) =>
    db.withOrg(orgId, async (tx) => {
      await requireOrganization(tx);
      return { items: await readPlans(tx) };
    });
  return {
    listOf,
    list: (orgId) => db.withOrg(orgId, async (tx) => ({ items: await readPlans(tx) })),
    assign: ({ orgId, asker, plan }) =>
      db.withOrg(orgId, async (tx) => {
        await requireOrganization(tx);
        await lockUsage(tx, orgId);
        await refuseClosedMonth(tx, plan);
        await tx.execute(sql`select installation_plan(${orgId}, ${JSON.stringify(toRow(plan))}::jsonb)`);
        const { validFrom, currency, monthlyFee, setUpFee, includedMinutes, pricePerMinute } = plan;
        await audit.append(tx, {
          ...{ orgId, action: "installation.assign-plan", subject: orgId },
          actor: { ...asker, kind: "installation-admin" },
          facts: { validFrom, currency, monthlyFee, setUpFee, includedMinutes, pricePerMinute },
        });
        return { items: await readPlans(tx) };
      }),
  };
}

const toRow = (plan: PlanTerms) => ({
  valid_from: plan.validFrom,
  name: plan.name,
  currency: plan.currency,
  set_up_fee_minor: plan.setUpFee,
  monthly_fee_minor: plan.monthlyFee,
  included_minutes: plan.includedMinutes,
  price_per_minute: plan.pricePerMinute,
  billing_day: plan.billingDay,
  rounding: plan.rounding,
  tax_label: plan.tax?.label ?? null,
  tax_percent: plan.tax?.percent ?? null,
});

/** Usage and billing: what a call's end enters, what stands between a call and its plan, and the jobs behind them. */
import type { AuditLog } from "../features/audit/index.ts";
import {
  type Billing,
  type BudgetVerdict,
  createBilling,
  handleTellBudget,
  scheduleClosing,
} from "../features/billing/index.ts";
import { type CallAdmissions, readPlace } from "../features/organizations/index.ts";
import { createUsage, createUsageMeter, type Usage, type UsageMeter } from "../features/usage/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import type { CallAdmission } from "./call-gates.ts";
import type { People } from "./people.ts";
import { clock, type Stores } from "./stores.ts";
import { openBudgetWatch } from "./usage-hooks.ts";

export interface BillingFeatures {
  readonly usage: Usage;
  readonly usageMeter: UsageMeter;
  readonly billing: Billing;
}

export function openBilling({ db }: Pick<Stores, "db">, { audit }: { audit: AuditLog }): BillingFeatures {
  const timeZoneOf: Parameters<typeof createUsage>[0]["timeZoneOf"] = async (tx) => (await readPlace(tx)).timeZone;
  return {
    usage: createUsage({ db, clock, audit, timeZoneOf }),
    usageMeter: createUsageMeter({ clock }),
    billing: createBilling({ db, clock, audit, watch: openBudgetWatch(clock) }),
  };
}

/** The standing first: who may have no call needs no reservation. */
export function admitWithinBudget(
  admissions: CallAdmissions,
  { budgets }: { budgets: { admit: (call: Parameters<CallAdmission["admit"]>[0]) => Promise<BudgetVerdict> } },
): CallAdmission {
  return {
    async admit(call) {
      const admitted = await admissions.admit(call);
      return admitted.verdict === "refuse" ? admitted : await budgets.admit(call);
    },
    expect: (orgId, callId) => admissions.expect(orgId, callId),
  };
}

export interface BillingJobs
  extends Pick<Stores, "db">,
    Pick<People, "auth" | "mailer">,
    Pick<BillingFeatures, "billing"> {
  readonly log: LogLine;
  readonly origin: () => string;
}

export async function handleBillingJobs(
  worker: JobWorker,
  { db, auth, mailer, billing, log, origin }: BillingJobs,
): Promise<void> {
  await handleTellBudget(worker, {
    ...{ db, mailer, origin },
    memberOf: async (tx, userId) => (await auth.people.readMembers(tx, [userId]))[0],
  });
  await scheduleClosing(worker, { statements: billing.statements, log });
}

/** Billing, made once for each process: plans, budgets, statements. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { AuditLog } from "../audit/index.ts";
import type { BudgetWatch } from "./budget-watch.ts";
import { type Budgets, createBudgets } from "./budgets.ts";
import { createPlans, type Plans } from "./plans.ts";
import { createStatements, type Statements } from "./statements.ts";

export interface Billing {
  readonly plans: Plans;
  readonly budgets: Budgets;
  readonly statements: Statements;
}

export interface BillingParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly watch: BudgetWatch;
}

export function createBilling(parts: BillingParts): Billing {
  return { plans: createPlans(parts), budgets: createBudgets(parts), statements: createStatements(parts) };
}

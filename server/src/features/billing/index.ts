export { mountBillingRoutes } from "./billing.route.ts";
export { type Billing, createBilling } from "./billing.ts";
export { createBudgetWatch } from "./budget-watch.ts";
export { type BudgetVerdict, releaseReservation } from "./budgets.ts";
export { scheduleClosing } from "./close-months.job.ts";
export { handleTellBudget } from "./tell-budget.job.ts";

import {
  assignPlan,
  getBudget,
  getStatement,
  getStatementCsv,
  getStatementPdf,
  listAssignedPlans,
  listPlans,
  listStatements,
  setBudget,
} from "@parley/contract/billing";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Billing } from "./billing.ts";
import { statementCsv } from "./statement-csv.ts";

export function mountBillingRoutes(mount: RouteMount, { billing }: { billing: Billing }): void {
  mount(listPlans, ({ orgId }) => billing.plans.list(orgId));
  mount(listAssignedPlans, ({ params }) => billing.plans.listOf(params.id));
  mount(assignPlan, ({ params, actor, body }) => billing.plans.assign({ orgId: params.id, asker: actor, plan: body }));
  mount(getBudget, ({ orgId }) => billing.budgets.get(orgId));
  mount(setBudget, ({ orgId, actor, body }) => billing.budgets.set({ orgId, actor, terms: body }));
  mount(listStatements, ({ orgId }) => billing.statements.list(orgId));
  mount(getStatement, ({ orgId, params }) => billing.statements.get(orgId, params.month));
  mount(getStatementCsv, async ({ orgId, params, reply }) => {
    const statement = await billing.statements.get(orgId, params.month);
    reply.header("content-disposition", `attachment; filename="statement-${params.month}.csv"`);
    return statementCsv(statement);
  });
  mount(getStatementPdf, async ({ orgId, params, reply }) => {
    const statement = await billing.statements.get(orgId, params.month);
    // Rarely asked for, and heavy to load.
    const { statementPdf } = await import("./statement-pdf.ts");
    reply.header("content-disposition", `inline; filename="statement-${params.month}.pdf"`);
    return await statementPdf(statement);
  });
}

/** What an organisation pays the installation: its plan, its budget, its monthly statements. Fees are whole minor units (pence). */
import { z } from "zod";
import { idParams } from "./page.ts";
import { defineRoute } from "./route.ts";
import { calendarDay, cost, currencyCode, decimalAmount } from "./usage.ts";

const minor = z.number().int().min(0).max(1_000_000_000_000);
const common = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;
const ofInstallation = [
  "bad_request",
  "unauthorized",
  "token_expired",
  "forbidden",
  "not_found",
  "conflict",
  "too_many_requests",
] as const;

export const planTerms = z.object({
  name: z.string().trim().min(1, "must not be empty").max(80),
  currency: currencyCode,
  /** Minor units, once, in the month of `validFrom`. */
  setUpFee: minor,
  /** Minor units, for a whole month; of a part, the part's days. */
  monthlyFee: minor,
  includedMinutes: z.number().int().min(0).max(100_000_000),
  /** For each minute over the included ones. */
  pricePerMinute: decimalAmount,
  /** The day of the next month on which a month is closed. */
  billingDay: z.number().int().min(1).max(28),
  /** Of each call: up to the whole second, or up to the started minute. */
  rounding: z.enum(["second", "minute"]),
  /** Null: no tax is reckoned on the statement. */
  tax: z
    .object({ label: z.string().trim().min(1).max(40), percent: z.string().regex(/^\d{1,2}(\.\d{1,4})?$/) })
    .nullable(),
  /** By the organisation's calendar. Until the next plan's. */
  validFrom: calendarDay,
});
export type PlanTerms = z.infer<typeof planTerms>;

const plans = z.object({ items: z.array(planTerms) });

export const listPlans = defineRoute({
  id: "billing.plans",
  summary: "The organisation's plans, the newest first",
  method: "GET",
  path: "/api/v1/plans",
  permission: "usage:read",
  response: { status: 200, schema: plans },
  errors: common,
});

export const listAssignedPlans = defineRoute({
  id: "installation.plans",
  summary: "An organisation's plans, the newest first",
  method: "GET",
  path: "/api/v1/installation/organizations/:id/plans",
  permission: "installation",
  params: idParams,
  response: { status: 200, schema: plans },
  errors: ofInstallation,
});

export const assignPlan = defineRoute({
  id: "installation.assign-plan",
  summary:
    "Assigns a plan from a day on; one of the same day is replaced, one that begins in a closed month is refused",
  method: "POST",
  path: "/api/v1/installation/organizations/:id/plans",
  permission: "installation",
  params: idParams,
  body: planTerms,
  response: { status: 201, schema: plans },
  errors: ofInstallation,
});

const limit = z.object({
  /** Of `currency`, as text. Null: not limited by cost. */
  amount: decimalAmount.nullable(),
  minutes: z.number().int().min(1).max(100_000_000).nullable(),
});

export const budgetTerms = z.object({
  currency: currencyCode,
  monthly: limit,
  daily: limit,
  /** Per cent of a limit at which somebody is told. */
  thresholds: z.array(z.number().int().min(1).max(100)).max(10).default([50, 80, 100]),
  /** Refuse new calls when a limit is reached. Calls that run go on. */
  caps: z.boolean(),
});
export type BudgetTerms = z.output<typeof budgetTerms>;

const spent = z.object({ cost, minutes: z.number() });

export const budget = z.object({
  /** Null: none was set. */
  terms: budgetTerms.nullable(),
  month: spent,
  day: spent,
  /** Costs in other currencies, which the budget's amounts do not count. */
  notCounted: z.array(cost),
  /** New calls are refused now. */
  exhausted: z.boolean(),
});
export type Budget = z.infer<typeof budget>;

export const getBudget = defineRoute({
  id: "budget.get",
  summary: "The organisation's budget and what is used of it today and this month",
  method: "GET",
  path: "/api/v1/budget",
  permission: "usage:read",
  response: { status: 200, schema: budget },
  errors: common,
});

export const setBudget = defineRoute({
  id: "budget.set",
  summary: "Sets the budget: limits by cost or minutes, when to be told, and whether to stop",
  method: "PUT",
  path: "/api/v1/budget",
  permission: "billing:write",
  body: budgetTerms,
  response: { status: 200, schema: budget },
  errors: common,
});

export const statementMonth = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month such as 2026-11");

const planLine = z.object({
  kind: z.enum(["set-up", "monthly", "minutes"]),
  plan: z.string(),
  from: z.string(),
  to: z.string(),
  /** Of `minutes`: in seconds. */
  usedSeconds: z.number().int().nullable(),
  includedSeconds: z.number().int().nullable(),
  overSeconds: z.number().int().nullable(),
  pricePerMinute: z.string().nullable(),
  /** Minor units. */
  amount: z.number().int(),
  currency: z.string(),
});
export type PlanLine = z.infer<typeof planLine>;

export const statement = z.object({
  month: statementMonth,
  /** Both days count, in `timeZone`. */
  period: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }),
  organization: z.object({ id: z.string(), name: z.string() }),
  /** Null: the month is not closed, and the figures still grow. */
  closedAt: z.iso.datetime().nullable(),
  lines: z.array(planLine),
  /** Of each currency of the lines; minor units. */
  totals: z.array(
    z.object({
      currency: z.string(),
      net: z.number().int(),
      tax: z.object({ label: z.string(), percent: z.string(), amount: z.number().int() }).nullable(),
      total: z.number().int(),
    }),
  ),
  minutes: z.array(
    z.object({
      agentId: z.string(),
      agentName: z.string(),
      channel: z.string(),
      calls: z.number().int(),
      seconds: z.number(),
    }),
  ),
  /** What vendors charge for it: told, not added to the totals. */
  vendorCosts: z.array(
    z.object({
      provider: z.string(),
      unit: z.string(),
      quantity: z.number(),
      paidBy: z.enum(["installation", "organization"]),
      cost,
      isComplete: z.boolean(),
    }),
  ),
  vendorTotals: z.array(cost),
});
export type Statement = z.infer<typeof statement>;

const monthParams = z.object({ month: statementMonth });
const ofMonth = [...common, "not_found"] as const;

export const listStatements = defineRoute({
  id: "statements.list",
  summary: "The months there are statements of, the newest first; the current month is among them and not closed",
  method: "GET",
  path: "/api/v1/statements",
  permission: "usage:read",
  response: {
    status: 200,
    schema: z.object({
      items: z.array(z.object({ month: statementMonth, closedAt: z.iso.datetime().nullable() })),
    }),
  },
  errors: common,
});

export const getStatement = defineRoute({
  id: "statements.get",
  summary: "A month's statement; once closed it never changes",
  method: "GET",
  path: "/api/v1/statements/:month",
  permission: "usage:read",
  params: monthParams,
  response: { status: 200, schema: statement },
  errors: ofMonth,
});

export const getStatementCsv = defineRoute({
  id: "statements.csv",
  summary: "A month's statement as CSV",
  method: "GET",
  path: "/api/v1/statements/:month/csv",
  permission: "usage:read",
  params: monthParams,
  response: { status: 200, schema: z.string(), contentType: "text/csv; charset=utf-8" },
  errors: ofMonth,
});

export const getStatementPdf = defineRoute({
  id: "statements.pdf",
  summary: "A month's statement as PDF, to be printed",
  method: "GET",
  path: "/api/v1/statements/:month/pdf",
  permission: "usage:read",
  params: monthParams,
  response: { status: 200, schema: z.string(), contentType: "application/pdf" },
  errors: ofMonth,
});

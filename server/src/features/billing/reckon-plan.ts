/**
 * What a month costs by its plans. A plan that holds for a part of the month asks that part's days of its fee and gives that part of
 * its minutes, each rounded to the nearest whole; the set-up fee is asked whole, in the month in which the plan begins.
 */
import type { PlanLine, PlanTerms, Statement } from "@parley/contract/billing";
import { divideRounded, multiplyRounded, toSafeNumber } from "../usage/index.ts";
import { dayBefore, daysFromTo, type Month } from "./calendar.ts";
import { minorDigits } from "./minor-units.ts";

export interface PlanPart {
  readonly plan: PlanTerms;
  readonly from: string;
  readonly to: string;
}

const later = (one: string, other: string) => (one > other ? one : other);
const earlier = (one: string, other: string) => (one < other ? one : other);

/** `plans` in any order. Days before the first plan belong to none. */
export function planParts(plans: readonly PlanTerms[], month: Month): PlanPart[] {
  const ordered = plans.toSorted((left, right) => (left.validFrom < right.validFrom ? -1 : 1));
  return ordered.flatMap((plan, index) => {
    const next = ordered[index + 1];
    const from = later(plan.validFrom, month.first);
    const to = next === undefined ? month.last : earlier(dayBefore(next.validFrom), month.last);
    return from <= to ? [{ plan, from, to }] : [];
  });
}

/** `usedSeconds`: of the part's calls, each rounded by the plan's rule already. */
export function reckonPart({ plan, from, to }: PlanPart, month: Month, usedSeconds: number): PlanLine[] {
  const days = BigInt(daysFromTo(from, to));
  const monthDays = BigInt(month.days);
  const { name, currency, pricePerMinute } = plan;
  const none = { usedSeconds: null, includedSeconds: null, overSeconds: null, pricePerMinute: null };
  const common = { plan: name, from, to, currency };
  const monthly = toSafeNumber(divideRounded(BigInt(plan.monthlyFee) * days, monthDays));
  const includedSeconds = toSafeNumber(divideRounded(BigInt(plan.includedMinutes) * 60n * days, monthDays));
  const overSeconds = Math.max(0, usedSeconds - includedSeconds);
  const over = multiplyRounded([pricePerMinute, String(overSeconds)], {
    per: 60n,
    times: 10n ** BigInt(minorDigits(currency)),
  });
  const isBeginning = plan.validFrom === from && plan.setUpFee > 0;
  return [
    ...(isBeginning ? [{ ...common, ...none, kind: "set-up" as const, amount: plan.setUpFee }] : []),
    { ...common, ...none, kind: "monthly", amount: monthly },
    {
      ...{ ...common, kind: "minutes", usedSeconds, includedSeconds, overSeconds, pricePerMinute },
      amount: toSafeNumber(over),
    },
  ];
}

/** Taxed by the last plan of each currency. */
export function totalLines(lines: readonly PlanLine[], parts: readonly PlanPart[]): Statement["totals"] {
  return [...Map.groupBy(lines, ({ currency }) => currency)].map(([currency, ofCurrency]) => {
    const net = ofCurrency.reduce((sum, { amount }) => sum + amount, 0);
    const terms = parts.findLast(({ plan }) => plan.currency === currency)?.plan.tax ?? null;
    const tax = terms && {
      ...terms,
      amount: toSafeNumber(multiplyRounded([terms.percent, String(net)], { per: 100n, times: 1n })),
    };
    return { currency, net, tax, total: net + (tax?.amount ?? 0) };
  });
}

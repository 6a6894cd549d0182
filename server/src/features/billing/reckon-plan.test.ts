import type { PlanTerms } from "@parley/contract/billing";
import { describe, expect, test } from "vitest";
import { daysFromTo, localDay, monthOf, nextMonth } from "./calendar.ts";
import { minorToText } from "./minor-units.ts";
import { planParts, reckonPart, totalLines } from "./reckon-plan.ts";

const clinic: PlanTerms = {
  ...{ name: "Clinic", currency: "GBP", setUpFee: 500_000, monthlyFee: 20_000, includedMinutes: 1000 },
  ...{ pricePerMinute: "0.10", billingDay: 1, rounding: "second", tax: null, validFrom: "2026-10-01" },
};

function reckon(plans: readonly PlanTerms[], name: string, usedSeconds: number) {
  const month = monthOf(`${name}-01`);
  const parts = planParts(plans, month);
  const lines = parts.flatMap((part) => reckonPart(part, month, usedSeconds));
  return { lines, totals: totalLines(lines, parts) };
}

const amounts = ({ lines }: ReturnType<typeof reckon>) => lines.map(({ kind, amount }) => [kind, amount]);

describe("£5,000, £200 a month, 1,000 minutes, £0.10 over", () => {
  test("the first month has the set-up fee, the next has not; included minutes cost nothing, the first second over does", () => {
    expect(amounts(reckon([clinic], "2026-10", 60_000))).toEqual([
      ["set-up", 500_000],
      ["monthly", 20_000],
      ["minutes", 0],
    ]);
    // 1,309 minutes: 309 over.
    const november = reckon([clinic], "2026-11", 78_540);
    expect(amounts(november)).toEqual([
      ["monthly", 20_000],
      ["minutes", 3090],
    ]);
    expect(november.totals).toEqual([{ currency: "GBP", net: 23_090, tax: null, total: 23_090 }]);
    // Three seconds are half a penny, and go up; two go down.
    expect(amounts(reckon([clinic], "2026-11", 60_003))[1]).toEqual(["minutes", 1]);
    expect(amounts(reckon([clinic], "2026-11", 60_002))[1]).toEqual(["minutes", 0]);
  });

  test("a plan that begins on the 16th of 30 days asks half the fee, gives half the minutes, and the whole set-up fee", () => {
    const { lines } = reckon([{ ...clinic, validFrom: "2026-11-16" }], "2026-11", 36_000);
    expect(
      lines.map(({ kind, amount, from, to, includedSeconds }) => [kind, amount, from, to, includedSeconds]),
    ).toEqual([
      ["set-up", 500_000, "2026-11-16", "2026-11-30", null],
      ["monthly", 10_000, "2026-11-16", "2026-11-30", null],
      ["minutes", 1000, "2026-11-16", "2026-11-30", 30_000],
    ]);
    expect(reckon([{ ...clinic, validFrom: "2026-12-01" }], "2026-11", 36_000).lines).toEqual([]);
  });

  test("a change of plan splits the month; its parts are the whole", () => {
    const larger = { ...clinic, name: "Larger", setUpFee: 0, monthlyFee: 62_000, validFrom: "2026-10-11" };
    const { lines } = reckon([larger, { ...clinic, validFrom: "2026-09-01" }], "2026-10", 0);
    expect(lines.map(({ plan, kind, from, to, amount }) => [plan, kind, from, to, amount])).toEqual([
      ["Clinic", "monthly", "2026-10-01", "2026-10-10", 6452],
      ["Clinic", "minutes", "2026-10-01", "2026-10-10", 0],
      ["Larger", "monthly", "2026-10-11", "2026-10-31", 42_000],
      ["Larger", "minutes", "2026-10-11", "2026-10-31", 0],
    ]);
    expect(lines.filter(({ kind }) => kind === "minutes").map(({ includedSeconds }) => includedSeconds)).toEqual([
      19_355, 40_645,
    ]);
  });

  test("tax is reckoned on the sum, and a currency's own digits are kept", () => {
    const tax = { label: "VAT", percent: "17.5" };
    expect(reckon([{ ...clinic, tax }], "2026-11", 60_003).totals).toEqual([
      { currency: "GBP", net: 20_001, tax: { ...tax, amount: 3500 }, total: 23_501 },
    ]);
    const yen = { ...clinic, currency: "JPY", setUpFee: 0, pricePerMinute: "15" };
    expect(amounts(reckon([yen], "2026-11", 60_090))[1]).toEqual(["minutes", 23]);
    const dinar = { ...clinic, currency: "KWD", setUpFee: 0, pricePerMinute: "0.0305" };
    expect(amounts(reckon([dinar], "2026-11", 60_060))[1]).toEqual(["minutes", 31]);
    expect([minorToText(20_001, "GBP"), minorToText(23, "JPY"), minorToText(5, "KWD")]).toEqual([
      "200.01",
      "23",
      "0.005",
    ]);
  });
});

test("months and days have no hours, so a change of the clock neither adds nor loses one", () => {
  expect(monthOf("2026-10-31")).toEqual({ name: "2026-10", first: "2026-10-01", last: "2026-10-31", days: 31 });
  expect(nextMonth(monthOf("2026-12-01")).name).toBe("2027-01");
  expect(monthOf("2028-02-01").days).toBe(29);
  expect(daysFromTo("2026-03-01", "2026-03-31")).toBe(31);
  // London puts its clocks forward on 29 March 2026 at one: that night's UTC evening is the next day already.
  expect(localDay(Date.UTC(2026, 2, 31, 22, 59), "Europe/London")).toBe("2026-03-31");
  expect(localDay(Date.UTC(2026, 2, 31, 23, 0), "Europe/London")).toBe("2026-04-01");
  expect(localDay(Date.UTC(2026, 1, 28, 23, 30), "Europe/London")).toBe("2026-02-28");
});

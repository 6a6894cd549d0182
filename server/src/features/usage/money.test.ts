import { expect, test } from "vitest";
import { costMicros, divideRounded, microsOf, microsToText, multiplyRounded, toSafeNumber } from "./money.ts";

test("costs are exact where floating point is not, and rounded once", () => {
  // 0.1 + 0.2 of a floating-point account.
  expect(microsOf("0.1") + microsOf("0.2")).toBe(microsOf("0.3"));
  // A single token of a million for 0.40: 0.4 millionths; three of them are 1.2.
  expect(costMicros("1", { price: "0.40", per: 1_000_000n })).toBe(0n);
  expect(costMicros("3", { price: "0.40", per: 1_000_000n })).toBe(1n);
  // Half a millionth goes up.
  expect(costMicros("5", { price: "0.1", per: 1_000_000n })).toBe(1n);
  // 61.2 seconds at 0.0077 a minute: 7854 millionths exactly.
  expect(costMicros("61.2", { price: "0.0077", per: 60n })).toBe(7854n);
  expect(costMicros("999999999.999", { price: "123456789.123456789012", per: 1n })).toBe(123456789123333332222877n);
});

test("halves go away from zero, on either side", () => {
  expect([divideRounded(5n, 10n), divideRounded(4n, 10n), divideRounded(-5n, 10n), divideRounded(-4n, 10n)]).toEqual([
    1n,
    0n,
    -1n,
    0n,
  ]);
  expect(multiplyRounded(["0.10", "90"], { per: 60n, times: 100n })).toBe(15n);
});

test("what JSON cannot tell exactly is refused, not rounded", () => {
  expect(toSafeNumber(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
  expect(() => toSafeNumber(9_007_199_254_740_993n)).toThrow(RangeError);
  expect(() => microsOf("1e3")).toThrow(TypeError);
  expect([microsToText(1_500_000n), microsToText(1n), microsToText(2_000_000n)]).toEqual(["1.5", "0.000001", "2"]);
});

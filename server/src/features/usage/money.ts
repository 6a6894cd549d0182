/** Exact amounts: decimals as text, whole millionths as bigint. No floating point touches money. */

/** `units` / 10^`scale`. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const decimalForm = /^(-?)(\d+)(?:\.(\d+))?$/;

export const microsPerUnit = 1_000_000n;

/** Throws TypeError for what is no plain decimal. */
function readDecimal(text: string): Decimal {
  const match = decimalForm.exec(text);
  if (match === null) throw new TypeError("an amount is not a decimal");
  const [, sign = "", whole = "0", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === "-" ? -units : units, scale: fraction.length };
}

/** The nearest whole number, halves away from zero. `divisor` > 0. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const half = dividend < 0n ? -divisor : divisor;
  return (2n * dividend + half) / (2n * divisor);
}

/** The product of decimals over `per`, times `times`, rounded once. */
export function multiplyRounded(factors: readonly string[], { per, times }: { per: bigint; times: bigint }): bigint {
  let dividend = times;
  let divisor = per;
  for (const factor of factors) {
    const { units, scale } = readDecimal(factor);
    dividend *= units;
    divisor *= 10n ** BigInt(scale);
  }
  return divideRounded(dividend, divisor);
}

/** Millionths that `quantity` costs at `price` for each `per`. */
export function costMicros(quantity: string, { price, per }: { price: string; per: bigint }): bigint {
  return multiplyRounded([quantity, price], { per, times: microsPerUnit });
}

export const microsOf = (amount: string): bigint => multiplyRounded([amount], { per: 1n, times: microsPerUnit });

/** JSON's numbers are exact to nine thousand million units; beyond, it throws RangeError instead of rounding. */
export function toSafeNumber(whole: bigint): number {
  const number = Number(whole);
  if (!Number.isSafeInteger(number)) throw new RangeError("an amount is too large to be told exactly");
  return number;
}

/** `1.5` for 1500000; always exact. */
export function microsToText(micros: bigint): string {
  const whole = micros / microsPerUnit;
  const fraction = (micros % microsPerUnit).toString().padStart(6, "0").replace(/0+$/, "");
  return fraction === "" ? whole.toString() : `${whole}.${fraction}`;
}

/** Which price holds for something used: the organisation's own contract, else the installation's, else the built-in one. */
import { defaultPrices } from "./default-prices.ts";

export type PriceSource = "built-in" | "installation" | "organization";

export interface Price {
  readonly source: PriceSource;
  readonly provider: string;
  readonly model: string;
  readonly unit: string;
  /** Null takes the earlier ones of its source and pattern back. */
  readonly price: string | null;
  readonly per: bigint;
  readonly currency: string;
  /** -Infinity: since ever. */
  readonly validFromMs: number;
}

export interface PricedThing {
  readonly provider: string;
  readonly model: string;
  readonly unit: string;
  readonly atMs: number;
  /** What an organisation agreed with a vendor holds for what it pays itself. */
  readonly paidBy: "installation" | "organization";
}

export const builtInPrices: readonly Price[] = defaultPrices.map((price) => ({
  ...price,
  source: "built-in",
  per: BigInt(price.per),
  validFromMs: Number.NEGATIVE_INFINITY,
}));

const ranks: Readonly<Record<PriceSource, number>> = { organization: 0, installation: 1, "built-in": 2 };

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}

/** A whole name before a beginning, a longer one before a shorter. */
const precision = (pattern: string) => (pattern.endsWith("*") ? pattern.length - 1 : 1000);

/** `prices` in the order they were set: of two from the same time, the later one holds. */
export function choosePrice(prices: readonly Price[], thing: PricedThing): (Price & { price: string }) | undefined {
  const groups = new Map<string, Price>();
  for (const price of prices) {
    if (price.provider !== thing.provider || price.unit !== thing.unit || price.validFromMs > thing.atMs) continue;
    if (price.source === "organization" && thing.paidBy !== "organization") continue;
    if (!matches(price.model, thing.model)) continue;
    const key = `${price.source} ${price.model}`;
    const known = groups.get(key);
    if (known === undefined || price.validFromMs >= known.validFromMs) groups.set(key, price);
  }
  const [best] = [...groups.values()]
    .filter((price): price is Price & { price: string } => price.price !== null)
    .toSorted(
      (left, right) => ranks[left.source] - ranks[right.source] || precision(right.model) - precision(left.model),
    );
  return best;
}

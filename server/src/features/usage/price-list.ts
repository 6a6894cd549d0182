/** The prices somebody set, as they are stored: a change is a new row, and no row ever changes. */
import type { PriceChange, VendorPrice } from "@parley/contract/usage";
import { usageUnits } from "@parley/contract/usage";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { builtInPrices, type Price, type PriceSource } from "./choose-price.ts";
import { defaultPrices } from "./default-prices.ts";
import { toSafeNumber } from "./money.ts";

const priceRow = z.object({
  source: z.enum(["installation", "organization"]),
  provider: z.string(),
  model_pattern: z.string(),
  unit: z.string(),
  price: z.string().nullable(),
  per: z.string(),
  currency: z.string(),
  valid_from_ms: z.string(),
});

/** What was set for the transaction's organisation and for all of them, in the order it was set. */
async function readSetPrices(tx: OrgTx): Promise<Price[]> {
  const { rows } = await tx.execute(sql`
    select 'installation' as source, provider, model_pattern, unit, price::text, per::text, currency,
           (extract(epoch from valid_from) * 1000)::bigint::text as valid_from_ms
    from installation_prices()
    union all
    (select 'organization', provider, model_pattern, unit, price::text, per::text, currency,
            (extract(epoch from valid_from) * 1000)::bigint::text
     from organization_prices order by seq)`);
  return rows.map((row) => {
    const { source, provider, model_pattern: model, unit, price, per, currency, valid_from_ms } = priceRow.parse(row);
    return { source, provider, model, unit, price, per: BigInt(per), currency, validFromMs: Number(valid_from_ms) };
  });
}

/** Every price that may hold, for `choosePrice`. */
export async function readPrices(tx: OrgTx): Promise<Price[]> {
  return [...builtInPrices, ...(await readSetPrices(tx))];
}

export interface NewPrice extends PriceChange {
  readonly nowMs: number;
  /** Of the installation: who set it. Of an organisation: its audit log says so. */
  readonly adminId?: string;
}

export async function insertPrice(tx: OrgTx, orgId: string, price: NewPrice): Promise<void> {
  const { provider, model, unit, per, currency } = price;
  const validFrom = price.validFrom ?? new Date(price.nowMs).toISOString();
  if (price.adminId !== undefined) {
    await tx.execute(
      sql`select installation_price(${provider}, ${model}, ${unit}, ${price.price}::numeric, ${per}::bigint, ${currency}, ${validFrom}::timestamptz, ${price.adminId})`,
    );
    return;
  }
  await tx.execute(sql`
    insert into organization_prices (org_id, provider, model_pattern, unit, price, per, currency, valid_from)
    values (${orgId}, ${provider}, ${model}, ${unit}, ${price.price}::numeric, ${per}::bigint, ${currency}, ${validFrom}::timestamptz)`);
}

/** The newest set ones first, the built-in ones last. */
export async function listVendorPrices(tx: OrgTx, sources: readonly PriceSource[]): Promise<VendorPrice[]> {
  const set = (await readSetPrices(tx)).filter(({ source }) => sources.includes(source)).reverse();
  const builtIn = defaultPrices.map((price): VendorPrice => ({ ...price, source: "built-in", validFrom: null }));
  return [
    ...set.map(({ validFromMs, per, unit, ...price }) => ({
      ...price,
      unit: z.enum(usageUnits).parse(unit),
      per: toSafeNumber(per),
      validFrom: new Date(validFromMs).toISOString(),
      asOf: null,
    })),
    ...builtIn,
  ];
}

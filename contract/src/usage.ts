/** What calls used of vendors, and what that cost. Costs are whole millionths of a currency's unit: nothing is rounded twice. */
import { z } from "zod";
import { defineRoute } from "./route.ts";

export const usageUnits = [
  "call-seconds",
  "carrier-seconds",
  "recogniser-seconds",
  "input-tokens",
  "cached-input-tokens",
  "output-tokens",
  "voice-characters",
  "sms",
] as const;
export type UsageUnit = (typeof usageUnits)[number];

export const currencyCode = z.string().regex(/^[A-Z]{3}$/, "must be a currency such as USD, GBP or EGP");
export const decimalAmount = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,12})?$/, 'must be an amount written as text, such as "0.0077"');
export const calendarDay = z.iso.date({ error: "must be a day such as 2026-11-21" });

export const cost = z.object({
  /** Millionths of the currency's unit: 1500000 is 1.50. */
  micros: z.number().int(),
  currency: z.string(),
});
export type Cost = z.infer<typeof cost>;

export const usageLine = z.object({
  provider: z.string(),
  model: z.string(),
  unit: z.enum(usageUnits),
  quantity: z.number(),
  cost,
  /** `organization`: on its own account at the vendor. */
  paidBy: z.enum(["installation", "organization"]),
  /** The vendor told no figure or no price yet. */
  estimated: z.boolean(),
  /** `none`: nobody named a price, and the cost is not known. */
  priceSource: z.enum(["built-in", "installation", "organization", "carrier", "none"]),
});
export type UsageLine = z.infer<typeof usageLine>;

/** Of one call; lines come when it has ended, some later. */
export const callUsage = z.object({ usage: z.array(usageLine), cost: z.array(cost) });
export type CallUsage = z.infer<typeof callUsage>;

const common = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;
const ofInstallation = ["bad_request", "unauthorized", "token_expired", "forbidden", "too_many_requests"] as const;

/** Both days count, by the organisation's calendar; at most 400 of them. */
const dayRange = z
  .object({ from: calendarDay, to: calendarDay })
  .refine(({ from, to }) => from <= to, { message: "to must not be before from", path: ["to"] })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) < 400 * 86_400_000, {
    message: "to must be less than 400 days after from",
    path: ["to"],
  });

export const usageGroup = z.object({
  /** The day, the agent's id, the provider or the unit. */
  key: z.string(),
  /** The agent's name. */
  name: z.string().nullable(),
  calls: z.number().int(),
  callSeconds: z.number(),
  quantities: z.array(z.object({ unit: z.enum(usageUnits), quantity: z.number() })),
  cost: z.array(cost),
});

export const getUsage = defineRoute({
  id: "usage.get",
  summary: "What was used and what it cost, by day, agent, provider or unit; days are the organisation's own",
  method: "GET",
  path: "/api/v1/usage",
  permission: "usage:read",
  query: dayRange.safeExtend({ groupBy: z.enum(["day", "agent", "provider", "unit"]).default("day") }),
  response: {
    status: 200,
    schema: z.object({ timeZone: z.string(), groups: z.array(usageGroup), cost: z.array(cost) }),
  },
  errors: common,
});

export const exportUsage = defineRoute({
  id: "usage.export",
  summary: "Every line of a range as CSV",
  method: "GET",
  path: "/api/v1/usage/export",
  permission: "usage:read",
  query: dayRange,
  response: { status: 200, schema: z.string(), contentType: "text/csv; charset=utf-8" },
  errors: common,
});

export const vendorPrice = z.object({
  provider: z.string(),
  /** A model's name, or its beginning and `*`. */
  model: z.string(),
  unit: z.enum(usageUnits),
  /** Of `per` units. Null: the price before it holds no more. */
  price: z.string().nullable(),
  per: z.number().int(),
  currency: z.string(),
  source: z.enum(["built-in", "installation", "organization"]),
  validFrom: z.iso.datetime().nullable(),
  /** Of a built-in one: when it was looked up. Check your contract. */
  asOf: z.string().nullable(),
});
export type VendorPrice = z.infer<typeof vendorPrice>;

export const priceChange = z.object({
  provider: z.string().regex(/^[a-z0-9-]{1,40}$/, "must be a vendor such as deepgram"),
  model: z.string().regex(/^[\w.:/-]{0,100}\*?$/, "must be a model's name, or its beginning and *"),
  unit: z.enum(usageUnits),
  price: decimalAmount.nullable(),
  /** How many units the price is for: 60 for a minute of seconds, 1000000 for a million tokens. */
  per: z.number().int().min(1).max(1_000_000_000).default(1),
  currency: currencyCode,
  /** Now when absent. */
  validFrom: z.iso.datetime({ offset: true }).optional(),
});
export type PriceChange = z.output<typeof priceChange>;

const priceList = z.object({ items: z.array(vendorPrice) });

export const listPrices = defineRoute({
  id: "usage.prices",
  summary: "The vendors' prices that hold for this organisation, every version; its own come before the installation's",
  method: "GET",
  path: "/api/v1/usage/prices",
  permission: "usage:read",
  response: { status: 200, schema: priceList },
  errors: common,
});

export const setPrice = defineRoute({
  id: "usage.set-price",
  summary: "A price of the organisation's own contract, for what runs on its own keys; past calls keep their cost",
  method: "POST",
  path: "/api/v1/usage/prices",
  permission: "billing:write",
  body: priceChange,
  response: { status: 201, schema: priceList },
  errors: common,
});

export const repriceUsage = defineRoute({
  id: "usage.reprice",
  summary: "Counts the costs of a range anew with the prices valid at each call; closed months stay as they are",
  method: "POST",
  path: "/api/v1/usage/reprice",
  permission: "billing:write",
  body: dayRange,
  response: {
    status: 200,
    schema: z.object({
      lines: z.number().int(),
      changed: z.number().int(),
      before: z.array(cost),
      after: z.array(cost),
    }),
  },
  errors: common,
});

export const listInstallationPrices = defineRoute({
  id: "installation.prices",
  summary: "The vendors' prices of this installation, the built-in ones and every version of those set here",
  method: "GET",
  path: "/api/v1/installation/prices",
  permission: "installation",
  response: { status: 200, schema: priceList },
  errors: ofInstallation,
});

export const setInstallationPrice = defineRoute({
  id: "installation.set-price",
  summary: "Another price of a vendor for all organisations, from now on or from a time; past calls keep their cost",
  method: "POST",
  path: "/api/v1/installation/prices",
  permission: "installation",
  body: priceChange,
  response: { status: 201, schema: priceList },
  errors: ofInstallation,
});

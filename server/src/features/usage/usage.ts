/** Usage as it is asked for: sums, lines, prices. */
import type { Readable } from "node:stream";
import type { CallUsage, PriceChange, VendorPrice } from "@parley/contract/usage";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { exportUsageCsv } from "./export-usage.ts";
import { insertPrice, listVendorPrices } from "./price-list.ts";
import { type Repriced, repriceUsage } from "./reprice-usage.ts";
import { type DayRange, readCallUsage, readGroups, type UsageGrouping } from "./usage-lines.ts";

export interface UsageParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly audit: AuditLog;
  /** Of the transaction's organisation. */
  readonly timeZoneOf: (tx: OrgTx) => Promise<string>;
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface Usage {
  get(
    orgId: string,
    query: DayRange & { groupBy: UsageGrouping },
  ): Promise<{ timeZone: string } & Awaited<ReturnType<typeof readGroups>>>;
  exportCsv(orgId: string, range: DayRange): Readable;
  ofCall(tx: OrgTx, callId: string): Promise<CallUsage>;
  prices(orgId: string): Promise<{ items: VendorPrice[] }>;
  setPrice(asked: Asked & { change: PriceChange }): Promise<{ items: VendorPrice[] }>;
  reprice(asked: Asked & DayRange): Promise<Repriced>;
  /** By the installation's administrator: no organisation is named. */
  installationPrices(): Promise<{ items: VendorPrice[] }>;
  setInstallationPrice(asked: { adminId: string; change: PriceChange }): Promise<{ items: VendorPrice[] }>;
}

/** Bound to no organisation that exists: it sees what is everybody's. */
const nobody = "-";

export function createUsage(parts: UsageParts): Usage {
  const { db, clock, audit } = parts;
  return {
    get: (orgId, { groupBy, ...range }) =>
      db.withOrg(orgId, async (tx) => ({
        timeZone: await parts.timeZoneOf(tx),
        ...(await readGroups(tx, range, groupBy)),
      })),
    exportCsv: (orgId, range) => exportUsageCsv(db, orgId, range),
    ofCall: readCallUsage,
    prices: (orgId) =>
      db.withOrg(orgId, async (tx) => ({ items: await listVendorPrices(tx, ["organization", "installation"]) })),
    setPrice: ({ orgId, actor, change }) =>
      db.withOrg(orgId, async (tx) => {
        await insertPrice(tx, orgId, { ...change, nowMs: clock.wallNow() });
        const { provider, model, unit, price, per, currency } = change;
        const facts = { provider, model, unit, price, per, currency };
        await audit.append(tx, { orgId, actor, action: "usage.set-price", subject: orgId, facts });
        return { items: await listVendorPrices(tx, ["organization", "installation"]) };
      }),
    reprice: (asked) => repriceUsage(parts, asked),
    installationPrices: () =>
      db.withOrg(nobody, async (tx) => ({ items: await listVendorPrices(tx, ["installation"]) })),
    setInstallationPrice: ({ adminId, change }) =>
      db.withOrg(nobody, async (tx) => {
        await insertPrice(tx, nobody, { ...change, adminId, nowMs: clock.wallNow() });
        return { items: await listVendorPrices(tx, ["installation"]) };
      }),
  };
}

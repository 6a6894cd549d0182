import {
  exportUsage,
  getUsage,
  listInstallationPrices,
  listPrices,
  repriceUsage,
  setInstallationPrice,
  setPrice,
} from "@parley/contract/usage";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Usage } from "./usage.ts";

export function mountUsageRoutes(mount: RouteMount, { usage }: { usage: Usage }): void {
  mount(getUsage, ({ orgId, query }) => usage.get(orgId, query));
  mount(exportUsage, async ({ orgId, query, reply, signal }) => {
    reply.header("content-disposition", `attachment; filename="usage-${query.from}-${query.to}.csv"`);
    const csv = usage.exportCsv(orgId, query);
    signal.addEventListener("abort", () => csv.destroy(), { once: true });
    return csv;
  });
  mount(listPrices, ({ orgId }) => usage.prices(orgId));
  mount(setPrice, ({ orgId, actor, body }) => usage.setPrice({ orgId, actor, change: body }));
  mount(repriceUsage, ({ orgId, actor, body }) => usage.reprice({ orgId, actor, ...body }));
  mount(listInstallationPrices, () => usage.installationPrices());
  mount(setInstallationPrice, ({ principal, body }) =>
    usage.setInstallationPrice({ adminId: principal.userId, change: body }),
  );
}

import {
  blockNumber,
  getScreeningPolicy,
  listBlockedNumbers,
  setScreeningPolicy,
  unblockNumber,
} from "@parley/contract/screening";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Screening } from "./screening.ts";

export function mountScreeningRoutes(mount: RouteMount, { screening }: { screening: Screening }): void {
  mount(getScreeningPolicy, ({ orgId }) => screening.policyOf(orgId));
  mount(setScreeningPolicy, ({ orgId, actor, body }) => screening.setPolicy({ orgId, actor }, body));
  mount(listBlockedNumbers, ({ orgId, query }) => screening.listBlocked(orgId, query));
  mount(blockNumber, ({ orgId, actor, body }) => screening.block({ orgId, actor }, body));
  mount(unblockNumber, async ({ orgId, actor, params }) => {
    await screening.unblock({ orgId, actor, id: params.id });
    return null;
  });
}

import {
  changeAutomation,
  createAutomation,
  deleteAutomation,
  getAutomation,
  listAutomationRuns,
  listAutomations,
} from "@parley/contract/automations";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Automations } from "./automations.ts";

export function mountAutomationRoutes(mount: RouteMount, { automations }: { automations: Automations }): void {
  mount(listAutomations, ({ orgId, query }) => automations.list(orgId, query));
  mount(createAutomation, ({ orgId, actor, body }) => automations.create({ orgId, actor }, body));
  mount(getAutomation, ({ orgId, params }) => automations.get(orgId, params.id));
  mount(changeAutomation, ({ orgId, actor, params, body }) => automations.change({ orgId, actor, ...params }, body));
  mount(deleteAutomation, async ({ orgId, actor, params }) => {
    await automations.remove({ orgId, actor, ...params });
    return null;
  });
  mount(listAutomationRuns, ({ orgId, params, query }) => automations.runs(orgId, params.id, query));
}

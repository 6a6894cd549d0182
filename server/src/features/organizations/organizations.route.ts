import {
  createOrganization,
  deleteOrganization,
  getOrganization,
  listOrganizations,
  updateOrganization,
} from "@parley/contract/organizations";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { OrganizationSettings } from "./organization-settings.ts";

/** Another organisation is looked at with an access token of its own. */
function requireSame(orgId: string, asked: string): void {
  if (orgId !== asked) throw new AppError("not_found", { publicMessage: "There is no such organisation." });
}

export function mountOrganizationRoutes(
  mount: RouteMount,
  { organizationSettings: settings }: { organizationSettings: OrganizationSettings },
): void {
  mount(listOrganizations, async ({ principal }) => ({ items: await settings.listOf(principal.userId) }));
  mount(createOrganization, ({ principal, actor, body }) =>
    settings.create({ actor, userId: principal.userId, wanted: body }),
  );
  mount(getOrganization, async ({ orgId, params }) => {
    requireSame(orgId, params.id);
    return await settings.get(orgId);
  });
  mount(updateOrganization, async ({ orgId, actor, params, body }) => {
    requireSame(orgId, params.id);
    return await settings.update({ orgId, actor, change: body });
  });
  mount(deleteOrganization, async ({ orgId, actor, principal, params, query }) => {
    requireSame(orgId, params.id);
    if (principal.kind !== "user" || principal.role !== "owner") {
      throw new AppError("forbidden", { publicMessage: "Only an owner, signed in, may erase the organisation." });
    }
    await settings.erase({ orgId, actor, confirm: query.confirm });
    return { erased: true as const };
  });
}

import {
  createAdministeredOrganization,
  getAdministeredOrganization,
  limitOrganization,
  listAllOrganizations,
  resumeOrganization,
  suspendOrganization,
} from "@parley/contract/installation";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Installation } from "./installation.ts";

export function mountInstallationRoutes(mount: RouteMount, { installation }: { installation: Installation }): void {
  mount(listAllOrganizations, ({ query }) => installation.list(query));
  mount(getAdministeredOrganization, ({ params }) => installation.get(params.id));
  mount(createAdministeredOrganization, ({ principal, body }) =>
    installation.create({ adminId: principal.userId, wish: body }),
  );
  mount(limitOrganization, ({ principal, params, body }) =>
    installation.limit({ adminId: principal.userId, orgId: params.id, change: body }),
  );
  mount(suspendOrganization, ({ principal, params }) =>
    installation.setSuspended({ adminId: principal.userId, orgId: params.id, suspended: true }),
  );
  mount(resumeOrganization, ({ principal, params }) =>
    installation.setSuspended({ adminId: principal.userId, orgId: params.id, suspended: false }),
  );
}

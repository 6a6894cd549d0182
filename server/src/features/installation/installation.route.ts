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
  mount(createAdministeredOrganization, ({ actor, body }) => installation.create({ asker: actor, wish: body }));
  mount(limitOrganization, ({ actor, params, body }) =>
    installation.limit({ asker: actor, orgId: params.id, change: body }),
  );
  mount(suspendOrganization, ({ actor, params }) =>
    installation.setSuspended({ asker: actor, orgId: params.id, suspended: true }),
  );
  mount(resumeOrganization, ({ actor, params }) =>
    installation.setSuspended({ asker: actor, orgId: params.id, suspended: false }),
  );
}

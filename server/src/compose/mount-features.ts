/** Every feature's routes, in one list: the server serves it, the OpenAPI document describes it. */

import { mountApiKeyRoutes } from "../features/api-keys/index.ts";
import { mountAgentRoutes } from "../features/agents/index.ts";
import { mountAccountRoutes, mountAuthRoutes } from "../features/auth/index.ts";
import { mountInstallationRoutes } from "../features/installation/index.ts";
import { mountMemberRoutes } from "../features/members/index.ts";
import { mountOrganizationRoutes } from "../features/organizations/index.ts";
import { mountRecordingRoutes } from "../features/recordings/index.ts";
import type { RouteMount } from "../platform/http/route-mount.ts";
import type { Features } from "./features.ts";

/** Asks nothing of the features until a route is called. */
export function mountFeatures(mount: RouteMount, features: Features): void {
  mountAuthRoutes(mount, { auth: features.auth, ...features.pages });
  mountAccountRoutes(mount, features);
  mountOrganizationRoutes(mount, features);
  mountMemberRoutes(mount, features);
  mountApiKeyRoutes(mount, features);
  mountInstallationRoutes(mount, features);
  mountRecordingRoutes(mount, features);
  mountAgentRoutes(mount, features.agents);
}

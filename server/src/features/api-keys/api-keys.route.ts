import { createApiKey, listApiKeys, revokeApiKey } from "@parley/contract/api-keys";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { ApiKeys } from "./api-keys.store.ts";

export function mountApiKeyRoutes(mount: RouteMount, { apiKeys }: { apiKeys: ApiKeys }): void {
  mount(listApiKeys, ({ orgId, query }) => apiKeys.list(orgId, query));
  mount(createApiKey, ({ orgId, actor, principal, body }) => apiKeys.create({ orgId, actor, principal, wanted: body }));
  mount(revokeApiKey, async ({ orgId, actor, params }) => {
    await apiKeys.revoke({ orgId, actor, keyId: params.id });
    return { revoked: true as const };
  });
}

export { mountApiKeyRoutes } from "./api-keys.route.ts";
export { type ApiKeys, createApiKeys } from "./api-keys.store.ts";

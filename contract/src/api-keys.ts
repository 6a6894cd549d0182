/** Keys with which programs act for an organisation. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { permissions } from "./permission.ts";
import { defineRoute } from "./route.ts";

export const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** How the key begins, to tell it from others. */
  prefix: z.string(),
  permissions: z.array(z.enum(permissions)),
  /** Null: the installation itself. */
  createdBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** Null: it does not expire. */
  expiresAt: z.iso.datetime().nullable(),
  /** To the minute. */
  lastUsedAt: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

export const listApiKeys = defineRoute({
  id: "api-keys.list",
  summary: "The organisation's API keys that are not revoked, newest first; the keys themselves are shown to nobody",
  method: "GET",
  path: "/api/v1/api-keys",
  permission: "api-keys:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(apiKey) },
  errors: ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"],
});

export const createApiKey = defineRoute({
  id: "api-keys.create",
  summary: "A new API key with some of its maker's permissions; `key` is shown this once",
  method: "POST",
  path: "/api/v1/api-keys",
  permission: "api-keys:write",
  body: z.object({
    name: z.string().trim().min(1, "must not be empty").max(100),
    permissions: z.array(z.enum(permissions)).min(1, "must name at least one permission").max(permissions.length),
    /** Never, when absent. */
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  }),
  response: { status: 201, schema: apiKey.extend({ key: z.string() }) },
  errors: ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"],
});

export const revokeApiKey = defineRoute({
  id: "api-keys.revoke",
  summary: "The key stops working at once, everywhere within two seconds",
  method: "DELETE",
  path: "/api/v1/api-keys/:id",
  permission: "api-keys:write",
  params: idParams,
  response: { status: 200, schema: z.object({ revoked: z.literal(true) }) },
  errors: ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "not_found", "too_many_requests"],
});

/** Organisations: who is served, in which language, time zone and country, and by which policies. */
import { z } from "zod";
import { languageTag, timeZoneName } from "./account.ts";
import { organizationPolicies } from "./organization-policies.ts";
import { idParams } from "./page.ts";
import { roles } from "./permission.ts";
import { defineRoute } from "./route.ts";

/** It stands in mails to people who never heard of it: one line, read in one direction. */
export const organizationName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(120)
  .refine((name) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name), "must be one line of plain text");
export const countryCode = z.string().regex(/^[A-Z]{2}$/, "must be a country such as GB or EG");

export const organization = z.object({
  id: z.string(),
  name: organizationName,
  /** BCP-47. */
  language: z.string(),
  /** IANA. */
  timeZone: z.string(),
  /** ISO 3166-1, two letters. */
  country: z.string().nullable(),
  policies: organizationPolicies,
  /** Set by the installation's administrator; null does not bind. */
  limits: z.object({
    maxConcurrentCalls: z.number().int().nullable(),
    maxMembers: z.number().int().nullable(),
    maxCallsPerDay: z.number().int().nullable(),
  }),
  createdAt: z.iso.datetime(),
});
export type Organization = z.infer<typeof organization>;

const settings = {
  language: languageTag.optional(),
  timeZone: timeZoneName.optional(),
  country: countryCode.optional(),
};

const personErrors = ["unauthorized", "token_expired", "forbidden", "too_many_requests"] as const;
const memberErrors = [...personErrors, "suspended", "bad_request", "not_found"] as const;

export const listOrganizations = defineRoute({
  id: "organizations.list",
  summary: "The organisations I belong to, by name",
  method: "GET",
  path: "/api/v1/organizations",
  permission: "account",
  response: {
    status: 200,
    schema: z.object({
      items: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(roles), suspended: z.boolean() })),
    }),
  },
  errors: personErrors,
});

export const createOrganization = defineRoute({
  id: "organizations.create",
  summary: "A new organisation, with me as its owner; ask for an access token of it to act in it",
  method: "POST",
  path: "/api/v1/organizations",
  permission: "account",
  body: z.object({ name: organizationName, ...settings }),
  response: { status: 201, schema: organization },
  errors: [...personErrors, "bad_request"],
});

export const getOrganization = defineRoute({
  id: "organizations.get",
  summary: "The organisation I act in",
  method: "GET",
  path: "/api/v1/organizations/:id",
  permission: "organization:read",
  params: idParams,
  response: { status: 200, schema: organization },
  errors: memberErrors,
});

export const updateOrganization = defineRoute({
  id: "organizations.update",
  summary: "Changes what is given; a policy that is given replaces the former one of its name",
  method: "PATCH",
  path: "/api/v1/organizations/:id",
  permission: "organization:write",
  params: idParams,
  body: z.object({
    ...settings,
    name: organizationName.optional(),
    country: countryCode.nullable().optional(),
    policies: organizationPolicies.partial().optional(),
  }),
  response: { status: 200, schema: organization },
  errors: memberErrors,
});

export const deleteOrganization = defineRoute({
  id: "organizations.delete",
  summary:
    "Erases the organisation for ever: its key first, so that nothing of it can be read, then every row. An owner confirms by its name",
  method: "DELETE",
  path: "/api/v1/organizations/:id",
  // Held by owners alone.
  permission: "privacy:write",
  params: idParams,
  query: z.object({ confirm: z.string().max(200) }),
  response: { status: 200, schema: z.object({ erased: z.literal(true) }) },
  errors: memberErrors,
});

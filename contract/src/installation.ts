/** The installation's administrator: organisations, their limits, health and usage in numbers. Never content. */
import { z } from "zod";
import { emailAddress, languageTag, timeZoneName } from "./account.ts";
import { countryCode, organizationName } from "./organizations.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

/** Null does not bind. */
export const organizationLimits = z.object({
  maxConcurrentCalls: z.number().int().min(0).max(1_000_000).nullable(),
  maxMembers: z.number().int().min(1).max(1_000_000).nullable(),
  maxCallsPerDay: z.number().int().min(0).max(100_000_000).nullable(),
});

export const administeredOrganization = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** Null: it is not suspended. */
  suspendedAt: z.iso.datetime().nullable(),
  limits: organizationLimits,
  members: z.number().int(),
  liveCalls: z.number().int(),
  lastCallAt: z.iso.datetime().nullable(),
  /** Of the last thirty days. */
  lately: z.object({
    calls: z.number().int(),
    /** Failed or interrupted. */
    failedCalls: z.number().int(),
    callMinutes: z.number(),
  }),
});
export type AdministeredOrganization = z.infer<typeof administeredOrganization>;

const common = ["unauthorized", "token_expired", "forbidden", "too_many_requests"] as const;
const ofOne = [...common, "bad_request", "not_found"] as const;

export const listAllOrganizations = defineRoute({
  id: "installation.list-organizations",
  summary: "Every organisation of the installation, the oldest first, with its health and usage",
  method: "GET",
  path: "/api/v1/installation/organizations",
  permission: "installation",
  query: pageQuery,
  response: { status: 200, schema: pageOf(administeredOrganization) },
  errors: [...common, "bad_request"],
});

export const getAdministeredOrganization = defineRoute({
  id: "installation.get-organization",
  summary: "One organisation's limits, health and usage",
  method: "GET",
  path: "/api/v1/installation/organizations/:id",
  permission: "installation",
  params: idParams,
  response: { status: 200, schema: administeredOrganization },
  errors: ofOne,
});

export const createAdministeredOrganization = defineRoute({
  id: "installation.create-organization",
  summary: "A new organisation, whose owner is invited by e-mail",
  method: "POST",
  path: "/api/v1/installation/organizations",
  permission: "installation",
  body: z.object({
    name: organizationName,
    ownerEmail: emailAddress,
    language: languageTag.optional(),
    timeZone: timeZoneName.optional(),
    country: countryCode.optional(),
    limits: organizationLimits.partial().optional(),
  }),
  response: { status: 201, schema: administeredOrganization },
  errors: [...common, "bad_request"],
});

export const limitOrganization = defineRoute({
  id: "installation.limit-organization",
  summary: "Changes the limits that are given; calls that run go on",
  method: "PATCH",
  path: "/api/v1/installation/organizations/:id/limits",
  permission: "installation",
  params: idParams,
  body: organizationLimits.partial(),
  response: { status: 200, schema: administeredOrganization },
  errors: ofOne,
});

export const suspendOrganization = defineRoute({
  id: "installation.suspend-organization",
  summary:
    "Its members and keys are refused within two seconds, and its callers hear that it cannot be reached; calls that run go on",
  method: "POST",
  path: "/api/v1/installation/organizations/:id/suspend",
  permission: "installation",
  params: idParams,
  response: { status: 200, schema: administeredOrganization },
  errors: ofOne,
});

export const resumeOrganization = defineRoute({
  id: "installation.resume-organization",
  summary: "Ends a suspension",
  method: "POST",
  path: "/api/v1/installation/organizations/:id/resume",
  permission: "installation",
  params: idParams,
  response: { status: 200, schema: administeredOrganization },
  errors: ofOne,
});

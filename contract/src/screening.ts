/** Who gets through, in and out. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 21:30");

/** Every part has a default, so `{}` is a whole policy. */
export const screeningPolicy = z.strictObject({
  anonymousCallers: z
    .enum(["answer", "ask-name", "refuse"])
    .default("answer")
    .describe("ask-name: the agent asks for the name and the reason first."),
  maxCallsPerHour: z.int().min(1).max(1000).nullable().default(null).describe("Of one caller."),
  maxCallsPerDay: z.int().min(1).max(10_000).nullable().default(null).describe("Of one caller, in 24 hours."),
  hangUpOnRobocalls: z.boolean().default(false),
  outboundCountries: z
    .array(z.string().regex(/^[A-Z]{2}$/, "must be a country's two letters, such as EG"))
    .max(250)
    .nullable()
    .default(null)
    .describe("Where calls may go. Null: the organisation's own country, anywhere when it has none."),
  quietHours: z
    .strictObject({ from: clockTime, to: clockTime })
    .nullable()
    .default(null)
    .describe("No outbound call between these, by the clock of the person called."),
});
export type ScreeningPolicy = z.output<typeof screeningPolicy>;

export const getScreeningPolicy = defineRoute({
  id: "screening-policy.get",
  summary: "Who gets through",
  method: "GET",
  path: "/api/v1/screening-policy",
  permission: "organization:read",
  response: { status: 200, schema: screeningPolicy },
  errors: ["unauthorized", "forbidden"],
});

export const setScreeningPolicy = defineRoute({
  id: "screening-policy.set",
  summary: "Replaces the policy; what is left out takes its default",
  method: "PUT",
  path: "/api/v1/screening-policy",
  permission: "organization:write",
  body: screeningPolicy,
  response: { status: 200, schema: screeningPolicy },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

const blockedNumber = z.object({
  id: z.string(),
  kind: z.enum(["number", "prefix"]),
  /** E.164, or the digits it begins with after `+`. */
  value: z.string(),
  reason: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type BlockedNumber = z.output<typeof blockedNumber>;

export const listBlockedNumbers = defineRoute({
  id: "blocked-numbers.list",
  summary: "Blocked numbers and prefixes, newest first; those that expired too",
  method: "GET",
  path: "/api/v1/blocked-numbers",
  permission: "contacts:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(blockedNumber) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const blockNumber = defineRoute({
  id: "blocked-numbers.create",
  summary: "Blocks a number or a prefix; one that is blocked already takes the new reason and expiry",
  method: "POST",
  path: "/api/v1/blocked-numbers",
  permission: "contacts:write",
  body: z.strictObject({
    kind: z.enum(["number", "prefix"]),
    value: z.string().trim().min(2).max(40).describe("A number as people write it, or a prefix such as +4470."),
    reason: z.string().trim().max(300).default(""),
    expiresAt: z.iso.datetime().nullable().default(null),
  }),
  response: { status: 201, schema: blockedNumber },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const unblockNumber = defineRoute({
  id: "blocked-numbers.delete",
  summary: "Lets a number through again",
  method: "DELETE",
  path: "/api/v1/blocked-numbers/:id",
  permission: "contacts:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

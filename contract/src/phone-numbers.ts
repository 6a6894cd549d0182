/** The organisation's phone numbers: claimed from its account at the telephone company, checked, routed to agents; and calls out. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const agentId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours");
const clockTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be a time such as 09:00, from 00:00 to 24:00");

/** Who answers: one agent, or several that share the calls by their weights. */
const routeTarget = z
  .array(
    z.object({
      agentId,
      /** Null: whichever version is published. */
      version: z.int().min(1).nullable().default(null),
      weight: z.int().min(0).max(1000).default(1),
      /** Goes with each call of this share, so that the shares can be compared. Must be given where there are several. */
      variant: z
        .string()
        .trim()
        .regex(/^[A-Za-z0-9 _.-]{1,40}$/, "must be 1 to 40 letters, digits, spaces or _ . -")
        .optional(),
    }),
  )
  .min(1)
  .max(10)
  .refine((shares) => shares.some((share) => share.weight > 0), "needs one weight above 0")
  .refine(
    (shares) => shares.length === 1 || new Set(shares.map((share) => share.variant ?? "")).size === shares.length,
    "needs a different variant name for each share",
  )
  .refine(
    (shares) => shares.length === 1 || shares.every((share) => share.variant !== undefined),
    "needs a variant name for each share",
  );
export type RouteTarget = z.output<typeof routeTarget>;

export const numberRouting = z.object({
  /** IANA name; the rules' days and times are this zone's. */
  timeZone: z.string().min(1).max(60),
  /** The first rule that matches decides. */
  rules: z
    .array(
      z.object({
        weekdays: z.array(z.enum(weekdays)).min(1).max(7),
        /** A rule whose end is not after its start goes on past midnight. */
        from: clockTime,
        to: clockTime,
        target: routeTarget,
      }),
    )
    .max(50)
    .default([]),
  otherwise: routeTarget,
});
export type NumberRouting = z.output<typeof numberRouting>;

const addressFinding = z.object({
  /** A setting of the number at the telephone company; `divertedTo`: a trunk or an application of theirs takes its calls. */
  field: z.enum([
    "voiceUrl",
    "voiceMethod",
    "voiceFallbackUrl",
    "statusCallback",
    "statusCallbackMethod",
    "smsUrl",
    "smsMethod",
    "divertedTo",
  ]),
  expected: z.string(),
  found: z.string(),
});
export type AddressFinding = z.infer<typeof addressFinding>;

const phoneNumber = z.object({
  id: z.string(),
  connectionId: z.string(),
  /** E.164. */
  number: z.string(),
  name: z.string(),
  canSms: z.boolean(),
  /** `drifted`: calls may not reach us, see `findings`. `unreachable`: the last check did not get through, see `problem`. */
  state: z.enum(["ready", "drifted", "unreachable"]),
  findings: z.array(addressFinding),
  /** The telephone company's own words. */
  problem: z.string().nullable(),
  /** Null: nobody answers yet. */
  routing: numberRouting.nullable(),
  smsReceived: z.int(),
  createdAt: z.iso.datetime(),
  checkedAt: z.iso.datetime(),
});
export type PhoneNumber = z.infer<typeof phoneNumber>;

const accountNumber = z.object({
  sid: z.string(),
  number: z.string(),
  name: z.string(),
  canVoice: z.boolean(),
  canSms: z.boolean(),
  divertedTo: z.enum(["trunk", "application"]).nullable(),
  /** Where its calls go now; claiming it changes that. */
  voiceUrl: z.string(),
  /** Ours already. */
  phoneNumberId: z.string().nullable(),
});

export const listAccountNumbers = defineRoute({
  id: "connections.phone-numbers",
  summary: "The numbers of the account at the telephone company",
  method: "GET",
  path: "/api/v1/connections/:id/phone-numbers",
  permission: "phone-numbers:read",
  params: idParams,
  response: { status: 200, schema: z.object({ items: z.array(accountNumber) }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "provider_failed"],
});

export const listPhoneNumbers = defineRoute({
  id: "phone-numbers.list",
  summary: "The organisation's numbers, oldest first",
  method: "GET",
  path: "/api/v1/phone-numbers",
  permission: "phone-numbers:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(phoneNumber) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getPhoneNumber = defineRoute({
  id: "phone-numbers.get",
  summary: "One number, how it is set at the telephone company, and who answers it",
  method: "GET",
  path: "/api/v1/phone-numbers/:id",
  permission: "phone-numbers:read",
  params: idParams,
  response: { status: 200, schema: phoneNumber },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const claimPhoneNumber = defineRoute({
  id: "phone-numbers.claim",
  summary: "Takes a number of the account: its calls, their status and its messages come here from now on",
  method: "POST",
  path: "/api/v1/phone-numbers",
  permission: "phone-numbers:write",
  body: z.object({
    connectionId: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours"),
    /** Of the number in the account. */
    sid: z.string().regex(/^PN[0-9a-fA-F]{32}$/, "must be PN followed by 32 hexadecimal digits"),
    routing: numberRouting.nullable().default(null),
  }),
  response: { status: 201, schema: phoneNumber },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict", "provider_failed"],
});

export const routePhoneNumber = defineRoute({
  id: "phone-numbers.route",
  summary: "Says who answers the number, and when",
  method: "PUT",
  path: "/api/v1/phone-numbers/:id/routing",
  permission: "phone-numbers:write",
  params: idParams,
  body: numberRouting,
  response: { status: 200, schema: phoneNumber },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const checkPhoneNumber = defineRoute({
  id: "phone-numbers.check",
  summary: "Looks again how the number is set at the telephone company",
  method: "POST",
  path: "/api/v1/phone-numbers/:id/check",
  permission: "phone-numbers:write",
  params: idParams,
  response: { status: 200, schema: phoneNumber },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const mendPhoneNumber = defineRoute({
  id: "phone-numbers.mend",
  summary: "Sets the number's addresses to ours again",
  method: "POST",
  path: "/api/v1/phone-numbers/:id/mend",
  permission: "phone-numbers:write",
  params: idParams,
  response: { status: 200, schema: phoneNumber },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "provider_failed"],
});

export const releasePhoneNumber = defineRoute({
  id: "phone-numbers.release",
  summary: "Gives a number up: our addresses are cleared, what was there before does not come back",
  method: "DELETE",
  path: "/api/v1/phone-numbers/:id",
  permission: "phone-numbers:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "provider_failed"],
});

/** With the country's code: +15550100123. */
export const phoneText = z.string().trim().min(3).max(40);
/** Which of the organisation's numbers a call comes from; the oldest that is ready when absent. */
export const numberId = agentId;
export const callVariables = z
  .record(z.string().max(80), z.string().max(500))
  .refine((variables) => Object.keys(variables).length <= 50, "holds more than 50 names");
export const placedCall = z.object({
  callId: z.string(),
  state: z.literal("dialing"),
  /** E.164, both. */
  from: z.string(),
  to: z.string(),
  agentName: z.string(),
  /** BCP-47. */
  language: z.string(),
});
export type PlacedCall = z.infer<typeof placedCall>;

export const callMyPhone = defineRoute({
  id: "agents.call-my-phone",
  summary: "Calls a phone with an agent, to try it: its draft unless told",
  method: "POST",
  path: "/api/v1/agents/:id/call-my-phone",
  permission: "calls:write",
  params: idParams,
  body: z.object({
    to: phoneText,
    version: z.union([z.literal("draft"), z.int().min(1)]).default("draft"),
    fromNumberId: numberId.optional(),
    /** What `{{name}}` stands for in the agent's texts. */
    variables: callVariables.optional(),
  }),
  response: { status: 202, schema: placedCall },
  errors: [
    ...(["bad_request", "unauthorized", "budget_exhausted", "forbidden", "not_found"] as const),
    ...(["conflict", "too_many_requests", "provider_failed", "at_capacity", "draining"] as const),
  ],
});

const carrierReport = z.object({
  /** The telephone company's name for the call. */
  externalId: z.string().nullable(),
  /** As last reported: queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled. */
  status: z.string(),
  /** From answer to end, as it is counted there. */
  durationSeconds: z.int().nullable(),
  /** `human`, `machine_start`, …, where detection was on. */
  answeredBy: z.string().nullable(),
  errorCode: z.int().nullable(),
  sipCode: z.int().nullable(),
  /** In the currency's own unit, as the company writes it: `0.0085`. */
  price: z.object({ amount: z.string(), currency: z.string() }).nullable(),
  /** The phone that was dialled when the caller was put through: completed, busy, no-answer, failed, canceled. */
  transfer: z.object({ status: z.string(), durationSeconds: z.int().nullable() }).nullable(),
  reports: z.array(z.object({ status: z.string(), reportedAt: z.iso.datetime() })),
});
export type CarrierReport = z.infer<typeof carrierReport>;

export const getCarrierReport = defineRoute({
  id: "calls.carrier",
  summary: "What the telephone company reported of a call; of one we place from the moment it is dialled",
  method: "GET",
  path: "/api/v1/calls/:id/carrier",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: carrierReport },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

/** Webhooks: an organisation's own servers are told what happened. */
import { z } from "zod";
import type { ErrorCode } from "./error-code.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

export const webhookEventTypes = [
  "call.started",
  "call.ended",
  "call.analysed",
  "appointment.booked",
  "appointment.rescheduled",
  "appointment.cancelled",
  "appointment.declined",
  "message.taken",
  "tool.uncertain",
  "connection.failed",
  "budget.warning",
  "budget.exhausted",
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

const events = z.array(z.enum(webhookEventTypes)).min(1, "must name at least one event").max(webhookEventTypes.length);
const url = z.url({ protocol: /^https?$/, error: "must be an address such as https://example.com/parley" }).max(2000);

export const webhookEndpoint = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(webhookEventTypes)),
  enabled: z.boolean(),
  /** `failing`: nothing was taken for three days; enable it again when it is mended. */
  disabledReason: z.enum(["owner", "failing"]).nullable(),
  failingSince: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

export const webhookDelivery = z.object({
  id: z.string(),
  /** The same for every attempt and replay: a receiver drops what it has seen. */
  eventId: z.string(),
  type: z.string(),
  callId: z.string().nullable(),
  status: z.enum(["pending", "delivered", "dead"]),
  attempts: z.number().int(),
  createdAt: z.iso.datetime(),
  nextAttemptAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Of the last attempt. */
  statusCode: z.number().int().nullable(),
  durationMs: z.number().int().nullable(),
  failure: z.string().nullable(),
  /** The first kilobyte of the last answer. */
  response: z.string().nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

export const webhookAttempt = z.object({
  /** From 1; a replay goes on counting. */
  attempt: z.number().int(),
  startedAt: z.iso.datetime(),
  /** Null while it is under way, and when it was interrupted. */
  endedAt: z.iso.datetime().nullable(),
  durationMs: z.number().int().nullable(),
  statusCode: z.number().int().nullable(),
  /** `interrupted`: the process that sent it ended before the answer. It may have arrived. */
  failure: z.string().nullable(),
  /** The answer's first kilobyte. */
  response: z.string().nullable(),
});
export type WebhookAttempt = z.infer<typeof webhookAttempt>;

const common = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;
const errors: readonly ErrorCode[] = common;
const errorsOfOne: readonly ErrorCode[] = [...common, "not_found"];
const withSecret = webhookEndpoint.extend({ secret: z.string() });

export const listWebhooks = defineRoute({
  id: "webhooks.list",
  summary: "The organisation's webhook endpoints, newest first",
  method: "GET",
  path: "/api/v1/webhooks",
  permission: "webhooks:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(webhookEndpoint) },
  errors,
});

export const createWebhook = defineRoute({
  id: "webhooks.create",
  summary: "A new endpoint; `secret`, with which its events are signed, is shown this once",
  method: "POST",
  path: "/api/v1/webhooks",
  permission: "webhooks:write",
  body: z.object({ url, events }),
  response: { status: 201, schema: withSecret },
  errors,
});

export const updateWebhook = defineRoute({
  id: "webhooks.update",
  summary: "Another address, other events, on or off; what waited while it was off is delivered when it is on again",
  method: "PATCH",
  path: "/api/v1/webhooks/:id",
  permission: "webhooks:write",
  params: idParams,
  body: z.object({ url: url.optional(), events: events.optional(), enabled: z.boolean().optional() }),
  response: { status: 200, schema: webhookEndpoint },
  errors: errorsOfOne,
});

export const deleteWebhook = defineRoute({
  id: "webhooks.delete",
  summary: "The endpoint and its deliveries are removed",
  method: "DELETE",
  path: "/api/v1/webhooks/:id",
  permission: "webhooks:write",
  params: idParams,
  response: { status: 200, schema: z.object({ deleted: z.literal(true) }) },
  errors: errorsOfOne,
});

export const rotateWebhookSecret = defineRoute({
  id: "webhooks.rotate-secret",
  summary: "A new secret, shown this once; for 24 hours events carry a signature of the former one too",
  method: "POST",
  path: "/api/v1/webhooks/:id/secret",
  permission: "webhooks:write",
  params: idParams,
  response: { status: 200, schema: withSecret },
  errors: errorsOfOne,
});

export const pingWebhook = defineRoute({
  id: "webhooks.ping",
  summary: "Sends a `ping` event at once and tells what the endpoint answered",
  method: "POST",
  path: "/api/v1/webhooks/:id/ping",
  permission: "webhooks:write",
  params: idParams,
  response: {
    status: 200,
    schema: z.object({
      ok: z.boolean(),
      statusCode: z.number().int().nullable(),
      durationMs: z.number().int(),
      failure: z.string().nullable(),
    }),
  },
  errors: errorsOfOne,
});

export const listWebhookDeliveries = defineRoute({
  id: "webhooks.deliveries",
  summary: "What was or will be delivered to an endpoint, newest first",
  method: "GET",
  path: "/api/v1/webhooks/:id/deliveries",
  permission: "webhooks:read",
  params: idParams,
  query: pageQuery.extend({ status: z.enum(["pending", "delivered", "dead"]).optional() }),
  response: { status: 200, schema: pageOf(webhookDelivery) },
  errors: errorsOfOne,
});

export const listWebhookAttempts = defineRoute({
  id: "webhooks.attempts",
  summary: "Every attempt to deliver one event to an endpoint, newest first",
  method: "GET",
  path: "/api/v1/webhooks/:id/deliveries/:deliveryId/attempts",
  permission: "webhooks:read",
  params: idParams.extend({ deliveryId: idParams.shape.id }),
  query: pageQuery,
  response: { status: 200, schema: pageOf(webhookAttempt) },
  errors: errorsOfOne,
});

export const replayWebhookDelivery = defineRoute({
  id: "webhooks.replay-delivery",
  summary: "Delivers it again, with the same event id",
  method: "POST",
  path: "/api/v1/webhooks/:id/deliveries/:deliveryId/replay",
  permission: "webhooks:write",
  params: idParams.extend({ deliveryId: idParams.shape.id }),
  response: { status: 202, schema: z.object({ replayed: z.number().int() }) },
  errors: errorsOfOne,
});

export const replayWebhookDeliveries = defineRoute({
  id: "webhooks.replay",
  summary: "Delivers again what happened in a range of time: the dead ones, or all",
  method: "POST",
  path: "/api/v1/webhooks/:id/replay",
  permission: "webhooks:write",
  params: idParams,
  body: z.object({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    only: z.enum(["dead", "all"]).default("dead"),
  }),
  response: { status: 202, schema: z.object({ replayed: z.number().int() }) },
  errors: errorsOfOne,
});

/** Calls: listed, looked at, started, spoken to and ended over the API. */
import { z } from "zod";
import { callAnalysis } from "./analysis.ts";
import type { CallEvent } from "./call-event.ts";
import {
  callIncident,
  callLatency,
  callNote,
  callPageQuery,
  callReview,
  knowledgeUse,
  toolCall,
  transcript,
} from "./call-record.ts";
import { callVariables, numberId, phoneText, placedCall } from "./phone-numbers.ts";
import { callRecording } from "./recordings.ts";
import { defineRoute } from "./route.ts";
import { callUsage } from "./usage.ts";

export const callStatus = z.enum(["live", "completed", "failed", "interrupted"]);

export const call = z.object({
  id: z.string(),
  /** The carrier's own name for it. */
  externalId: z.string().nullable(),
  agentId: z.string(),
  agentName: z.string(),
  /** The published version that answered, or `draft`; null for calls from before this was kept. */
  agentVersion: z.union([z.int(), z.literal("draft")]).nullable(),
  /** The arm of its number's split that the call was in. */
  variant: z.string().nullable(),
  /** BCP-47. */
  language: z.string(),
  channel: z.enum(["phone", "web", "text"]),
  direction: z.enum(["inbound", "outbound"]),
  status: callStatus,
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Whom the organisation knows by that number. */
  contactId: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  durationMs: z.number().nullable(),
  /** A HangUpReason, or `connection-lost`. */
  hangUpReason: z.string().nullable(),
  turns: z.number().int(),
  /** Median over the call's turns. */
  firstAudioP50Ms: z.number().nullable(),
});
export type Call = z.infer<typeof call>;

/** As a search found it. */
const foundCall = call.extend({
  /** Only with `q`: turns that hold one of its words, at most three of a call. */
  matches: z.array(z.object({ speaker: z.string(), atMs: z.number(), text: z.string() })).optional(),
});
export type FoundCall = z.infer<typeof foundCall>;

/** One call alone tells more than a list does. */
export const callDetails = call.extend({
  answeredAt: z.iso.datetime().nullable(),
  recording: callRecording.nullable(),
  transcript: transcript.shape.turns,
  latency: callLatency,
  tools: z.array(toolCall),
  incidents: z.array(callIncident),
  knowledge: z.array(knowledgeUse),
  notes: z.array(callNote),
  review: callReview.nullable(),
  /** Of vendors and the carrier, once it has ended; `cost` is their sum by currency. */
  usage: callUsage.shape.usage,
  cost: callUsage.shape.cost,
  /** What was made of it afterwards. Null: it is not over, or no caller said anything. */
  analysis: callAnalysis.nullable(),
});
export type CallDetails = z.infer<typeof callDetails>;

const callParams = z.object({ id: z.string().min(1).max(100) });

export const listCalls = defineRoute({
  id: "calls.list",
  summary: "Calls, newest first. With `q` a page may hold fewer than asked for: only a null `nextCursor` is the end",
  method: "GET",
  path: "/api/v1/calls",
  permission: "calls:read",
  query: callPageQuery,
  response: { status: 200, schema: z.object({ items: z.array(foundCall), nextCursor: z.string().nullable() }) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getCall = defineRoute({
  id: "calls.get",
  summary: "One call: its facts, what was said and heard, how fast, with which tools, and what was noted",
  method: "GET",
  path: "/api/v1/calls/:id",
  permission: "calls:read",
  params: callParams,
  response: { status: 200, schema: callDetails },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const listCallEvents = defineRoute({
  id: "calls.events",
  summary: "What happened in a call, in order",
  method: "GET",
  path: "/api/v1/calls/:id/events",
  permission: "calls:read",
  params: callParams,
  query: z.object({
    limit: z.coerce.number().int().min(1).max(1000).default(500),
    cursor: z.string().max(200).optional(),
  }),
  response: {
    status: 200,
    schema: z.object({
      items: z.array(
        z.custom<CallEvent>((value) => typeof value === "object" && value !== null).meta({ type: "object" }),
      ),
      nextCursor: z.string().nullable(),
    }),
  },
  errors: ["bad_request", "unauthorized", "not_found"],
});

/** Who answers, and what they are told. */
const spokenTo = {
  /** BCP-47; the agent's own when absent. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag such as en-US or ar-EG")
    .optional(),
  /** The organisation's first published agent when absent. */
  agentId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours")
    .optional(),
  /** `draft` tries what is not published yet; absent: the published version. */
  version: z.union([z.literal("draft"), z.int().min(1)]).optional(),
  /** What `{{name}}` stands for in the agent's texts. */
  variables: callVariables.optional(),
};

export const startCall = defineRoute({
  id: "calls.start",
  summary: "Starts a call by browser, terminal or text, or calls a phone",
  method: "POST",
  path: "/api/v1/calls",
  permission: "calls:write",
  body: z.discriminatedUnion("channel", [
    z.object({ channel: z.enum(["web", "text"]), ...spokenTo }),
    z.object({ channel: z.literal("phone"), to: phoneText, fromNumberId: numberId.optional(), ...spokenTo }),
  ]),
  response: {
    status: 201,
    schema: z.discriminatedUnion("channel", [
      z.object({
        channel: z.enum(["web", "text"]),
        callId: z.string(),
        /** One use, until `expiresAt`: the first message on the socket carries it. */
        token: z.string(),
        expiresAt: z.iso.datetime(),
        socketUrl: z.string(),
        agentName: z.string(),
        language: z.string(),
      }),
      placedCall.extend({ channel: z.literal("phone") }),
    ]),
  },
  errors: [
    ...(["bad_request", "unauthorized", "budget_exhausted", "forbidden", "not_found", "conflict"] as const),
    ...(["too_many_requests", "provider_failed", "at_capacity", "draining"] as const),
  ],
});

export const sayToCall = defineRoute({
  id: "calls.say",
  summary: "Speaks to the agent by text and waits for its reply; the first message starts a text call",
  method: "POST",
  path: "/api/v1/calls/:id/messages",
  permission: "calls:write",
  params: callParams,
  /** An empty text asks for the greeting only. */
  body: z.object({ text: z.string().max(2000) }),
  response: {
    status: 200,
    schema: z.object({ reply: z.string(), replies: z.array(z.string()), ended: z.boolean() }),
  },
  errors: ["bad_request", "unauthorized", "not_found"],
});

/** What an operator may do to a live call. */
export const callControl = z.discriminatedUnion("action", [
  z.object({ action: z.literal("hang-up") }),
  /** Spoken at once in the agent's voice, and recorded as an operator's. */
  z.object({ action: z.literal("say"), text: z.string().trim().min(1).max(1000) }),
  /** A hint for the model, from its next turn on. The caller never hears it. */
  z.object({ action: z.literal("whisper"), text: z.string().trim().min(1).max(1000) }),
  /** Without `to` it goes where the agent's own transfers go. Phone calls only. */
  z.object({
    action: z.literal("transfer"),
    to: z
      .string()
      .regex(/^\+[1-9]\d{5,14}$/, "must be a number in international form, such as +201012345678")
      .optional(),
  }),
  /** Until it is resumed nothing of what is said is recorded. The call itself goes on. */
  z.object({ action: z.literal("pause-recording") }),
  z.object({ action: z.literal("resume-recording") }),
]);
export type CallControl = z.infer<typeof callControl>;

const callEvent = z.custom<CallEvent>((value) => typeof value === "object" && value !== null).meta({ type: "object" });

/** What comes over `GET /api/v1/calls/:id/live` (WebSocket). */
export type LiveMessage =
  | { readonly type: "event"; readonly event: CallEvent }
  /** Nothing follows. A HangUpReason, `connection-lost`, `expired`, or `too-slow`: come back with `after`. */
  | { readonly type: "end"; readonly reason: string };

export const listLiveCalls = defineRoute({
  id: "calls.listLive",
  summary: "Calls in progress",
  method: "GET",
  path: "/api/v1/calls/live",
  permission: "calls:read",
  response: { status: 200, schema: z.object({ items: z.array(call) }) },
  errors: ["unauthorized", "forbidden"],
});

export const streamCallEvents = defineRoute({
  id: "calls.stream",
  summary:
    "A call's events, those that are stored and then each as it happens, as server-sent events; ends with `event: end`",
  method: "GET",
  path: "/api/v1/calls/:id/events/stream",
  permission: "calls:read",
  params: callParams,
  /** The number of the last event that is known; a `Last-Event-ID` header says the same and comes first. */
  query: z.object({ after: z.coerce.number().int().min(-1).max(1_000_000_000).optional() }),
  response: { status: 200, schema: callEvent, contentType: "text/event-stream" },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const createLiveToken = defineRoute({
  id: "calls.createLiveToken",
  summary: "A token that opens the call's WebSocket once, for a page that can send no header",
  method: "POST",
  path: "/api/v1/calls/:id/live-tokens",
  permission: "calls:read",
  params: callParams,
  response: {
    status: 201,
    schema: z.object({
      token: z.string(),
      expiresAt: z.iso.datetime(),
      /** Carries the token. */
      socketUrl: z.string(),
    }),
  },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const controlCall = defineRoute({
  id: "calls.control",
  summary: "Acts on a live call: hangs up, speaks, whispers to the model, transfers",
  method: "POST",
  path: "/api/v1/calls/:id/control",
  permission: "calls:write",
  params: callParams,
  body: callControl,
  response: { status: 202, schema: z.object({ accepted: z.literal(true) }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

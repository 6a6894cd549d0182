/** What a call left: what was said and heard, how fast, with which tools, and what people noted about it. */
import { z } from "zod";
import { callFilters } from "./call-filters.ts";
import { idParams, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const atMs = z.number().describe("Milliseconds since the call began.");

const transcriptTurn = z.object({
  speaker: z.enum(["caller", "agent", "operator"]),
  atMs,
  turnId: z.string().nullable(),
  replyId: z.string().nullable(),
  /** What was said; of a reply: what was heard of it. */
  text: z.string(),
  /** Of a reply that was cut: what was never heard. */
  unheard: z.string(),
  interrupted: z.boolean(),
  /** A sentence that is not the model's own: greeting, filler, idle-prompt, … Null otherwise. */
  phrase: z.string().nullable(),
  /** Of the turn this answers. */
  firstAudioMs: z.number().nullable(),
});
export type TranscriptTurn = z.output<typeof transcriptTurn>;

const latency = z.object({
  firstAudioMs: z.number().optional(),
  endpointingDelayMs: z.number().optional(),
  finalTranscriptDelayMs: z.number().optional(),
  timeToFirstTokenMs: z.number().optional(),
  timeToFirstSentenceMs: z.number().optional(),
  timeToFirstByteMs: z.number().optional(),
  platformOverheadMs: z.number().optional(),
});
const stageLatency = z.object({ p50: z.number(), p95: z.number(), turns: z.number().int() });
export const callLatency = z.object({
  /** In the order of the call. A figure is absent where its stage took no part. */
  turns: z.array(z.object({ turnId: z.string(), replyId: z.string(), atMs, latency })),
  /** By the figure's name. */
  stages: z.record(z.string(), stageLatency),
});
export type CallLatency = z.output<typeof callLatency>;

export const toolCall = z.object({
  id: z.string(),
  replyId: z.string(),
  name: z.string(),
  effect: z.enum(["read", "write"]).nullable(),
  atMs,
  durationMs: z.number().nullable(),
  /** Null: the call ended before it did. */
  outcome: z.enum(["ok", "failed", "timed-out", "uncertain"]).nullable(),
  input: z.unknown(),
  output: z.unknown(),
});
export type ToolCall = z.output<typeof toolCall>;

/** What the business's documents gave to a reply, best first. */
export const knowledgeUse = z.object({
  turnId: z.string(),
  replyId: z.string(),
  atMs,
  query: z.string().nullable(),
  /** What the reply waited for it; 0 when it was there in time. */
  waitedMs: z.number(),
  sources: z.array(
    z.object({ sourceId: z.string(), title: z.string().nullable(), page: z.int().nullable(), score: z.number() }),
  ),
});
export type KnowledgeUse = z.output<typeof knowledgeUse>;

/** A provider that failed or was exchanged, and what the watchdog did. */
export const callIncident = z.object({
  atMs,
  kind: z.enum(["stage-error", "provider-switched", "watchdog"]),
  stage: z.string().nullable(),
  provider: z.string().nullable().describe("The one that failed or was left."),
  /** Why: a failure's category, or the watchdog's reason. */
  reason: z.string().nullable(),
  /** What followed: the provider that took over, or the watchdog's recovery. */
  remedy: z.string().nullable(),
  status: z.number().nullable(),
  vendorMessage: z.string().nullable(),
});
export type CallIncident = z.output<typeof callIncident>;

export const callNote = z.object({
  id: z.string(),
  text: z.string(),
  author: z.object({ kind: z.string(), id: z.string() }),
  createdAt: z.iso.datetime(),
});
export type CallNote = z.output<typeof callNote>;

export const callReview = z.object({
  verdict: z.enum(["right", "wrong"]),
  reason: z.string(),
  /** Of the person or API key. */
  reviewedBy: z.string(),
  reviewedAt: z.iso.datetime(),
});
export type CallReview = z.output<typeof callReview>;

export const transcript = z.object({ callId: z.string(), turns: z.array(transcriptTurn) });

export const getTranscript = defineRoute({
  id: "calls.transcript",
  summary: "What was said and heard; as plain text with `format=text` or `Accept: text/plain`",
  method: "GET",
  path: "/api/v1/calls/:id/transcript",
  permission: "calls:read",
  params: idParams,
  query: z.object({ format: z.enum(["json", "text"]).optional() }),
  response: { status: 200, schema: transcript },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const getCallLatency = defineRoute({
  id: "calls.latency",
  summary: "How long each stage of each turn took",
  method: "GET",
  path: "/api/v1/calls/:id/latency",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: callLatency },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const listToolCalls = defineRoute({
  id: "calls.tools",
  summary: "What the agent did in a call, with what went in and came out",
  method: "GET",
  path: "/api/v1/calls/:id/tools",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: z.object({ items: z.array(toolCall) }) },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const listCallNotes = defineRoute({
  id: "call-notes.list",
  summary: "Notes on a call, oldest first",
  method: "GET",
  path: "/api/v1/calls/:id/notes",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: z.object({ items: z.array(callNote) }) },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const addCallNote = defineRoute({
  id: "call-notes.create",
  summary: "Adds a note to a call",
  method: "POST",
  path: "/api/v1/calls/:id/notes",
  permission: "calls:write",
  params: idParams,
  body: z.strictObject({ text: z.string().trim().min(1).max(5000) }),
  response: { status: 201, schema: callNote },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const deleteCallNote = defineRoute({
  id: "call-notes.delete",
  summary: "Deletes a note",
  method: "DELETE",
  path: "/api/v1/calls/:id/notes/:noteId",
  permission: "calls:write",
  params: idParams.extend({ noteId: idParams.shape.id }),
  response: { status: 204, schema: z.null() },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const reviewCall = defineRoute({
  id: "calls.review",
  summary: "Says whether the agent did right, and why; a second review replaces the first",
  method: "PUT",
  path: "/api/v1/calls/:id/review",
  permission: "calls:write",
  params: idParams,
  body: z.strictObject({ verdict: z.enum(["right", "wrong"]), reason: z.string().trim().max(2000).default("") }),
  response: { status: 200, schema: callReview },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const deleteCall = defineRoute({
  id: "calls.delete",
  summary:
    "Erases a call that is over: its key, words, numbers, events, notes, recording and its place in the search. Ids, times, direction, duration and outcome stay for billing",
  method: "DELETE",
  path: "/api/v1/calls/:id",
  permission: "calls:delete",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["unauthorized", "forbidden", "not_found", "conflict"],
});

export const exportCalls = defineRoute({
  id: "calls.export",
  summary: "Calls as CSV, newest first, by the filters of the list",
  method: "GET",
  path: "/api/v1/calls/export",
  permission: "calls:read",
  query: callFilters,
  response: { status: 200, schema: z.string(), contentType: "text/csv; charset=utf-8" },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

const figures = z.object({
  calls: z.number().int(),
  answered: z.number().int(),
  /** Never answered. */
  missed: z.number().int(),
  transferred: z.number().int(),
  minutes: z.number(),
  /** Replies that a caller cut short. */
  interruptions: z.number().int(),
  /** Calls by hang-up reason. */
  outcomes: z.record(z.string(), z.number().int()),
  /** Over turns, read from steps of 12 %. Null without turns. */
  firstAudio: z.object({ turns: z.number().int(), p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
});

export const callStatistics = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  /** The organisation's, whose hours and days these are. */
  timeZone: z.string(),
  bucket: z.enum(["hour", "day"]),
  total: figures,
  /** In order; hours and days without calls are left out. */
  buckets: z.array(figures.extend({ start: z.iso.datetime() })),
});
export type CallStatistics = z.output<typeof callStatistics>;

export const getCallStatistics = defineRoute({
  id: "calls.statistics",
  summary: "What ended calls add up to, by hour (up to 14 days) or day (up to 400)",
  method: "GET",
  path: "/api/v1/calls/statistics",
  permission: "calls:read",
  query: z.object({
    since: z.iso.datetime({ offset: true }).optional().describe("30 days before `until`, unless told."),
    until: z.iso.datetime({ offset: true }).optional().describe("Now, unless told."),
    bucket: z.enum(["hour", "day"]).default("day"),
  }),
  response: { status: 200, schema: callStatistics },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

/** Of the list: filters and the page. */
export const callPageQuery = pageQuery.extend(callFilters.shape);

/** What was made of a call when it had ended. */
import { z } from "zod";
import { idParams } from "./page.ts";
import { defineRoute } from "./route.ts";

/** What came of a call, for every agent alike. An agent's own outcomes are among its outcome fields. */
export const analysedOutcomes = [
  "booked",
  "message-taken",
  "transferred",
  "question-answered",
  "no-need-met",
  "abandoned",
] as const;

export const analysisResult = z.object({
  /** Two to four sentences, in `language`. */
  summary: z.string(),
  outcome: z.enum(analysedOutcomes),
  success: z.enum(["yes", "no", "unclear"]),
  successReason: z.string(),
  /** Of the caller. Null where only rules read the call: they cannot tell. */
  sentiment: z.enum(["positive", "neutral", "negative"]).nullable(),
  /** What somebody should do now. */
  followUps: z.array(z.string()),
  /** The agent's outcome fields by name. Null: the call does not say. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable()),
  /** BCP-47. */
  language: z.string(),
});
export type AnalysisResult = z.output<typeof analysisResult>;

export const callAnalysis = z.object({
  callId: z.string(),
  /** `none`: the call is not over, or no caller said anything. `waiting`: asked for; `result` is the one before, if any. */
  state: z.enum(["none", "waiting", "done"]),
  /** Of the result; 0 while there is none. */
  version: z.number().int(),
  analysedAt: z.iso.datetime().nullable(),
  /** `rules`: read from what happened, without a language model. */
  method: z.enum(["model", "rules"]).nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  result: analysisResult.nullable(),
});
export type CallAnalysis = z.output<typeof callAnalysis>;

export const getCallAnalysis = defineRoute({
  id: "call-analysis.get",
  summary: "What was made of a call: summary, outcome, success, the agent's own fields, follow-ups",
  method: "GET",
  path: "/api/v1/calls/:id/analysis",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: callAnalysis },
  errors: ["unauthorized", "forbidden", "not_found"],
});

export const analyseCall = defineRoute({
  id: "call-analysis.create",
  summary: "Reads a call that is over again; the new result replaces the one before",
  method: "POST",
  path: "/api/v1/calls/:id/analysis",
  permission: "calls:write",
  params: idParams,
  response: { status: 202, schema: callAnalysis },
  errors: ["unauthorized", "forbidden", "not_found", "conflict"],
});

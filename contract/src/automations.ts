/** Automations: when this is seen in a call or after it, run that tool. */
import { z } from "zod";
import { analysedOutcomes } from "./analysis.ts";
import { jsonValue } from "./json-value.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const fieldName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,49}$/, "must be letters, digits and _");

const whenOutcome = z
  .strictObject({
    kind: z.literal("outcome"),
    outcome: z.array(z.enum(analysedOutcomes)).max(10).default([]).describe("One of these came of the call."),
    sentiment: z
      .array(z.enum(["positive", "neutral", "negative"]))
      .max(3)
      .default([]),
    field: z
      .strictObject({ name: fieldName, equals: z.union([z.string().max(200), z.number(), z.boolean()]) })
      .optional()
      .describe("An outcome field of the agent has this value; texts are compared without case."),
  })
  .refine(({ outcome, sentiment, field }) => outcome.length + sentiment.length > 0 || field !== undefined, {
    path: ["outcome"],
    message: "say at least one of outcome, sentiment and field. All that are said must hold",
  });

const whenIntent = z.strictObject({
  kind: z.literal("intent"),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, "must be small letters, digits and _, such as price_asked")
    .describe("What the model calls it."),
  description: z.string().trim().min(1).max(300).describe("For the model: what the caller wants or says then."),
  words: z
    .array(z.string().trim().min(2).max(80))
    .max(50)
    .default([])
    .describe("In any language: a caller who says one of these means it. Seen without a model too."),
});

const automationFields = {
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean().default(true),
  agentIds: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/))
    .max(50)
    .default([])
    .describe("In calls of these agents; empty: of all."),
  when: z.discriminatedUnion("kind", [whenOutcome, whenIntent]),
  tool: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  input: z
    .record(z.string(), jsonValue)
    .default({})
    .describe(
      "The tool's input. Texts may hold `{{caller.phone}}`, `{{summary}}`, `{{outcome}}`, `{{outcome.x}}`, `{{intent}}`.",
    ),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The tool's settings, as an agent's `toolSettings`."),
};
export const newAutomation = z.strictObject(automationFields);
export type NewAutomation = z.output<typeof newAutomation>;

const automationChange = z
  .strictObject({
    ...automationFields,
    enabled: automationFields.enabled.unwrap(),
    agentIds: automationFields.agentIds.unwrap(),
    input: automationFields.input.unwrap(),
    settings: automationFields.settings.unwrap(),
  })
  .partial();
export type AutomationChange = z.output<typeof automationChange>;

const automation = z.object({
  id: z.string(),
  ...automationFields,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Automation = z.output<typeof automation>;

const automationRun = z.object({
  id: z.string(),
  callId: z.string(),
  state: z.enum(["waiting", "done", "failed", "uncertain"]),
  /** Why it was not done. */
  problem: z.string().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type AutomationRun = z.output<typeof automationRun>;

const errors = ["bad_request", "unauthorized", "forbidden"] as const;
const errorsOfOne = [...errors, "not_found"] as const;

export const listAutomations = defineRoute({
  id: "automations.list",
  summary: "The organisation's automations, oldest first",
  method: "GET",
  path: "/api/v1/automations",
  permission: "agents:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(automation) },
  errors,
});

export const createAutomation = defineRoute({
  id: "automations.create",
  summary: "A new automation; it holds for calls that begin, or are read, after it",
  method: "POST",
  path: "/api/v1/automations",
  permission: "agents:write",
  body: newAutomation,
  response: { status: 201, schema: automation },
  errors: [...errors, "conflict"],
});

export const getAutomation = defineRoute({
  id: "automations.get",
  summary: "One automation",
  method: "GET",
  path: "/api/v1/automations/:id",
  permission: "agents:read",
  params: idParams,
  response: { status: 200, schema: automation },
  errors: errorsOfOne,
});

export const changeAutomation = defineRoute({
  id: "automations.change",
  summary: "Changes what is given; what is given replaces that field whole",
  method: "PATCH",
  path: "/api/v1/automations/:id",
  permission: "agents:write",
  params: idParams,
  body: automationChange,
  response: { status: 200, schema: automation },
  errors: errorsOfOne,
});

export const deleteAutomation = defineRoute({
  id: "automations.delete",
  summary: "Removes an automation and the list of its runs",
  method: "DELETE",
  path: "/api/v1/automations/:id",
  permission: "agents:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: errorsOfOne,
});

export const listAutomationRuns = defineRoute({
  id: "automations.runs",
  summary: "In which calls it ran and what came of it, newest first; once for each call",
  method: "GET",
  path: "/api/v1/automations/:id/runs",
  permission: "agents:read",
  params: idParams,
  query: pageQuery,
  response: { status: 200, schema: pageOf(automationRun) },
  errors: errorsOfOne,
});

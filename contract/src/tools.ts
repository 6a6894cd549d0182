/** Tools: what agents can do, and requests to an organisation's own servers that it adds. */
import { z } from "zod";
import { connectionVendors } from "./connections.ts";
import { jsonValue } from "./json-value.ts";
import { pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const jsonSchema = z.record(z.string(), z.unknown());

const shownTool = z.object({
  name: z.string(),
  title: z.string(),
  /** For the model. */
  description: z.string(),
  /** `builtin`, `http`, `mcp`. */
  kind: z.string(),
  effect: z.enum(["read", "write"]),
  /** JSON Schema of what the model gives. */
  inputSchema: jsonSchema,
  /** JSON Schema of an agent's settings for it; null: there is nothing to set. */
  settingsSchema: jsonSchema.nullable(),
  /** It works with an account at one of these; `connectionId` among its settings says which. */
  needs: z.array(z.enum(connectionVendors)),
  isOnByDefault: z.boolean(),
  canProbe: z.boolean(),
  isUsable: z.boolean(),
  /** Why it is not usable now. */
  problem: z.string().nullable(),
});
export type ShownTool = z.output<typeof shownTool>;

/** Names of our own tools have no double underscore: it stands between an MCP server and its tool. */
const customName = z
  .string()
  .max(50)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "must be small letters, digits and single _, such as check_order");
const fieldName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,49}$/, "must be letters, digits and _");
const description = z.string().trim().min(1, "must not be empty").max(500);

const inputField = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("string"),
    description,
    enum: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
    format: z.literal("date").optional().describe("2026-11-20"),
    maxLength: z.int().min(1).max(4000).optional(),
  }),
  z.strictObject({
    type: z.enum(["number", "integer"]),
    description,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
  z.strictObject({ type: z.literal("boolean"), description }),
]);
export type HttpInputField = z.output<typeof inputField>;

const inputSchema = z
  .strictObject({
    type: z.literal("object").default("object"),
    properties: z.record(fieldName, inputField),
    required: z.array(z.string()).default([]),
  })
  .describe("A flat JSON Schema: strings (with a list or a date), numbers and booleans, each described for the model.");

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,80}$/, "must be letters, digits and -");
const headerValue = z
  .string()
  .min(1)
  .max(2000)
  .regex(/^[\x20-\x7e]+$/, "must be plain characters on one line");
const headers = z.record(headerName, headerValue);

const httpFields = {
  title: z.string().trim().min(1).max(100),
  description: z.string().trim().min(1).max(1000).describe("For the model: what it does and when it is right."),
  effect: z.enum(["read", "write"]).describe("A read looks; a write changes something, and is done once."),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  url: z.string().trim().min(1).max(2000).describe("May hold `{{input.x}}`, `{{call.from}}`: in path and query only."),
  headers: headers.default({}),
  body: jsonValue
    .optional()
    .describe("JSON whose texts may hold `{{input.x}}`. A text that is nothing else becomes the value with its type."),
  input: inputSchema,
  answer: z
    .array(
      z.strictObject({
        name: fieldName,
        path: z
          .string()
          .regex(/^[^.\s]+(\.[^.\s]+)*$/, "must look like data.order.status or items.0.name")
          .max(200),
      }),
    )
    .max(30)
    .default([])
    .describe("What of the JSON answer the model sees. Empty: all of it, cut where it is long."),
  timeoutMs: z.int().min(1000).max(30_000).default(10_000),
  repeatable: z
    .boolean()
    .default(false)
    .describe("The server drops a second request with the same Idempotency-Key: an unanswered one is sent again."),
};
const secretHeaders = z
  .record(headerName, headerValue.nullable())
  .describe("Kept sealed and never shown again. In a change, null takes one away and what is not named stays.");

export const newHttpTool = z.strictObject({
  name: customName,
  ...httpFields,
  secretHeaders: secretHeaders.default({}),
});
export type NewHttpTool = z.output<typeof newHttpTool>;

const { headers: _headers, answer: _answer, timeoutMs: _timeout, repeatable: _repeatable, ...required } = httpFields;
const httpToolChange = z
  .strictObject({
    ...required,
    body: jsonValue.nullable().describe("Null: none."),
    headers,
    secretHeaders,
    answer: httpFields.answer.unwrap(),
    timeoutMs: httpFields.timeoutMs.unwrap(),
    repeatable: httpFields.repeatable.unwrap(),
  })
  .partial();
export type HttpToolChange = z.output<typeof httpToolChange>;

const shownRequest = z.object({
  ...httpFields,
  headers,
  /** Their names; the values stay sealed. */
  secretHeaders: z.array(z.string()),
});

const toolDetail = shownTool.extend({
  /** Of kind `http`: what is sent. */
  request: shownRequest.nullable(),
});
export type ToolDetail = z.output<typeof toolDetail>;
const withSecret = toolDetail.extend({
  /** Requests are signed with it as webhooks are; shown this once. */
  signingSecret: z.string(),
});

const nameParams = z.object({ name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a tool's name") });
const settings = z.record(z.string(), z.unknown()).default({}).describe("As an agent's `toolSettings` for it.");

export const listTools = defineRoute({
  id: "tools.list",
  summary: "Every tool an agent of this organisation may have, by name, with the schemas its forms are made from",
  method: "GET",
  path: "/api/v1/tools",
  permission: "agents:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(shownTool) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getTool = defineRoute({
  id: "tools.get",
  summary: "One tool",
  method: "GET",
  path: "/api/v1/tools/:name",
  permission: "agents:read",
  params: nameParams,
  response: { status: 200, schema: toolDetail },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const createTool = defineRoute({
  id: "tools.create",
  summary: "A tool of the organisation's own: a request to a server of theirs",
  method: "POST",
  path: "/api/v1/tools",
  permission: "agents:write",
  body: newHttpTool,
  response: { status: 201, schema: withSecret },
  errors: ["bad_request", "unauthorized", "forbidden", "conflict"],
});

export const changeTool = defineRoute({
  id: "tools.change",
  summary: "Changes what is given of an own tool; its name stays, because agents know it by that",
  method: "PATCH",
  path: "/api/v1/tools/:name",
  permission: "agents:write",
  params: nameParams,
  body: httpToolChange,
  response: { status: 200, schema: toolDetail },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const deleteTool = defineRoute({
  id: "tools.delete",
  summary: "Removes an own tool; agents that have it go on without it",
  method: "DELETE",
  path: "/api/v1/tools/:name",
  permission: "agents:write",
  params: nameParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const rotateToolSecret = defineRoute({
  id: "tools.rotate-secret",
  summary: "A new secret to sign an own tool's requests with; the old one ends at once",
  method: "POST",
  path: "/api/v1/tools/:name/secret",
  permission: "agents:write",
  params: nameParams,
  response: { status: 200, schema: withSecret },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const tryTool = defineRoute({
  id: "tools.try",
  summary: "Runs a tool as an agent would: a read at once, a write only with `confirm`, because it is really done",
  method: "POST",
  path: "/api/v1/tools/:name/try",
  permission: "agents:write",
  params: nameParams,
  body: z.strictObject({
    input: z.record(z.string(), z.unknown()).default({}),
    settings,
    /** Whose hours and services it works with. */
    agentId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/)
      .optional(),
    confirm: z.boolean().default(false),
  }),
  response: {
    status: 200,
    schema: z.object({
      status: z.enum(["ok", "failed", "uncertain"]),
      /** What the model would see. */
      output: z.unknown(),
      /** What the model would be told where it was not done. */
      message: z.string().nullable(),
      durationMs: z.number(),
    }),
  },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const probeTool = defineRoute({
  id: "tools.probe",
  summary: "Checks a tool's settings and account with the cheapest question there is",
  method: "POST",
  path: "/api/v1/tools/:name/probe",
  permission: "agents:write",
  params: nameParams,
  body: z.strictObject({ settings }),
  response: { status: 200, schema: z.object({ isUsable: z.boolean(), problem: z.string().nullable() }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

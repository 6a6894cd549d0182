/** Agents: drafts, published versions, templates and the file they travel in. */
import { z } from "zod";
import { agentConfig, agentConfigChange, agentName } from "./agent-config.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const versionNumber = z.coerce.number().int().min(1).max(1_000_000);
const versionParams = idParams.extend({ version: versionNumber });
const note = z.string().trim().max(500).default("").describe("Why, for those who read the list of versions.");
const revision = z.int().min(1).describe("The draft's revision the change was made from; another one is a conflict.");

const agentSummary = z.object({
  id: z.string(),
  name: z.string(),
  language: z.string(),
  /** Of the draft; counts every change. */
  revision: z.int(),
  /** Null: never published, so it answers nobody. */
  publishedVersion: z.int().nullable(),
  hasUnpublishedChanges: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type AgentSummary = z.infer<typeof agentSummary>;

/** The draft. */
const agent = agentSummary.extend({ config: agentConfig });
export type Agent = z.infer<typeof agent>;

const agentVersionSummary = z.object({
  version: z.int(),
  note: z.string(),
  /** The version it is a copy of. */
  rolledBackFrom: z.int().nullable(),
  publishedAt: z.iso.datetime(),
  publishedBy: z.object({ kind: z.string(), id: z.string() }),
});
const agentVersion = agentVersionSummary.extend({ config: agentConfig });
export type AgentVersion = z.infer<typeof agentVersion>;

const difference = z.object({
  /** `openingHours.weekly.monday.0.opens`. */
  path: z.string(),
  kind: z.enum(["added", "removed", "changed"]),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type AgentDifference = z.infer<typeof difference>;

export const agentFile = z.strictObject({
  format: z.literal("parley-agent"),
  version: z.literal(1),
  exportedAt: z.iso.datetime().optional(),
  /** Without what belongs to one organisation: the handoffs, the documents. */
  agent: agentConfig,
});

const agentTemplate = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  language: z.string(),
  config: agentConfig,
});
export type AgentTemplate = z.infer<typeof agentTemplate>;

export const listAgents = defineRoute({
  id: "agents.list",
  summary: "Agents, oldest first",
  method: "GET",
  path: "/api/v1/agents",
  permission: "agents:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(agentSummary) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const createAgent = defineRoute({
  id: "agents.create",
  summary: "A new agent: from a template, from a configuration, or from nothing but a name",
  method: "POST",
  path: "/api/v1/agents",
  permission: "agents:write",
  body: z
    .strictObject({
      templateId: z.string().max(100).optional(),
      name: agentName.optional(),
      config: agentConfig.optional(),
    })
    .refine(({ templateId, config }) => templateId === undefined || config === undefined, {
      path: ["config"],
      message: "comes from the template; give one of the two.",
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      path: ["name"],
      message: "must be given, or templateId, or config.",
    }),
  response: { status: 201, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const getAgent = defineRoute({
  id: "agents.get",
  summary: "An agent with its draft",
  method: "GET",
  path: "/api/v1/agents/:id",
  permission: "agents:read",
  params: idParams,
  response: { status: 200, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const replaceAgent = defineRoute({
  id: "agents.replace",
  summary: "Replaces the draft",
  method: "PUT",
  path: "/api/v1/agents/:id",
  permission: "agents:write",
  params: idParams,
  body: z.strictObject({ revision, config: agentConfig }),
  response: { status: 200, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const changeAgent = defineRoute({
  id: "agents.change",
  summary: "Changes fields of the draft: each that is given replaces that field whole",
  method: "PATCH",
  path: "/api/v1/agents/:id",
  permission: "agents:write",
  params: idParams,
  body: z.strictObject({ revision, config: agentConfigChange }),
  response: { status: 200, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const deleteAgent = defineRoute({
  id: "agents.delete",
  summary: "Deletes an agent and its versions; not while something routes to it",
  method: "DELETE",
  path: "/api/v1/agents/:id",
  permission: "agents:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const duplicateAgent = defineRoute({
  id: "agents.duplicate",
  summary: "A new agent with the same draft",
  method: "POST",
  path: "/api/v1/agents/:id/duplicate",
  permission: "agents:write",
  params: idParams,
  body: z.strictObject({ name: agentName.optional() }),
  response: { status: 201, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const publishAgent = defineRoute({
  id: "agents.publish",
  summary: "Publishes the draft as the next version; it answers the next call",
  method: "POST",
  path: "/api/v1/agents/:id/versions",
  permission: "agents:write",
  params: idParams,
  body: z.strictObject({ revision, note }),
  response: { status: 201, schema: agentVersion },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const listAgentVersions = defineRoute({
  id: "agents.versions",
  summary: "An agent's published versions, newest first",
  method: "GET",
  path: "/api/v1/agents/:id/versions",
  permission: "agents:read",
  params: idParams,
  query: pageQuery,
  response: { status: 200, schema: pageOf(agentVersionSummary) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const getAgentVersion = defineRoute({
  id: "agents.version",
  summary: "One published version",
  method: "GET",
  path: "/api/v1/agents/:id/versions/:version",
  permission: "agents:read",
  params: versionParams,
  response: { status: 200, schema: agentVersion },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const rollBackAgent = defineRoute({
  id: "agents.roll-back",
  summary: "Publishes an old version again, as a new one; the draft becomes it too",
  method: "POST",
  path: "/api/v1/agents/:id/versions/:version/roll-back",
  permission: "agents:write",
  params: versionParams,
  body: z.strictObject({ note }),
  response: { status: 201, schema: agentVersion },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

const comparable = z.union([z.enum(["draft", "published"]), versionNumber]);

export const compareAgent = defineRoute({
  id: "agents.compare",
  summary: "What differs between two versions, or a version and the draft",
  method: "GET",
  path: "/api/v1/agents/:id/diff",
  permission: "agents:read",
  params: idParams,
  query: z.object({ from: comparable.default("published"), to: comparable.default("draft") }),
  response: { status: 200, schema: z.object({ differences: z.array(difference) }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const exportAgent = defineRoute({
  id: "agents.export",
  summary: "An agent as one file, without secrets and without what belongs to this organisation only",
  method: "GET",
  path: "/api/v1/agents/:id/export",
  permission: "agents:read",
  params: idParams,
  query: z.object({ version: z.union([z.literal("draft"), versionNumber]).default("draft") }),
  response: { status: 200, schema: agentFile },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const importAgent = defineRoute({
  id: "agents.import",
  summary: "A new agent from an exported file",
  method: "POST",
  path: "/api/v1/agents/import",
  permission: "agents:write",
  body: agentFile,
  response: { status: 201, schema: agent },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const listAgentTemplates = defineRoute({
  id: "agent-templates.list",
  summary: "Agents to begin with",
  method: "GET",
  path: "/api/v1/agent-templates",
  permission: "agents:read",
  response: { status: 200, schema: z.object({ items: z.array(agentTemplate) }) },
  errors: ["unauthorized", "forbidden"],
});

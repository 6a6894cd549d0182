/** What agents answer from: collections of sources. A source is a file, a page, a site, a text, or answers to questions. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const name = z.string().trim().min(1).max(200);
const instant = z.iso.datetime();

const collection = z.object({
  id: z.string(),
  name: z.string(),
  sources: z.int().describe("How many there are."),
  createdAt: instant,
});
export type KnowledgeCollection = z.output<typeof collection>;

const refresh = z
  .enum(["never", "daily", "weekly", "monthly"])
  .describe("How often it is read again; what did not change stays as it is.");

const pageAddress = z.string().trim().min(1).max(2000);

/** A path and what lies below it. */
const pathPrefix = z.string().max(500).regex(/^\//, "must begin with /");

export const siteLimits = z.object({
  maxPages: z.int().min(1).max(1000).default(100),
  maxDepth: z.int().min(0).max(10).default(4).describe("Clicks from the first page."),
  maxMegabytes: z.int().min(1).max(500).default(100).describe("Of everything that is fetched in one reading."),
  maxMinutes: z.int().min(1).max(30).default(15),
  only: z.array(pathPrefix).max(50).default([]).describe("Paths that are read, with what lies below them. Empty: all."),
  except: z.array(pathPrefix).max(50).default([]).describe("Paths that are not read, with what lies below them."),
});
export type SiteLimits = z.output<typeof siteLimits>;

const questionAndAnswer = z.object({
  question: z.string().trim().min(1).max(1000),
  answer: z.string().trim().min(1).max(10_000),
});
export type QuestionAndAnswer = z.output<typeof questionAndAnswer>;

const maxTextLetters = 500_000;

const newSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("page"), url: pageAddress, title: name.optional(), refresh: refresh.default("weekly") }),
  z.object({
    kind: z.literal("site"),
    url: pageAddress.describe("Where reading begins; the rest of its host is found by its links and its sitemap."),
    title: name.optional(),
    refresh: refresh.default("weekly"),
    limits: siteLimits.prefault({}),
  }),
  z.object({
    kind: z.literal("text"),
    title: name,
    text: z.string().trim().min(1).max(maxTextLetters).describe("Plain, or Markdown: headings and tables count."),
  }),
  z.object({ kind: z.literal("answers"), title: name, answers: z.array(questionAndAnswer).min(1).max(1000) }),
]);
export type NewKnowledgeSource = z.output<typeof newSource>;

const source = z.object({
  id: z.string(),
  collectionId: z.string(),
  kind: z.enum(["file", "page", "site", "text", "answers"]),
  title: z.string(),
  status: z
    .enum(["waiting", "reading", "ready", "failed"])
    .describe("While it is read again, what was read before answers on."),
  problem: z.string().nullable().describe("What went wrong and how to mend it, in a sentence."),
  progress: z.object({ done: z.int(), total: z.int() }).describe("Pages, where there are several."),
  chunks: z.int().describe("Passages that can be found."),
  url: z.string().nullable(),
  bytes: z.int().nullable().describe("Of a file."),
  refresh: refresh.nullable(),
  limits: siteLimits.nullable(),
  nextRefreshAt: instant.nullable(),
  createdAt: instant,
  updatedAt: instant,
});
export type KnowledgeSource = z.output<typeof source>;

const chunk = z.object({
  id: z.string(),
  /** The page of a site; null for what is no site. */
  url: z.string().nullable(),
  pageTitle: z.string(),
  pageNumber: z.int().nullable(),
  heading: z.string(),
  text: z.string().describe("Tables are lines of `| cell | cell |`, the head first."),
  language: z.string(),
});
export type KnowledgeChunk = z.output<typeof chunk>;

const readErrors = ["bad_request", "unauthorized", "forbidden", "not_found"] as const;

export const listKnowledgeCollections = defineRoute({
  id: "knowledge-collections.list",
  summary: "The organisation's collections",
  method: "GET",
  path: "/api/v1/knowledge/collections",
  permission: "knowledge:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(collection) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const createKnowledgeCollection = defineRoute({
  id: "knowledge-collections.create",
  summary: "Makes an empty collection",
  method: "POST",
  path: "/api/v1/knowledge/collections",
  permission: "knowledge:write",
  body: z.object({ name }),
  response: { status: 201, schema: collection },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getKnowledgeCollection = defineRoute({
  id: "knowledge-collections.get",
  summary: "One collection",
  method: "GET",
  path: "/api/v1/knowledge/collections/:id",
  permission: "knowledge:read",
  params: idParams,
  response: { status: 200, schema: collection },
  errors: readErrors,
});

export const renameKnowledgeCollection = defineRoute({
  id: "knowledge-collections.rename",
  summary: "Gives a collection another name",
  method: "PATCH",
  path: "/api/v1/knowledge/collections/:id",
  permission: "knowledge:write",
  params: idParams,
  body: z.object({ name }),
  response: { status: 200, schema: collection },
  errors: readErrors,
});

export const deleteKnowledgeCollection = defineRoute({
  id: "knowledge-collections.delete",
  summary: "Deletes a collection with its sources and their files",
  method: "DELETE",
  path: "/api/v1/knowledge/collections/:id",
  permission: "knowledge:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: readErrors,
});

export const maxKnowledgeFileBytes = 50 * 1024 * 1024;

export const uploadKnowledgeFile = defineRoute({
  id: "knowledge-sources.upload",
  summary: "Takes a file (PDF, DOCX, PPTX, XLSX, CSV, TXT, Markdown, HTML) and reads it behind the request",
  method: "POST",
  path: "/api/v1/knowledge/collections/:id/files",
  permission: "knowledge:write",
  params: idParams,
  query: z.object({
    name: z
      .string({ error: "is missing: add the file's name to the address, as in ?name=prices.xlsx" })
      .pipe(name)
      .describe("The file's name, with its ending: `prices.xlsx`. Callers may hear it."),
  }),
  upload: {
    contentTypes: [
      "application/octet-stream",
      "application/pdf",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "text/csv",
      "text/plain",
      "text/markdown",
      "text/html",
    ],
    maxBytes: maxKnowledgeFileBytes,
  },
  response: { status: 202, schema: source },
  errors: [...readErrors, "conflict", "payload_too_large", "unsupported_media_type"],
});

export const addKnowledgeSource = defineRoute({
  id: "knowledge-sources.add",
  summary: "Adds a page, a site, a text or answers, and reads it behind the request",
  method: "POST",
  path: "/api/v1/knowledge/collections/:id/sources",
  permission: "knowledge:write",
  params: idParams,
  body: newSource,
  response: { status: 202, schema: source },
  errors: [...readErrors, "conflict"],
});

export const listKnowledgeSources = defineRoute({
  id: "knowledge-sources.list",
  summary: "A collection's sources, and how far each was read",
  method: "GET",
  path: "/api/v1/knowledge/collections/:id/sources",
  permission: "knowledge:read",
  params: idParams,
  query: pageQuery,
  response: { status: 200, schema: pageOf(source) },
  errors: readErrors,
});

export const getKnowledgeSource = defineRoute({
  id: "knowledge-sources.get",
  summary: "One source, and how far it was read",
  method: "GET",
  path: "/api/v1/knowledge/sources/:id",
  permission: "knowledge:read",
  params: idParams,
  response: { status: 200, schema: source },
  errors: readErrors,
});

export const deleteKnowledgeSource = defineRoute({
  id: "knowledge-sources.delete",
  summary: "Deletes a source, its passages and its file",
  method: "DELETE",
  path: "/api/v1/knowledge/sources/:id",
  permission: "knowledge:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: readErrors,
});

export const refreshKnowledgeSource = defineRoute({
  id: "knowledge-sources.refresh",
  summary: "Reads a source again, now",
  method: "POST",
  path: "/api/v1/knowledge/sources/:id/refresh",
  permission: "knowledge:write",
  params: idParams,
  response: { status: 202, schema: source },
  errors: readErrors,
});

export const listKnowledgeChunks = defineRoute({
  id: "knowledge-sources.chunks",
  summary: "The passages a source was cut into, in its order",
  method: "GET",
  path: "/api/v1/knowledge/sources/:id/chunks",
  permission: "knowledge:read",
  params: idParams,
  query: pageQuery,
  response: { status: 200, schema: pageOf(chunk) },
  errors: readErrors,
});

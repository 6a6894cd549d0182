/** Contacts from a CSV file: taken whole, imported behind the request, with a report of every bad line. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const columns = z
  .string()
  .max(4000)
  .regex(
    /^[^=,]+=[A-Za-z0-9_.]+(,[^=,]+=[A-Za-z0-9_.]+)*$/,
    "must be header=field pairs, such as Mobile=phone,Group=tag",
  )
  .describe(
    "Header=field pairs that override what the headers say. Fields: name, phone, email, language, timeZone, notes, tags, doNotCall, fields.<name>, ignore.",
  );

const contactImport = z.object({
  id: z.string(),
  state: z.enum(["waiting", "running", "done"]),
  dryRun: z.boolean(),
  /** Which column became what; null: left out. */
  columns: z.array(z.object({ header: z.string(), field: z.string().nullable() })),
  lines: z.int(),
  linesDone: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  badLines: z.int(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ContactImport = z.output<typeof contactImport>;

export const startContactImport = defineRoute({
  id: "contact-imports.start",
  summary: "Takes a CSV file of contacts and imports it behind the request; a known number updates its contact",
  method: "POST",
  path: "/api/v1/contact-imports",
  permission: "contacts:write",
  query: z.object({
    dryRun: z
      .enum(["true", "false"])
      .default("false")
      .transform((value) => value === "true")
      .describe("Reads and reports, changes nothing."),
    columns: columns.optional(),
  }),
  upload: { contentTypes: ["text/csv"], maxBytes: 20 * 1024 * 1024 },
  response: { status: 202, schema: contactImport },
  errors: ["bad_request", "unauthorized", "forbidden", "payload_too_large", "unsupported_media_type"],
});

export const getContactImport = defineRoute({
  id: "contact-imports.get",
  summary: "How far an import is",
  method: "GET",
  path: "/api/v1/contact-imports/:id",
  permission: "contacts:read",
  params: idParams,
  response: { status: 200, schema: contactImport },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

const importProblem = z.object({
  /** In the file; the header is line 1. */
  line: z.int(),
  field: z.string(),
  /** Mostly hidden. */
  value: z.string(),
  reason: z.string(),
  mend: z.string(),
});
export type ImportProblem = z.output<typeof importProblem>;

export const listImportProblems = defineRoute({
  id: "contact-imports.problems",
  summary: "Every line that was not imported, and why",
  method: "GET",
  path: "/api/v1/contact-imports/:id/problems",
  permission: "contacts:read",
  params: idParams,
  query: pageQuery,
  response: { status: 200, schema: pageOf(importProblem) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const exportImportProblems = defineRoute({
  id: "contact-imports.report",
  summary: "The same as CSV",
  method: "GET",
  path: "/api/v1/contact-imports/:id/report",
  permission: "contacts:read",
  params: idParams,
  response: { status: 200, schema: z.string(), contentType: "text/csv; charset=utf-8" },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

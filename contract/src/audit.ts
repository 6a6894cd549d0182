/** The audit log: who did what, when, to what. Entries are chained by hashes; the chain can be checked. */
import { z } from "zod";
import { pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

export const auditEntry = z.object({
  /** Counts from 1 without a gap. */
  seq: z.number().int(),
  at: z.iso.datetime(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  /** `noun.verb`: the route's id where a route did it. */
  action: z.string(),
  /** The id of what it was done to. */
  subject: z.string().nullable(),
  /** Ids, numbers and names of fields; never content. */
  facts: z.record(z.string(), z.unknown()),
  /** SHA-256, hex. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

const name = z.string().min(1).max(200);

export const auditFilters = z.object({
  actor: name.optional(),
  action: name.optional(),
  subject: name.optional(),
  /** Inclusive. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Exclusive. */
  to: z.iso.datetime({ offset: true }).optional(),
});

export const auditVerdict = z.object({
  state: z.enum(["intact", "broken"]),
  /** Looked at, up to the first broken one. */
  entries: z.number().int(),
  /** `missing`: an entry is not there. `changed`: it is not what was written. `moved`: it does not follow the one before. `rewritten`: the whole chain is another than the one noted outside the database. `cut`: its end is gone. */
  broken: z
    .object({ seq: z.number().int(), why: z.enum(["missing", "changed", "moved", "rewritten", "cut"]) })
    .nullable(),
  /** How far the chain is also noted outside the database; null: nowhere this process can read. */
  anchoredThrough: z.number().int().nullable(),
});
export type AuditVerdict = z.infer<typeof auditVerdict>;

const errors = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;

export const listAuditEntries = defineRoute({
  id: "audit-log.list",
  summary: "The audit log, newest first",
  method: "GET",
  path: "/api/v1/audit-log",
  permission: "audit:read",
  query: pageQuery.extend(auditFilters.shape),
  response: { status: 200, schema: pageOf(auditEntry) },
  errors,
});

export const verifyAuditLog = defineRoute({
  id: "audit-log.verify",
  summary: "Walks the whole chain and says whether it is intact, or which entry breaks it",
  method: "GET",
  path: "/api/v1/audit-log/verify",
  permission: "audit:read",
  response: { status: 200, schema: auditVerdict },
  errors,
});

export const verifyAllAuditLogs = defineRoute({
  id: "installation.verify-audit-logs",
  summary: "The same for organisations of the installation, a page of them at a time",
  method: "GET",
  path: "/api/v1/installation/audit-log/verify",
  permission: "installation",
  query: pageQuery,
  response: { status: 200, schema: pageOf(auditVerdict.extend({ organizationId: z.string() })) },
  errors: ["bad_request", "unauthorized", "token_expired", "forbidden", "too_many_requests"],
});

/** How long things are kept, what is taken out of words, exports, erasures and keys. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

export const redactedKinds = ["card", "national-id", "iban", "email", "phone"] as const;
export type RedactedKind = (typeof redactedKinds)[number];

/** Days until it is destroyed; null keeps it. */
const days = z.number().int().min(1).max(36_500).nullable().default(null);

export const retentionKinds = [
  "transcripts",
  "recordings",
  "contactsWithoutCalls",
  "messages",
  "appointments",
  "webhookDeliveries",
] as const;
export type RetentionKind = (typeof retentionKinds)[number];

export const privacyPolicy = z.object({
  /** Usage figures and the audit log are kept as long as the organisation is. */
  retentionDays: z
    .object({
      /** Words, numbers and events of a call; its times, outcome and cost stay. Takes the recording with it. */
      transcripts: days,
      recordings: days,
      /** Counted from the last change or call. */
      contactsWithoutCalls: days,
      messages: days,
      /** Counted from their end. */
      appointments: days,
      /** Those that are delivered or dead. */
      webhookDeliveries: days,
    })
    .prefault({}),
  /** Taken out of a call's words before they are stored. */
  redactBeforeStorage: z.array(z.enum(redactedKinds)).max(10).default([]),
  /** Taken out of what language models read, for every agent; an agent's own setting takes out all of them. */
  redactBeforeModel: z.array(z.enum(redactedKinds)).max(10).default([]),
  /** When a contact is erased: their calls are emptied, or lose the tie to the contact and keep their words. */
  contactErasure: z.enum(["erase-calls", "unlink-calls"]).default("erase-calls"),
});
export type PrivacyPolicy = z.infer<typeof privacyPolicy>;

const jobKinds = ["export", "erasure", "retention", "key-rotation"] as const;
const jobStates = ["waiting", "running", "done", "failed", "expired"] as const;

export const privacyJob = z.object({
  id: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  /** Of the contact; null: the whole organisation. */
  contactId: z.string().nullable(),
  /** What it has done so far, by kind of thing. */
  counts: z.record(z.string(), z.number().int()),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  /** Of an archive that can be fetched. */
  archive: z.object({ bytes: z.number().int(), expiresAt: z.iso.datetime() }).nullable(),
});
export type PrivacyJob = z.infer<typeof privacyJob>;

const errors = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;

export const getPrivacyPolicy = defineRoute({
  id: "privacy-policy.get",
  summary: "How long things are kept and what is taken out of words",
  method: "GET",
  path: "/api/v1/privacy-policy",
  permission: "privacy:read",
  response: { status: 200, schema: privacyPolicy },
  errors,
});

export const setPrivacyPolicy = defineRoute({
  id: "privacy-policy.set",
  summary: "Replaces the policy; the next night's run of retention follows it",
  method: "PUT",
  path: "/api/v1/privacy-policy",
  permission: "privacy:write",
  body: privacyPolicy,
  response: { status: 200, schema: privacyPolicy },
  errors,
});

export const createPrivacyJob = defineRoute({
  id: "privacy-jobs.create",
  summary: "Exports or erases everything about a contact, exports the organisation, or applies retention now",
  method: "POST",
  path: "/api/v1/privacy-jobs",
  permission: "privacy:write",
  body: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("export"), contactId: idParams.shape.id.optional() }),
    z.object({ kind: z.literal("erasure"), contactId: idParams.shape.id }),
    z.object({ kind: z.literal("retention") }),
  ]),
  response: { status: 202, schema: privacyJob },
  errors: [...errors, "not_found"],
});

export const listPrivacyJobs = defineRoute({
  id: "privacy-jobs.list",
  summary: "Exports, erasures, runs of retention and rotations of keys, newest first",
  method: "GET",
  path: "/api/v1/privacy-jobs",
  permission: "privacy:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(privacyJob) },
  errors,
});

export const getPrivacyJob = defineRoute({
  id: "privacy-jobs.get",
  summary: "How far a job is, and what it did",
  method: "GET",
  path: "/api/v1/privacy-jobs/:id",
  permission: "privacy:read",
  params: idParams,
  response: { status: 200, schema: privacyJob },
  errors: [...errors, "not_found"],
});

export const downloadPrivacyArchive = defineRoute({
  id: "privacy-jobs.download",
  summary: "An export as tar.gz: JSON lines, and recordings as WAV; the reader is on record",
  method: "GET",
  path: "/api/v1/privacy-jobs/:id/archive",
  // Everything there is: held by owners alone.
  permission: "privacy:write",
  params: idParams,
  response: { status: 200, schema: z.any(), contentType: "application/gzip" },
  errors: [...errors, "not_found", "internal"],
});

export const rotateOrganizationKey = defineRoute({
  id: "organizations.rotate-key",
  summary:
    "A new key for the organisation: the keys of its rows are sealed anew, the former version is destroyed at the end",
  method: "POST",
  path: "/api/v1/organizations/:id/keys/rotate",
  permission: "privacy:write",
  params: idParams,
  response: { status: 202, schema: privacyJob },
  errors: [...errors, "not_found", "conflict"],
});

export const listInstallationKeys = defineRoute({
  id: "installation.list-keys",
  summary:
    "Which master keys still open the root key, the newest first; an old one is dropped when no setting names it",
  method: "GET",
  path: "/api/v1/installation/keys",
  permission: "installation",
  response: {
    status: 200,
    schema: z.object({
      items: z.array(
        z.object({
          /** A fingerprint; says nothing about the key. */
          name: z.string(),
          kind: z.enum(["setting", "aws-kms"]),
          since: z.iso.datetime(),
          isCurrent: z.boolean(),
          /** Of the root key; 0 would mean that it may be forgotten. */
          wraps: z.number().int(),
        }),
      ),
    }),
  },
  errors: ["unauthorized", "token_expired", "forbidden", "too_many_requests"],
});

export const eraseAccount = defineRoute({
  id: "account.erase",
  summary: "Erases my account for ever; I confirm by its e-mail address. Organisations stay, and need another owner",
  method: "DELETE",
  path: "/api/v1/account",
  permission: "account",
  limit: "strict",
  query: z.object({ confirm: z.string().min(1).max(254) }),
  response: { status: 200, schema: z.object({ erased: z.literal(true) }) },
  errors: ["bad_request", "unauthorized", "token_expired", "forbidden", "conflict", "too_many_requests"],
});

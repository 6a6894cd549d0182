import type { PrivacyPolicy } from "@parley/contract/privacy";
import { bigint, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const privacyPolicies = pgTable("privacy_policies", {
  orgId: text("org_id").primaryKey(),
  policy: jsonb("policy").$type<PrivacyPolicy>().notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** Of an erasure: keyed hashes, in hex, by which what it takes is found. Of a rotation: the version that is taken up. */
export interface JobOptions {
  readonly callerHashes?: readonly string[];
  readonly appointmentHashes?: readonly string[];
  readonly unlinkCalls?: boolean;
  readonly keyVersion?: number;
}

export const privacyJobs = pgTable(
  "privacy_jobs",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    kind: text("kind", { enum: ["export", "erasure", "retention", "key-rotation"] }).notNull(),
    state: text("state", { enum: ["waiting", "running", "done", "failed", "expired"] }).notNull(),
    subject: text("subject"),
    options: jsonb("options").$type<JobOptions>().notNull().default({}),
    counts: jsonb("counts").$type<Record<string, number>>().notNull().default({}),
    /** Of an archive, under the organisation's key. */
    keyWrap: bytea("key_wrap"),
    storedBytes: bigint("stored_bytes", { mode: "number" }),
    location: text("location", { enum: ["folder", "s3"] }),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
    expiresAt: instant("expires_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
export type PrivacyJobRow = typeof privacyJobs.$inferSelect;

export const privacyJobCalls = pgTable(
  "privacy_job_calls",
  {
    orgId: text("org_id").notNull(),
    jobId: text("job_id").notNull(),
    callId: text("call_id").notNull(),
    what: text("what", { enum: ["call", "recording"] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.jobId, table.callId] })],
);

export const erasures = pgTable(
  "erasures",
  {
    orgId: text("org_id").notNull(),
    kind: text("kind", { enum: ["contact"] }).notNull(),
    subject: text("subject").notNull(),
    erasedAt: instant("erased_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.kind, table.subject] })],
);

import {
  bigint,
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const callStatuses = ["live", "completed", "failed", "interrupted"] as const;
export type CallStatus = (typeof callStatuses)[number];

export const calls = pgTable("calls", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  agentId: text("agent_id").notNull(),
  agentName: text("agent_name").notNull(),
  /** The number of a published version, or `draft`. */
  agentVersion: text("agent_version"),
  /** The arm of its number's split. */
  variant: text("variant"),
  language: text("language").notNull(),
  channel: text("channel", { enum: ["phone", "web", "text"] }).notNull(),
  direction: text("direction", { enum: ["inbound", "outbound"] }).notNull(),
  status: text("status", { enum: callStatuses }).notNull(),
  /** The carrier's own id of the call. */
  externalId: text("external_id"),
  /** The process that carries it: whose death orphans it. */
  processId: text("process_id").notNull(),
  startedAt: instant("started_at").notNull(),
  answeredAt: instant("answered_at"),
  endedAt: instant("ended_at"),
  lastEventAt: instant("last_event_at").notNull(),
  hangUpReason: text("hang_up_reason"),
  durationMs: integer("duration_ms"),
  turns: integer("turns").notNull().default(0),
  firstAudioP50Ms: real("first_audio_p50_ms"),
  sealedCaller: bytea("sealed_caller"),
  sealedCalled: bytea("sealed_called"),
  /** Of the number at the other end. */
  callerHash: bytea("caller_hash"),
  contactId: text("contact_id"),
  /** The call's key under the organisation's. Gone: the content is erased. */
  keyWrap: bytea("key_wrap"),
  /** Kept by the database, with the recording. */
  hasRecording: boolean("has_recording").notNull().default(false),
  review: text("review", { enum: ["right", "wrong"] }),
  reviewedAt: instant("reviewed_at"),
  reviewedBy: text("reviewed_by"),
  sealedReview: bytea("sealed_review"),
  /** Its words are in the index and its figures counted. */
  digestedAt: instant("digested_at"),
  erasedAt: instant("erased_at"),
});
export type CallRow = typeof calls.$inferSelect;

export const callEvents = pgTable(
  "call_events",
  {
    orgId: text("org_id").notNull(),
    callId: text("call_id").notNull(),
    seq: integer("seq").notNull(),
    atMs: doublePrecision("at_ms").notNull(),
    v: smallint("v").notNull(),
    type: text("type").notNull(),
    facts: jsonb("facts").$type<Record<string, unknown>>().notNull(),
    content: bytea("content"),
  },
  (table) => [primaryKey({ columns: [table.callId, table.seq] })],
);

/** The blind index: a keyed hash for each word heard in a call. */
export const callWords = pgTable(
  "call_words",
  {
    orgId: text("org_id").notNull(),
    word: bigint("word", { mode: "bigint" }).notNull(),
    startedAt: instant("started_at").notNull(),
    callId: text("call_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.word, table.startedAt, table.callId] })],
);

export const callNotes = pgTable(
  "call_notes",
  {
    orgId: text("org_id").notNull(),
    id: text("id").notNull(),
    callId: text("call_id").notNull(),
    sealedText: bytea("sealed_text").notNull(),
    authorKind: text("author_kind").notNull(),
    authorId: text("author_id").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

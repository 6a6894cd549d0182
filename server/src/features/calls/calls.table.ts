import {
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
});

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

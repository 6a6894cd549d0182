import { bigint, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true });

const recordingStates = ["recording", "complete", "incomplete", "failed", "deleted"] as const;
export type RecordingState = (typeof recordingStates)[number];

export const recordings = pgTable(
  "recordings",
  {
    orgId: text("org_id").notNull(),
    callId: text("call_id").notNull(),
    state: text("state", { enum: recordingStates }).notNull(),
    location: text("location", { enum: ["folder", "s3"] }).notNull(),
    sampleRateHz: integer("sample_rate_hz").notNull(),
    /** As stored, sealed. */
    storedBytes: bigint("stored_bytes", { mode: "number" }).notNull().default(0),
    /** Two channels of mu-law. */
    soundBytes: bigint("sound_bytes", { mode: "number" }).notNull().default(0),
    /** The sound's key under the call's. */
    keyWrap: bytea("key_wrap"),
    sealedPeaks: bytea("sealed_peaks"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.callId] })],
);
export type RecordingRow = typeof recordings.$inferSelect;

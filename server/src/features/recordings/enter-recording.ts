/** A recording's row, written by the process that carried its call. Writing it again changes nothing. */
import { and, eq, ne, sql } from "drizzle-orm";
import { wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { CallKeys } from "../calls/index.ts";
import { keyNameOf, type RecordingNote, type RecordingOf } from "./recording-files.ts";
import { type RecordingState, recordings } from "./recordings.table.ts";

export interface EndedRecording {
  readonly state: Extract<RecordingState, "complete" | "incomplete" | "failed">;
  readonly storedBytes: number;
  readonly soundBytes: number;
  readonly endedAtMs: number;
}

export type Entered =
  | "entered"
  /** The call is not in the database, or not yet. */
  | "no-call"
  /** The call's content, or this recording, was erased. */
  | "erased";

interface EnterParts {
  readonly db: OrgDb;
  readonly callKeys: CallKeys;
}

/** `ended` absent: the call goes on. Throws DbError. */
export async function enterRecording(
  { db, callKeys }: EnterParts,
  note: RecordingNote,
  ended?: EndedRecording,
): Promise<Entered> {
  return await db.withOrg(note.orgId, async (tx) => {
    const { orgId, callId } = note;
    if (!(await hasCall(tx, callId))) return "no-call";
    const callKey = await callKeys.of(tx, { orgId, callId });
    if (callKey === undefined) return "erased";
    const entry = {
      ...{ orgId, callId, sampleRateHz: note.sampleRateHz },
      state: "recording" as const,
      location: "folder" as const,
      keyWrap: wrapKey(callKey, note.key, keyNameOf(note)),
      createdAt: new Date(note.createdAtMs),
    };
    await tx.insert(recordings).values(entry).onConflictDoNothing();
    if (ended === undefined) return "entered";
    const { state, storedBytes, soundBytes } = ended;
    const changed = await tx
      .update(recordings)
      .set({ state, storedBytes, soundBytes, endedAt: new Date(ended.endedAtMs) })
      .where(and(eq(recordings.callId, callId), ne(recordings.state, "deleted"), eq(recordings.location, "folder")))
      .returning({ callId: recordings.callId });
    return changed.length > 0 || (await isKept(tx, callId)) ? "entered" : "erased";
  });
}

/** The sound lies in the bucket from now on. */
export async function enterUpload(db: OrgDb, { orgId, callId }: RecordingOf): Promise<void> {
  await db.withOrg(orgId, (tx) => tx.update(recordings).set({ location: "s3" }).where(eq(recordings.callId, callId)));
}

async function hasCall(tx: OrgTx, callId: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`select 1 from calls where id = ${callId}`);
  return rows.length > 0;
}

async function isKept(tx: OrgTx, callId: string): Promise<boolean> {
  const [row] = await tx.select({ state: recordings.state }).from(recordings).where(eq(recordings.callId, callId));
  return row !== undefined && row.state !== "deleted";
}

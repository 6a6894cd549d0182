/** What people write about a call: notes and a verdict, sealed under the call's own key, so that they go with it. */
import type { CallNote, CallReview } from "@parley/contract/call-record";
import { and, asc, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { open, seal } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { callKeyOf } from "./call-content.ts";
import { type CallRow, callNotes, calls } from "./calls.table.ts";
import { requireCall } from "./require-call.ts";

const maxNotes = 200;

interface Author {
  readonly orgKey: Buffer;
  readonly actor: Actor;
  readonly now: Date;
}

export async function selectNotes(tx: OrgTx, orgKey: Buffer, call: CallRow): Promise<CallNote[]> {
  const key = callKeyOf(orgKey, call);
  if (key === undefined) return [];
  const rows = await tx
    .select()
    .from(callNotes)
    .where(eq(callNotes.callId, call.id))
    .orderBy(asc(callNotes.createdAt), asc(callNotes.id));
  return rows.map((row) => ({
    id: row.id,
    text: String(open(key, placeOf(call, `note ${row.id}`), row.sealedText)),
    author: { kind: row.authorKind, id: row.authorId },
    createdAt: row.createdAt.toISOString(),
  }));
}

/** Throws AppError `conflict` when a call has all the notes it may have. */
export async function addNote(
  tx: OrgTx,
  { orgKey, actor, now }: Author,
  { callId, text }: { callId: string; text: string },
): Promise<CallNote> {
  const call = await requireCall(tx, callId, "lock");
  if ((await tx.$count(callNotes, eq(callNotes.callId, callId))) >= maxNotes) {
    throw new AppError("conflict", { publicMessage: `A call may have ${maxNotes} notes. Delete one first.` });
  }
  const id = newId("note", now.getTime());
  const author = { kind: actor.kind, id: actor.id };
  await tx.insert(callNotes).values({
    ...{ orgId: call.orgId, id, callId, createdAt: now, authorKind: actor.kind, authorId: actor.id },
    sealedText: sealed(orgKey, call, { place: `note ${id}`, text }),
  });
  return { id, text, author, createdAt: now.toISOString() };
}

/** Throws AppError `not_found`. */
export async function removeNote(tx: OrgTx, { callId, noteId }: { callId: string; noteId: string }): Promise<void> {
  const gone = await tx
    .delete(callNotes)
    .where(and(eq(callNotes.callId, callId), eq(callNotes.id, noteId)))
    .returning({ id: callNotes.id });
  if (gone.length === 0) throw new AppError("not_found", { publicMessage: "There is no such note." });
}

export async function writeReview(
  tx: OrgTx,
  { orgKey, actor, now }: Author,
  { callId, verdict, reason }: { callId: string; verdict: "right" | "wrong"; reason: string },
): Promise<CallReview> {
  const call = await requireCall(tx, callId, "lock");
  const sealedReview = sealed(orgKey, call, { place: "review", text: reason });
  await tx
    .update(calls)
    .set({ review: verdict, reviewedAt: now, reviewedBy: actor.id, sealedReview })
    .where(eq(calls.id, callId));
  return { verdict, reason, reviewedBy: actor.id, reviewedAt: now.toISOString() };
}

export function readReview(orgKey: Buffer, call: CallRow): CallReview | null {
  const { review, reviewedAt, reviewedBy, sealedReview } = call;
  const key = callKeyOf(orgKey, call);
  if (review === null || reviewedAt === null || sealedReview === null || key === undefined) return null;
  const reason = String(open(key, placeOf(call, "review"), sealedReview));
  return { verdict: review, reason, reviewedBy: reviewedBy ?? "", reviewedAt: reviewedAt.toISOString() };
}

const placeOf = ({ orgId, id }: CallRow, seq: string) => ({ orgId, owner: id, seq });

function sealed(orgKey: Buffer, call: CallRow, { place, text }: { place: string; text: string }): Buffer {
  const key = callKeyOf(orgKey, call);
  if (key === undefined) throw new AppError("not_found", { publicMessage: "This call's content was erased." });
  return seal(key, placeOf(call, place), text);
}

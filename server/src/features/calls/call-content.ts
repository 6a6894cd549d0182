/** Opens what is sealed of calls: their events, for those that are looked at. */
import type { TranscriptTurn } from "@parley/contract/call-record";
import { and, asc, inArray } from "drizzle-orm";
import type { CallEvent, CallEventType } from "../../call/call-event.ts";
import { unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CallRow, callEvents } from "./calls.table.ts";
import { type EventRow, fromRow } from "./stored-event.ts";
import { toTranscript, transcriptEventTypes } from "./transcript.ts";

/** Undefined: it was destroyed. */
export const callKeyOf = (orgKey: Buffer, { keyWrap, id }: Pick<CallRow, "keyWrap" | "id">): Buffer | undefined =>
  keyWrap === null ? undefined : unwrapKey(orgKey, keyWrap, id);

interface Wanted {
  readonly of: readonly Pick<CallRow, "keyWrap" | "id">[];
  /** All, unless told. */
  readonly types?: readonly CallEventType[];
}

/** Sealed, in order, by the call's id. */
async function selectEvents(tx: OrgTx, { of, types }: Wanted): Promise<Map<string, EventRow[]>> {
  const found = new Map<string, EventRow[]>(of.map(({ id }) => [id, []]));
  if (of.length === 0) return found;
  const ofTypes = types === undefined ? undefined : inArray(callEvents.type, [...types]);
  const rows = await tx
    .select()
    .from(callEvents)
    .where(and(inArray(callEvents.callId, [...found.keys()]), ofTypes))
    .orderBy(asc(callEvents.callId), asc(callEvents.seq));
  for (const row of rows) found.get(row.callId)?.push(row);
  return found;
}

/** In order, by the call's id. */
export async function openEvents(tx: OrgTx, orgKey: Buffer, wanted: Wanted): Promise<Map<string, CallEvent[]>> {
  const rows = await selectEvents(tx, wanted);
  const keys = new Map(wanted.of.map((call) => [call.id, callKeyOf(orgKey, call)]));
  return new Map([...rows].map(([id, sealed]) => [id, sealed.map((row) => fromRow(row, keys.get(id)))]));
}

/** Turns by the call's id, each opened when it is asked for: opening costs most of a search. */
export async function openTurns(
  tx: OrgTx,
  orgKey: Buffer,
  of: readonly CallRow[],
): Promise<Map<string, Iterable<TranscriptTurn>>> {
  const rows = await selectEvents(tx, { of, types: ["turn-committed", "reply-first-audio", "reply-finished"] });
  // Only a call that broke off has replies that were never finished: their words are put together from their parts.
  const broken = of.filter(({ status }) => status === "interrupted");
  const whole = await openEvents(tx, orgKey, { of: broken, types: transcriptEventTypes });
  const turns = new Map<string, Iterable<TranscriptTurn>>();
  for (const call of of) {
    const events = whole.get(call.id);
    turns.set(
      call.id,
      events === undefined ? turnsOf(rows.get(call.id) ?? [], callKeyOf(orgKey, call)) : toTranscript(events),
    );
  }
  return turns;
}

function* turnsOf(rows: readonly EventRow[], key: Buffer | undefined): Generator<TranscriptTurn> {
  const begun = new Map<unknown, CallEvent>();
  for (const row of rows) {
    const event = fromRow(row, key);
    if (event.type === "reply-first-audio") begun.set(event.replyId, event);
    else yield* toTranscript([begun.get(row.facts.replyId), event].filter((one) => one !== undefined));
  }
}

/** Opens what is sealed of calls: their events, for those that are looked at. */
import { and, asc, inArray } from "drizzle-orm";
import type { CallEvent, CallEventType } from "../../call/call-event.ts";
import { unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CallRow, callEvents } from "./calls.table.ts";
import { fromRow } from "./stored-event.ts";

/** Undefined: it was destroyed. */
export const callKeyOf = (orgKey: Buffer, { keyWrap, id }: Pick<CallRow, "keyWrap" | "id">): Buffer | undefined =>
  keyWrap === null ? undefined : unwrapKey(orgKey, keyWrap, id);

/** In order, by the call's id. Of some types only, where told. */
export async function openEvents(
  tx: OrgTx,
  orgKey: Buffer,
  { of, types }: { of: readonly Pick<CallRow, "keyWrap" | "id">[]; types?: readonly CallEventType[] },
): Promise<Map<string, CallEvent[]>> {
  const opened = new Map<string, CallEvent[]>(of.map(({ id }) => [id, []]));
  if (of.length === 0) return opened;
  const keys = new Map(of.map((call) => [call.id, callKeyOf(orgKey, call)]));
  const ofTypes = types === undefined ? undefined : inArray(callEvents.type, [...types]);
  const rows = await tx
    .select()
    .from(callEvents)
    .where(and(inArray(callEvents.callId, [...keys.keys()]), ofTypes))
    .orderBy(asc(callEvents.callId), asc(callEvents.seq));
  for (const row of rows) opened.get(row.callId)?.push(fromRow(row, keys.get(row.callId)));
  return opened;
}

/** A CallEvent as it lies in the database: facts in the clear, `content` sealed under the call's key. */
import type { CallEvent } from "../../call/call-event.ts";
import { open, seal } from "../../platform/crypto/envelope.ts";
import type { callEvents } from "./calls.table.ts";

export type EventRow = typeof callEvents.$inferSelect;

export interface EventOwner {
  readonly orgId: string;
  readonly callId: string;
}

/** Without a key (erased), content is not kept. */
export function toRow(owner: EventOwner, event: CallEvent, key: Buffer | undefined): EventRow {
  const { v, seq, atMs, type, content, ...facts } = event as CallEvent & { content?: unknown };
  const sealed = content === undefined || key === undefined ? null : seal(key, placeOf(owner, seq), content);
  return { ...owner, v, seq, atMs, type, facts: storable(facts), content: sealed };
}

/** Erased content is absent from the event. Throws UnsealError when the row was moved or changed. */
export function fromRow(row: EventRow, key: Buffer | undefined): CallEvent {
  const content =
    row.content === null || key === undefined ? {} : { content: open(key, placeOf(row, row.seq), row.content) };
  return { ...row.facts, ...content, v: row.v, seq: row.seq, atMs: row.atMs, type: row.type } as CallEvent;
}

const placeOf = ({ orgId, callId }: EventOwner, seq: number) => ({ orgId, owner: callId, seq });

/** PostgreSQL's JSON takes neither NUL nor half a surrogate pair, and a model may put either into a tool's name. */
function storable(facts: Record<string, unknown>): Record<string, unknown> {
  const clean = (_name: string, value: unknown) =>
    typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
  return JSON.parse(JSON.stringify(facts, clean)) as Record<string, unknown>;
}

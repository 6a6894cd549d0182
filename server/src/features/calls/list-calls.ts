/** Pages of calls, newest first. */
import { and, desc, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CallFilters, conditionsOf } from "./call-filters.ts";
import { type CallRow, calls } from "./calls.table.ts";

export interface ListCallsQuery extends Omit<CallFilters, "q"> {
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 200; 50 unless told. */
  readonly limit?: number;
}

export interface CallRows {
  readonly rows: CallRow[];
  readonly nextCursor: string | undefined;
}

/** Throws AppError `bad_request` for a cursor that is none of ours, or a number that cannot be read. */
export async function selectCalls(tx: OrgTx, orgKey: Buffer, query: ListCallsQuery): Promise<CallRows> {
  const limit = limitOf(query);
  const conditions = conditionsOf(query, orgKey);
  if (query.cursor !== undefined) conditions.push(before(sql`(${calls.startedAt}, ${calls.id})`, query.cursor));
  const rows = await tx
    .select()
    .from(calls)
    .where(and(...conditions))
    .orderBy(desc(calls.startedAt), desc(calls.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last !== undefined ? makeCursor(last) : undefined };
}

export const limitOf = ({ limit }: { limit?: number }): number => Math.min(200, Math.max(1, Math.trunc(limit ?? 50)));

interface Position {
  readonly startedAt: Date;
  readonly id: string;
}

/** Beyond the last call of the page before. */
export function before(position: SQL, cursor: string): SQL {
  const { startedAt, id } = parseCursor(cursor);
  return sql`${position} < (${startedAt.toISOString()}::timestamptz, ${id}::text)`;
}

export const makeCursor = ({ startedAt, id }: Position): string =>
  Buffer.from(`${startedAt.getTime()}.${id}`).toString("base64url");

function parseCursor(text: string): Position {
  const [, time = "", id = ""] = /^(\d{1,15})\.([\w-]{1,100})$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (id === "") {
    throw new AppError("bad_request", {
      publicMessage: "cursor is not one this list gave out. Leave it away to start at the newest call.",
    });
  }
  return { startedAt: new Date(Number(time)), id };
}

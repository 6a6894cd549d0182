/** Pages of calls, newest first. */
import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CallStatus, calls } from "./calls.table.ts";

export interface ListCallsQuery {
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** 1 to 200; 50 unless told. */
  readonly limit?: number;
  readonly externalId?: string;
  readonly status?: CallStatus;
}

type CallRow = typeof calls.$inferSelect;

/** Throws AppError `bad_request` for a cursor that is none of ours. */
export async function selectCalls(
  tx: OrgTx,
  query: ListCallsQuery,
): Promise<{ rows: CallRow[]; nextCursor: string | undefined }> {
  const limit = Math.min(200, Math.max(1, Math.trunc(query.limit ?? 50)));
  const conditions: (SQL | undefined)[] = [
    query.cursor === undefined ? undefined : before(parseCursor(query.cursor)),
    query.externalId === undefined ? undefined : eq(calls.externalId, query.externalId),
    query.status === undefined ? undefined : eq(calls.status, query.status),
  ];
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

interface Cursor {
  readonly startedAtMs: number;
  readonly id: string;
}

const before = ({ startedAtMs, id }: Cursor) =>
  sql`(${calls.startedAt}, ${calls.id}) < (${new Date(startedAtMs).toISOString()}::timestamptz, ${id})`;

const makeCursor = (row: CallRow) => Buffer.from(`${row.startedAt.getTime()}.${row.id}`).toString("base64url");

function parseCursor(text: string): Cursor {
  const [, time = "", id = ""] = /^(\d{1,15})\.(\w{1,80})$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (id === "") {
    throw new AppError("bad_request", {
      publicMessage: "cursor is not one this list gave out. Leave it away to start at the newest call.",
    });
  }
  return { startedAtMs: Number(time), id };
}

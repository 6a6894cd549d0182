import { and, eq, isNull } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CallRow, calls } from "./calls.table.ts";

/** Throws AppError `not_found`; an erased call is no call any more. `lock`: until the transaction's end nobody else changes it. */
export async function requireCall(tx: OrgTx, callId: string, lock?: "lock"): Promise<CallRow> {
  const query = tx
    .select()
    .from(calls)
    .where(and(eq(calls.id, callId), isNull(calls.erasedAt)));
  const [row] = await (lock === undefined ? query : query.for("update"));
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such call." });
  return row;
}

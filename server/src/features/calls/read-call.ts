/** One call, for what is done in a transaction of its organisation. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { type CallSummary, summarize } from "./call-summary.ts";
import { calls } from "./calls.table.ts";

/** Undefined when there is none. */
export async function readCall(
  tx: OrgTx,
  { orgId, callId }: { orgId: string; callId: string },
  organizations: Pick<Organizations, "keyOf">,
): Promise<CallSummary | undefined> {
  const [row] = await tx.select().from(calls).where(eq(calls.id, callId));
  return row === undefined ? undefined : summarize(row, await organizations.keyOf(tx, orgId));
}

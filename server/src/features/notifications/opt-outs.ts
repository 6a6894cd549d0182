/** Who wrote STOP, by the hash of their number. */
import { eq } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { textOptOuts } from "./notifications.table.ts";

export async function isOptedOut(tx: OrgTx, recipientHash: Buffer): Promise<boolean> {
  const rows = await tx
    .select({ since: textOptOuts.since })
    .from(textOptOuts)
    .where(eq(textOptOuts.recipientHash, recipientHash));
  return rows.length > 0;
}

export async function optOut(tx: OrgTx, row: { orgId: string; recipientHash: Buffer; since: Date }): Promise<void> {
  await tx.insert(textOptOuts).values(row).onConflictDoNothing();
}

export async function optIn(tx: OrgTx, recipientHash: Buffer): Promise<void> {
  await tx.delete(textOptOuts).where(eq(textOptOuts.recipientHash, recipientHash));
}

import type { ConnectionVendor } from "@parley/contract/connections";
import { asc } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { connections } from "./connections.table.ts";

/** Which accounts there are and whether they work, without opening anything. Oldest first. */
export async function listAccounts(
  tx: OrgTx,
): Promise<{ connectionId: string; vendor: ConnectionVendor; isConnected: boolean }[]> {
  const { id, vendor, status } = connections;
  const rows = await tx.select({ id, vendor, status }).from(connections).orderBy(asc(id));
  return rows.map((row) => ({ connectionId: row.id, vendor: row.vendor, isConnected: row.status === "connected" }));
}

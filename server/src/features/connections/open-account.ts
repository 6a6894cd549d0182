import type { ConnectionVendor } from "@parley/contract/connections";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { connections } from "./connections.table.ts";
import { openConnection, type StoredSecrets } from "./sealed-connection.ts";

export interface OpenAccount {
  readonly vendor: ConnectionVendor;
  readonly secrets: StoredSecrets;
}

/** The secrets of an account, for the adapter of its vendor and nobody else. Throws AppError `not_found`. */
export async function openAccount(
  { db, organizations }: { readonly db: OrgDb; readonly organizations: Pick<Organizations, "keyOf"> },
  { orgId, connectionId }: { readonly orgId: string; readonly connectionId: string },
): Promise<OpenAccount> {
  return await db.withOrg(orgId, async (tx) => {
    const [row] = await tx.select().from(connections).where(eq(connections.id, connectionId));
    if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such connection." });
    return { vendor: row.vendor, secrets: openConnection(row, await organizations.keyOf(tx, orgId)).secrets };
  });
}

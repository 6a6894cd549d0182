/** Connections' rows, found and opened. */
import type { ConnectionVendor } from "@parley/contract/connections";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { CarrierAccount, ConnectionsParts, OfConnection } from "./connection-parts.ts";
import { type ConnectionRow, connections } from "./connections.table.ts";
import { openConnection } from "./sealed-connection.ts";

export const noSuchConnection = () => new AppError("not_found", { publicMessage: "There is no such connection." });

export type ConnectionRows = ReturnType<typeof createConnectionRows>;

export function createConnectionRows(parts: Pick<ConnectionsParts, "db" | "organizations" | "masterKey">) {
  const { db, organizations, masterKey } = parts;
  const accountsKey = deriveSecret(masterKey, "carrier accounts");
  const find = async (tx: OrgTx, id: string): Promise<ConnectionRow> => {
    const [row] = await tx.select().from(connections).where(eq(connections.id, id));
    if (row === undefined) throw noSuchConnection();
    return row;
  };
  const opened = async (tx: OrgTx, row: ConnectionRow) => openConnection(row, await organizations.keyOf(tx, row.orgId));
  return {
    hashOf: (accountSid: string) => keyedHash(accountsKey, accountSid.toLowerCase()),
    /** A person's account at a vendor: one organisation may hold several. */
    hashOfPerson: (vendor: ConnectionVendor, account: string) =>
      keyedHash(accountsKey, `${vendor}\0${account.toLowerCase()}`),
    /** Throws `not_found`. */
    find,
    opened,
    read: async ({ orgId, id }: OfConnection) =>
      await db.withOrg(orgId, async (tx) => {
        const row = await find(tx, id);
        return { row, content: await opened(tx, row) };
      }),
    /** Undefined for what is no telephone company. */
    async toAccount(tx: OrgTx, row: ConnectionRow): Promise<CarrierAccount | undefined> {
      const { secrets } = await opened(tx, row);
      return "accountSid" in secrets ? { ...secrets, connectionId: row.id, orgId: row.orgId } : undefined;
    },
  };
}

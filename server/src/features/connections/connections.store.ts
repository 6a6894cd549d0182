/** Accounts at vendors: asked before they are kept, sealed, never told again. */
import { type KeyVendor, keyVendors } from "@parley/contract/connections";
import { asc, eq, gt } from "drizzle-orm";
import { createConnectionChanges } from "./connection-changes.ts";
import type { CarrierAccount, Connections, ConnectionsParts } from "./connection-parts.ts";
import { type ConnectionRows, createConnectionRows, noSuchConnection } from "./connection-rows.ts";
import { connections } from "./connections.table.ts";
import { openConnection, toConnection } from "./sealed-connection.ts";

const isKeyVendor = (vendor: string): vendor is KeyVendor => (keyVendors as readonly string[]).includes(vendor);

export function createConnections(parts: ConnectionsParts): Connections {
  const { db, organizations } = parts;
  const store = createConnectionRows(parts);
  return {
    async list(orgId, { limit, cursor }) {
      return await db.withOrg(orgId, async (tx) => {
        const after = cursor === undefined ? undefined : gt(connections.id, cursor);
        const rows = await tx
          .select()
          .from(connections)
          .where(after)
          .orderBy(asc(connections.id))
          .limit(limit + 1);
        const orgKey = await organizations.keyOf(tx, orgId);
        const shown = rows.slice(0, limit);
        return {
          items: shown.map((row) => toConnection(row, openConnection(row, orgKey))),
          nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
        };
      });
    },
    async get(of) {
      const { row, content } = await store.read(of);
      return toConnection(row, content);
    },
    ...createConnectionChanges(parts, store),
    async credentialsFor(tx, orgId, vendor) {
      if (!isKeyVendor(vendor)) return undefined;
      const [row] = await tx.select().from(connections).where(eq(connections.vendor, vendor));
      if (row?.orgId !== orgId) return undefined;
      const { secrets } = await store.opened(tx, row);
      return "apiKey" in secrets ? { apiKey: secrets.apiKey } : undefined;
    },
    async carrierAccount(tx, _orgId, connectionId) {
      const account = await store.toAccount(tx, await store.find(tx, connectionId));
      if (account === undefined) throw noSuchConnection();
      return account;
    },
    carrierAccounts: (accountSid) => carrierAccounts(parts, store, accountSid),
    async carrierAccountOf(connectionId) {
      const [orgId] = await db.askForIds("organization_of_connection", [connectionId]);
      if (orgId === undefined) return undefined;
      return await db.withOrg(orgId, async (tx) => await store.toAccount(tx, await store.find(tx, connectionId)));
    },
  };
}

async function carrierAccounts(
  { db }: ConnectionsParts,
  store: ConnectionRows,
  accountSid: string,
): Promise<CarrierAccount[]> {
  const hash = store.hashOf(accountSid);
  const orgIds = await db.askForIds("organizations_of_carrier_account", [hash]);
  const found = await Promise.all(
    orgIds.map((orgId) =>
      db.withOrg(orgId, async (tx) => {
        const rows = await tx.select().from(connections).where(eq(connections.accountHash, hash));
        return await Promise.all(rows.map((row) => store.toAccount(tx, row)));
      }),
    ),
  );
  return found.flat().filter((account) => account !== undefined);
}

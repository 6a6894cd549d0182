import { AppError } from "../../kernel/app-error.ts";
import { fingerprint, newKey, UnsealError, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { organizations } from "./organizations.table.ts";

export interface Organizations {
  /** Makes the organisation and its key when it is not there; changes nothing otherwise. Any number may do so at once. */
  ensure(organization: { orgId: string; name: string }): Promise<void>;
  /**
   * The key that wraps the keys of this organisation's calls and appointments. Throws AppError `not_found`, or
   * `setting_invalid` when the master key is not the one it was sealed with.
   */
  keyOf(tx: OrgTx, orgId: string): Promise<Buffer>;
}

export function createOrganizations({ db, masterKey }: { db: OrgDb; masterKey: Buffer }): Organizations {
  const keys = new Map<string, Buffer>();
  const masterFingerprint = fingerprint(masterKey);

  const keyOf = async (tx: OrgTx, orgId: string): Promise<Buffer> => {
    const known = keys.get(orgId);
    if (known !== undefined) return known;
    const [row] = await tx.select().from(organizations);
    if (row?.orgId !== orgId) throw new AppError("not_found", { publicMessage: "There is no such organisation." });
    const key = openWrap(masterKey, row);
    if (keys.size >= 10_000) keys.clear();
    keys.set(orgId, key);
    return key;
  };

  return {
    keyOf,
    async ensure({ orgId, name }) {
      const keyWrap = wrapKey(masterKey, newKey(), orgId);
      await db.withOrg(orgId, async (tx) => {
        await tx
          .insert(organizations)
          .values({ orgId, name, keyWrap, masterKeyFingerprint: masterFingerprint })
          .onConflictDoNothing();
        await keyOf(tx, orgId);
      });
    },
  };
}

function openWrap(masterKey: Buffer, row: typeof organizations.$inferSelect): Buffer {
  try {
    return unwrapKey(masterKey, row.keyWrap, row.orgId);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new AppError("setting_invalid", {
      publicMessage: `MASTER_KEY is not the one this database was sealed with (it has ${row.masterKeyFingerprint}, the setting gives ${fingerprint(masterKey)}). Set the former key, or give back DATA_DIR/master.key.`,
      family: "operational",
    });
  }
}

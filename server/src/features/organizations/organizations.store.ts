import { AppError } from "../../kernel/app-error.ts";
import { fingerprint, newKey, UnsealError, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { memberships } from "./memberships.table.ts";
import { organizations } from "./organizations.table.ts";

export interface NewOrganization {
  readonly orgId: string;
  readonly name: string;
  readonly language?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly country?: string | undefined;
}

export interface Organizations {
  /** Makes the organisation and its key when it is not there; changes nothing otherwise. Any number may do so at once. */
  ensure(organization: NewOrganization): Promise<void>;
  /** The same in a transaction bound to it. */
  add(tx: OrgTx, organization: NewOrganization): Promise<void>;
  /** A new one with its owner, in a transaction bound to both. */
  create(tx: OrgTx, organization: NewOrganization & { ownerId: string }): Promise<void>;
  /**
   * The key that wraps the keys of this organisation's calls and appointments. Throws AppError `not_found`, or
   * `setting_invalid` when the master key is not the one it was sealed with.
   */
  keyOf(tx: OrgTx, orgId: string): Promise<Buffer>;
  /** Once its key is destroyed. */
  forgetKey(orgId: string): void;
}

export function createOrganizations({ db, masterKey }: { db: OrgDb; masterKey: Buffer }): Organizations {
  const keys = new Map<string, Buffer>();
  const masterFingerprint = fingerprint(masterKey);

  const keyOf = async (tx: OrgTx, orgId: string): Promise<Buffer> => {
    const known = keys.get(orgId);
    if (known !== undefined) return known;
    const [row] = await tx.select().from(organizations);
    if (row?.orgId !== orgId || row.keyWrap.length === 0) {
      throw new AppError("not_found", { publicMessage: "There is no such organisation." });
    }
    const key = openWrap(masterKey, row);
    if (keys.size >= 10_000) keys.clear();
    keys.set(orgId, key);
    return key;
  };

  const add = async (tx: OrgTx, { orgId, name, language, timeZone, country }: NewOrganization): Promise<void> => {
    const keyWrap = wrapKey(masterKey, newKey(), orgId);
    await tx
      .insert(organizations)
      .values({ orgId, name, language, timeZone, country, keyWrap, masterKeyFingerprint: masterFingerprint })
      .onConflictDoNothing();
    await keyOf(tx, orgId);
  };

  return {
    keyOf,
    add,
    async create(tx, { ownerId, ...organization }) {
      await add(tx, organization);
      await tx.insert(memberships).values({ orgId: organization.orgId, userId: ownerId, role: "owner" });
    },
    ensure: (organization) => db.withOrg(organization.orgId, (tx) => add(tx, organization)),
    forgetKey: (orgId) => void keys.delete(orgId),
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

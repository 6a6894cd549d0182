import { and, isNotNull, lt, max, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import {
  fingerprint,
  type KeyVersions,
  newKey,
  setKeyVersions,
  UnsealError,
  unwrapKey,
  wrapKey,
} from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { memberships } from "./memberships.table.ts";
import { organizationKeys, organizations } from "./organizations.table.ts";

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
  /**
   * A version of the key that new wraps are made with once `activeFrom` has come: by then every process knows it. Returns its number.
   */
  addKeyVersion(tx: OrgTx, orgId: string, activeFrom: Date): Promise<number>;
  /** Versions before this one are gone for ever. Returns how many were. Their wraps must be made anew before. */
  destroyKeysBefore(tx: OrgTx, version: number, now: Date): Promise<number>;
}

/** Versions made elsewhere are known after so long. */
export const keyVersionsKnownWithinMs = 10_000;

interface KnownKey {
  readonly key: Buffer;
  readonly versions: KeyVersions;
  readAtMs: number;
}

export function createOrganizations({ db, masterKey }: { db: OrgDb; masterKey: Buffer }): Organizations {
  const keys = new Map<string, KnownKey>();
  const masterFingerprint = fingerprint(masterKey);

  const keyOf = async (tx: OrgTx, orgId: string): Promise<Buffer> => {
    const known = keys.get(orgId) ?? (await readKey(tx, orgId, masterKey));
    if (performance.now() - known.readAtMs > keyVersionsKnownWithinMs)
      await readVersions(tx, { orgId, masterKey }, known);
    if (keys.size >= 10_000) keys.clear();
    keys.set(orgId, known);
    return known.key;
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
    async addKeyVersion(tx, orgId, activeFrom) {
      const [last] = await tx.select({ version: max(organizationKeys.version) }).from(organizationKeys);
      const version = (last?.version ?? 1) + 1;
      const rootWrap = wrapKey(masterKey, newKey(), keyNameOf(orgId, version));
      await tx.insert(organizationKeys).values({ orgId, version, rootWrap, activeFrom });
      return version;
    },
    async destroyKeysBefore(tx, version, now) {
      const gone = await tx
        .update(organizationKeys)
        .set({ rootWrap: null, destroyedAt: now })
        .where(and(lt(organizationKeys.version, version), isNotNull(organizationKeys.rootWrap)))
        .returning({ version: organizationKeys.version });
      return gone.length;
    },
  };
}

const keyNameOf = (orgId: string, version: number) => `${orgId} version ${version}`;

async function readKey(tx: OrgTx, orgId: string, masterKey: Buffer): Promise<KnownKey> {
  const [row] = await tx.select().from(organizations);
  if (row?.orgId !== orgId || row.keyWrap.length === 0) {
    throw new AppError("not_found", { publicMessage: "There is no such organisation." });
  }
  const key = openWrap(masterKey, row);
  const versions: KeyVersions = { current: 1, later: new Map() };
  setKeyVersions(key, versions);
  return { key, versions, readAtMs: Number.NEGATIVE_INFINITY };
}

/** In place: whoever holds the key has its versions too. */
async function readVersions(
  tx: OrgTx,
  { orgId, masterKey }: { orgId: string; masterKey: Buffer },
  known: KnownKey,
): Promise<void> {
  const { version, rootWrap, activeFrom } = organizationKeys;
  const isActive = sql<boolean>`${activeFrom} <= clock_timestamp()`;
  const rows = await tx.select({ version, rootWrap, isActive }).from(organizationKeys);
  const { versions } = known;
  versions.later.clear();
  for (const row of rows) {
    if (row.rootWrap === null) continue;
    versions.later.set(row.version, unwrapKey(masterKey, row.rootWrap, keyNameOf(orgId, row.version)));
  }
  versions.current = Math.max(
    1,
    ...rows.filter((row) => row.isActive && row.rootWrap !== null).map((row) => row.version),
  );
  known.readAtMs = performance.now();
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

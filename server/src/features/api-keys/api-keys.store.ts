import type { ApiKey } from "@parley/contract/api-keys";
import { permissions as allPermissions, type Permission } from "@parley/contract/permission";
import { and, desc, eq, isNull, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor, Principal } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { hashOfKey, newKeyText, prefixOf } from "./api-key-text.ts";
import { apiKeys } from "./api-keys.table.ts";
import { isPermission } from "./known-permissions.ts";
import { createKeyVerifier, type KeyVerifier } from "./verify-key.ts";

export interface NewApiKey {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly expiresAt?: string | undefined;
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface ApiKeys extends Pick<KeyVerifier, "verify"> {
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: ApiKey[]; nextCursor: string | null }>;
  /** Throws AppError `forbidden` for a permission the maker lacks, `bad_request` for an expiry that has passed. */
  create(asked: Asked & { principal: Principal; wanted: NewApiKey }): Promise<ApiKey & { key: string }>;
  /** Throws AppError `not_found`. */
  revoke(asked: Asked & { keyId: string }): Promise<void>;
  /** A key whose text is given, with every permission, made at start by any number of nodes; another text replaces the former. */
  ensure(key: { orgId: string; keyId: string; name: string; key: string }): Promise<void>;
  /**
   * In the transaction that changes a member's role or ends their time here: what they made, and what that made, does no more than
   * they may. With no permissions the keys are revoked.
   */
  narrowOfMaker(tx: OrgTx, userId: string, permissions: readonly Permission[]): Promise<void>;
}

export function createApiKeys({ db, clock, audit }: { db: OrgDb; clock: Clock; audit: AuditLog }): ApiKeys {
  const verifier = createKeyVerifier({ db, clock });
  const now = () => new Date(clock.wallNow());
  return {
    verify: (key) => verifier.verify(key),
    list: (orgId, page) => db.withOrg(orgId, (tx) => listKeys(tx, page)),
    async create({ orgId, actor, principal, wanted }) {
      const expiresAt = expiryOf(wanted, clock.wallNow());
      const permissions = permissionsWithin(principal, wanted.permissions);
      const id = newId("key", clock.wallNow());
      const { key, prefix } = newKeyText();
      const row = {
        ...{ id, orgId, prefix, permissions, expiresAt, name: wanted.name, tokenHash: hashOfKey(key) },
        ...{ createdBy: actor.id, createdAt: now(), lastUsedAt: null, revokedAt: null },
      };
      await db.withOrg(orgId, async (tx) => {
        await tx.insert(apiKeys).values(row);
        await audit.append(tx, { orgId, actor, action: "api-keys.create", subject: id, facts: { permissions } });
      });
      return { ...toApiKey(row), key };
    },
    async revoke({ orgId, actor, keyId }) {
      await db.withOrg(orgId, async (tx) => {
        const revoked = await tx
          .update(apiKeys)
          .set({ revokedAt: now() })
          .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
          .returning({ id: apiKeys.id });
        if (revoked.length === 0) throw new AppError("not_found", { publicMessage: "There is no such API key." });
        await audit.append(tx, { orgId, actor, action: "api-keys.revoke", subject: keyId });
      });
      verifier.forget(keyId);
    },
    async ensure({ orgId, keyId, name, key }) {
      const given = { tokenHash: hashOfKey(key), prefix: prefixOf(key), permissions: [...allPermissions] };
      await db.withOrg(orgId, async (tx) => {
        await tx
          .insert(apiKeys)
          .values({ id: keyId, orgId, name, createdAt: now(), ...given })
          .onConflictDoUpdate({ target: apiKeys.id, set: given });
      });
    },
    narrowOfMaker: (tx, userId, permissions) => narrow(tx, { maker: userId, permissions, at: now() }),
  };
}

async function narrow(
  tx: OrgTx,
  { maker, permissions, at }: { maker: string; permissions: readonly Permission[]; at: Date },
): Promise<void> {
  const made = await tx
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.createdBy, maker), isNull(apiKeys.revokedAt)));
  for (const key of made) {
    const kept = key.permissions.filter((permission) => permissions.includes(permission));
    const change = kept.length === 0 ? { revokedAt: at } : { permissions: kept };
    await tx.update(apiKeys).set(change).where(eq(apiKeys.id, key.id));
    // A key that may make keys is a maker too.
    await narrow(tx, { maker: key.id, permissions, at });
  }
}

async function listKeys(tx: OrgTx, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
  const rows = await tx
    .select()
    .from(apiKeys)
    .where(and(isNull(apiKeys.revokedAt), cursor === undefined ? undefined : lt(apiKeys.id, cursor)))
    .orderBy(desc(apiKeys.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(toApiKey);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function expiryOf({ expiresAt }: NewApiKey, nowMs: number): Date | null {
  if (expiresAt === undefined) return null;
  const expiry = new Date(expiresAt);
  if (expiry.getTime() > nowMs) return expiry;
  throw new AppError("bad_request", { publicMessage: "expiresAt has passed already. Give a time to come." });
}

function permissionsWithin(principal: Principal, wanted: readonly Permission[]): Permission[] {
  const lacking = wanted.filter((permission) => !principal.permissions.includes(permission));
  if (lacking.length === 0) return [...new Set(wanted)];
  throw new AppError("forbidden", {
    publicMessage: `permissions: you cannot give what you do not have: ${lacking.join(", ")}.`,
  });
}

function toApiKey(row: Omit<typeof apiKeys.$inferSelect, "tokenHash">): ApiKey {
  const { id, name, prefix, createdBy } = row;
  return {
    ...{ id, name, prefix, createdBy },
    permissions: row.permissions.filter(isPermission),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}

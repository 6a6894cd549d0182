/** From a key's text to whom it acts for. Asked with each request, so answers are remembered for a moment. */

import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { KeyPrincipal } from "../../platform/http/principal.ts";
import { hashOfKey } from "./api-key-text.ts";
import { apiKeys } from "./api-keys.table.ts";
import { isPermission } from "./known-permissions.ts";

export interface KeyVerifier {
  /** Undefined: no such key, or revoked, or expired. */
  verify(key: string): Promise<KeyPrincipal | undefined>;
  forget(keyId: string): void;
}

interface KnownKey {
  readonly principal: KeyPrincipal;
  readonly expiresAtMs: number;
}

/** A key revoked on another node works there no longer than this. */
const rememberedMs = 1500;
const rememberedKeys = 5000;
const useWrittenEveryMs = 60_000;
const longestKey = 512;

export function createKeyVerifier({ db, clock }: { db: OrgDb; clock: Clock }): KeyVerifier {
  const remembered = new Map<string, { known: Promise<KnownKey | undefined>; untilMs: number }>();
  const noteUse = createUseNotes({ db, clock });

  const find = async (hash: Buffer): Promise<KnownKey | undefined> => {
    const [orgId] = await db.askForIds("organization_of_api_key", [hash]);
    if (orgId === undefined) return undefined;
    const [row] = await db.withOrg(orgId, (tx) =>
      tx
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.tokenHash, hash), isNull(apiKeys.revokedAt))),
    );
    if (row === undefined) return undefined;
    return {
      principal: { kind: "api-key", keyId: row.id, orgId, permissions: row.permissions.filter(isPermission) },
      expiresAtMs: row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    };
  };

  const recall = (hash: Buffer): Promise<KnownKey | undefined> => {
    const name = hash.toString("base64");
    const before = remembered.get(name);
    if (before !== undefined && before.untilMs > clock.now()) return before.known;
    const known = find(hash);
    if (remembered.size >= rememberedKeys) remembered.clear();
    remembered.set(name, { known, untilMs: clock.now() + rememberedMs });
    known.catch(() => remembered.delete(name));
    return known;
  };

  return {
    async verify(key) {
      if (key === "" || key.length > longestKey) return undefined;
      const known = await recall(hashOfKey(key));
      if (known === undefined || known.expiresAtMs <= clock.wallNow()) return undefined;
      noteUse(known.principal);
      return known.principal;
    },
    forget(keyId) {
      for (const [name, { known }] of remembered) {
        void known.then(
          (key) => key?.principal.keyId === keyId && remembered.delete(name),
          () => undefined,
        );
      }
    },
  };
}

/** At most once a minute for a key, and a failure to write it fails nothing. */
function createUseNotes({ db, clock }: { db: OrgDb; clock: Clock }): (principal: KeyPrincipal) => void {
  const usedAtMs = new Map<string, number>();
  return ({ keyId, orgId }) => {
    const nowMs = clock.wallNow();
    if (nowMs - (usedAtMs.get(keyId) ?? 0) < useWrittenEveryMs) return;
    if (usedAtMs.size >= rememberedKeys) usedAtMs.clear();
    usedAtMs.set(keyId, nowMs);
    const isOlder = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, new Date(nowMs - useWrittenEveryMs)));
    db.withOrg(orgId, async (tx) => {
      await tx
        .update(apiKeys)
        .set({ lastUsedAt: new Date(nowMs) })
        .where(and(eq(apiKeys.id, keyId), isOlder));
    }).catch(() => usedAtMs.delete(keyId));
  };
}

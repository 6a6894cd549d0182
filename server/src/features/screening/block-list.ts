/** Numbers and prefixes that do not get through: sealed, found by keyed hash. */
import type { BlockedNumber } from "@parley/contract/screening";
import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { deriveSecret, keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { blockedNumbers } from "./screening.table.ts";

type Kind = BlockedNumber["kind"];
interface Details {
  readonly kind: Kind;
  readonly value: string;
  readonly reason: string;
}

interface Org {
  readonly orgId: string;
  readonly orgKey: Buffer;
}

const hashOf = (orgKey: Buffer, kind: Kind, value: string) =>
  keyedHash(deriveSecret(orgKey, "blocked numbers"), `${kind}\0${value}`);
const placeOf = (orgId: string, id: string) => ({ orgId, owner: id, seq: "details" });

function toBlocked(orgKey: Buffer, row: typeof blockedNumbers.$inferSelect): BlockedNumber {
  const key = unwrapKey(orgKey, row.keyWrap, row.id);
  const { kind, value, reason } = open(key, placeOf(row.orgId, row.id), row.sealedDetails) as Details;
  const { id, expiresAt, createdAt } = row;
  return { id, kind, value, reason, expiresAt: expiresAt?.toISOString() ?? null, createdAt: createdAt.toISOString() };
}

/** `value` is E.164, or `+` and the digits it begins with. One that is there takes the new reason and expiry. */
export async function block(
  tx: OrgTx,
  { orgId, orgKey }: Org,
  wanted: Details & { expiresAt: Date | null; now: Date },
): Promise<BlockedNumber> {
  const { kind, value, reason, expiresAt, now } = wanted;
  const numberHash = hashOf(orgKey, kind, value);
  await tx.delete(blockedNumbers).where(eq(blockedNumbers.numberHash, numberHash));
  const id = newId("blk", now.getTime());
  const key = newKey();
  const [row] = await tx
    .insert(blockedNumbers)
    .values({
      ...{ orgId, id, numberHash, expiresAt, createdAt: now, keyWrap: wrapKey(orgKey, key, id) },
      sealedDetails: seal(key, placeOf(orgId, id), { kind, value, reason } satisfies Details),
    })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) throw new AppError("conflict", { publicMessage: "Somebody blocks this number right now." });
  return toBlocked(orgKey, row);
}

/** Also by the digits it begins with. */
export async function isBlocked(
  tx: OrgTx,
  { orgKey }: Pick<Org, "orgKey">,
  { number, at }: { number: string; at: Date },
): Promise<boolean> {
  const prefixes = [...number].map((_, index) => number.slice(0, index + 1)).slice(1);
  const hashes = [hashOf(orgKey, "number", number), ...prefixes.map((each) => hashOf(orgKey, "prefix", each))];
  const [row] = await tx
    .select({ id: blockedNumbers.id })
    .from(blockedNumbers)
    .where(
      and(
        sql`${blockedNumbers.numberHash} = any(${sql.param(hashes)}::bytea[])`,
        or(isNull(blockedNumbers.expiresAt), gt(blockedNumbers.expiresAt, at)),
      ),
    )
    .limit(1);
  return row !== undefined;
}

export async function listBlocked(
  tx: OrgTx,
  { orgKey }: Pick<Org, "orgKey">,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: BlockedNumber[]; nextCursor: string | null }> {
  if (cursor !== undefined && !/^blk_[0-9a-z]{10,40}$/.test(cursor)) {
    throw new AppError("bad_request", {
      publicMessage: "cursor is not one this list gave out. Leave it away to start.",
    });
  }
  const rows = await tx
    .select()
    .from(blockedNumbers)
    .where(cursor === undefined ? undefined : lt(blockedNumbers.id, cursor))
    .orderBy(desc(blockedNumbers.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map((row) => toBlocked(orgKey, row));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Throws AppError `not_found`. */
export async function unblock(tx: OrgTx, id: string): Promise<void> {
  const gone = await tx.delete(blockedNumbers).where(eq(blockedNumbers.id, id)).returning({ id: blockedNumbers.id });
  if (gone.length === 0) throw new AppError("not_found", { publicMessage: "There is no such blocked number." });
}

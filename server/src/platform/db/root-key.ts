/**
 * The installation's root key in its database, sealed under every holder that may open it. Called under the lock of the
 * preparation, by an administrator: nodes that start at once agree on one key.
 */
import type pg from "pg";
import { fingerprint, newKey, UnsealError } from "../crypto/envelope.ts";
import { type KeyHolder, type KeyHolders, noHolderFits } from "../crypto/key-holder.ts";
import { asOwner } from "./as-owner.ts";

interface StoredWrap {
  readonly holder: string;
  readonly root_wrap: Buffer;
}

/** Made when this database has none. Changes nothing. Throws AppError `setting_invalid` when no holder opens it. */
export async function openRootKey(admin: pg.ClientBase, { current, former }: KeyHolders): Promise<Buffer> {
  const holders = [current, ...former];
  const wraps = await readWraps(admin);
  for (const holder of holders) {
    const wrap = wraps.find((each) => each.holder === holder.name);
    if (wrap !== undefined) return await unwrap(holder, wrap, holders);
  }
  if (wraps.length > 0)
    throw noHolderFits(
      wraps.map((wrap) => wrap.holder),
      holders.map((holder) => holder.name),
    );
  const sealedWith = await readFingerprint(admin);
  if (sealedWith === undefined) return newKey();
  // Made before there were root keys: its MASTER_KEY was what everything hangs on.
  const own = holders.find(({ ownKey }) => ownKey !== undefined && fingerprint(ownKey) === sealedWith)?.ownKey;
  if (own === undefined)
    throw noHolderFits(
      [sealedWith],
      holders.map((holder) => holder.name),
    );
  return own;
}

async function unwrap(holder: KeyHolder, wrap: StoredWrap, all: readonly KeyHolder[]): Promise<Buffer> {
  try {
    return await holder.unwrap(wrap.root_wrap);
  } catch (error) {
    if (error instanceof UnsealError)
      throw noHolderFits(
        ["a changed wrap"],
        all.map(({ name }) => name),
      );
    throw error;
  }
}

/**
 * Seals it under the current holder. Holders that are named stay, also for nodes that are still to get the new setting; a
 * holder that is older than the current one and no longer named is dropped. The newest is never dropped by a node that
 * starts with an old setting.
 */
export async function keepRootKey(
  admin: pg.ClientBase,
  rootKey: Buffer,
  { current, former }: KeyHolders,
): Promise<void> {
  const wraps = await readWraps(admin);
  const newest = wraps[0]?.holder;
  const isKnown = wraps.some((wrap) => wrap.holder === current.name);
  const isBack = isKnown && newest !== current.name && former.some((holder) => holder.name === newest);
  if (!isKnown) {
    const wrap = await current.wrap(rootKey);
    await asOwner(
      admin,
      "insert into installation_keys (holder, kind, root_wrap, made_at) values ($1, $2, $3, clock_timestamp())",
      [current.name, current.kind, wrap],
    );
  }
  if (isBack) {
    await asOwner(admin, "update installation_keys set made_at = clock_timestamp() where holder = $1", [current.name]);
  }
  await asOwner(
    admin,
    `delete from installation_keys old using installation_keys mine
     where mine.holder = $1 and old.made_at < mine.made_at and not (old.holder = any ($2))`,
    [current.name, former.map((holder) => holder.name)],
  );
}

/** Newest first. */
async function readWraps(admin: pg.ClientBase): Promise<readonly StoredWrap[]> {
  const known = await admin.query<{ known: boolean }>(
    "select to_regclass('public.installation_keys') is not null as known",
  );
  if (known.rows[0]?.known !== true) return [];
  const { rows } = await asOwner<StoredWrap>(
    admin,
    "select holder, root_wrap from installation_keys order by made_at desc",
  );
  return rows;
}

async function readFingerprint(admin: pg.ClientBase): Promise<string | undefined> {
  const known = await admin.query<{ known: boolean }>("select to_regclass('public.installation') is not null as known");
  if (known.rows[0]?.known !== true) return undefined;
  const { rows } = await asOwner<{ kept: string }>(admin, "select master_key_fingerprint as kept from installation");
  return rows[0]?.kept;
}

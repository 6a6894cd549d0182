/**
 * A new version of an organisation's key. It is known to every process before it is used; then each row's key is sealed under it; an
 * hour later, when nobody can hold the former one any more, what was sealed meanwhile follows and the former version is destroyed.
 * Contents are not touched, nor are hashes, whose keys hang on the first version.
 */
import { sql } from "drizzle-orm";
import { unwrapKey, versionOfWrap, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { RunningJob } from "./privacy-parts.ts";
import { type WrappedTable, wrappedTables } from "./wrapped-tables.ts";

/** More than a process takes to learn of a new version. */
export const activeAfterMs = 30_000;
/** More than any transaction or request lives. */
export const destroyedAfterMs = 3_600_000;

const rowsAtOnce = 200;

/** False: it is too early for the end; run it again. Safe to run twice, and to be cut off. */
export async function rotateKey(job: RunningJob): Promise<boolean> {
  const { orgId, createdAt, options } = job.row;
  const { db, clock, organizations } = job.parts;
  const version = options.keyVersion;
  if (version === undefined) throw new Error("a rotation names no version");
  const ageMs = clock.wallNow() - createdAt.getTime();
  if (ageMs < activeAfterMs) return false;
  for (const table of wrappedTables) await rewrapTable(job, table, version);
  if (ageMs < destroyedAfterMs) return false;
  await db.withOrg(orgId, async (tx) => {
    for (const table of wrappedTables) {
      if ((await selectOlder(tx, table, { version, after: "", limit: 1 })).length > 0)
        throw new Error("a row has a former version");
    }
    await job.count(
      tx,
      "destroyedVersions",
      await organizations.destroyKeysBefore(tx, version, new Date(clock.wallNow())),
    );
  });
  return true;
}

async function rewrapTable(job: RunningJob, table: WrappedTable, version: number): Promise<void> {
  const { orgId } = job.row;
  for (let after = ""; ; ) {
    job.signal.throwIfAborted();
    const last = await job.parts.db.withOrg(orgId, async (tx) => {
      const orgKey = await job.parts.organizations.keyOf(tx, orgId);
      const rows = await selectOlder(tx, table, { version, after, limit: rowsAtOnce });
      for (const row of rows) await rewrap(tx, table, { ...row, orgKey, version });
      await job.count(tx, table.table, rows.length);
      return rows.at(-1)?.id;
    });
    if (last === undefined) return;
    after = last;
  }
}

interface WrappedRow {
  readonly id: string;
  readonly wrap: Buffer;
}

/** Those that another version has sealed, locked until the transaction's end. */
async function selectOlder(
  tx: OrgTx,
  { table, id }: WrappedTable,
  { version, after, limit }: { version: number; after: string; limit: number },
): Promise<WrappedRow[]> {
  const head = Buffer.alloc(5, 2);
  head.writeUInt32BE(version, 1);
  const [name, idColumn] = [sql.identifier(table), sql.identifier(id)];
  const { rows } = await tx.execute<{ id: string; wrap: Buffer }>(sql`
    select ${idColumn} as id, key_wrap as wrap from ${name}
    where ${idColumn} > ${after} and length(key_wrap) > 0 and substring(key_wrap from 1 for 5) <> ${head}::bytea
    order by ${idColumn} limit ${limit} for update`);
  return rows;
}

async function rewrap(
  tx: OrgTx,
  { table, id }: WrappedTable,
  row: WrappedRow & { orgKey: Buffer; version: number },
): Promise<void> {
  const wrap = wrapKey(row.orgKey, unwrapKey(row.orgKey, row.wrap, row.id), row.id);
  if (versionOfWrap(wrap) !== row.version) throw new Error("this process does not know the new version yet");
  await tx.execute(sql`
    update ${sql.identifier(table)} set key_wrap = ${wrap}::bytea where ${sql.identifier(id)} = ${row.id}`);
}

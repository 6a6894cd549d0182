/** Migrations: SQL files applied once, in order, each in a transaction, by one node at a time. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type pg from "pg";
import { settingError } from "./data-dir-lock.ts";
import { ownerRole } from "./roles.ts";

export interface Migration {
  /** `0001-name`. */
  readonly name: string;
  readonly sql: string;
}

/** Any number will do as long as every Parley uses the same. */
export const migrationLockKey = 7_275_391;

export function readMigrations(folder: URL = new URL("./migrations/", import.meta.url)): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .sort()
    .map((file) => ({ name: file.slice(0, -4), sql: readFileSync(new URL(file, folder), "utf8") }));
}

/** SHA-256, hex; the same with either kind of line ends. */
export function checksumOf({ sql }: Pick<Migration, "sql">): string {
  return createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
}

/**
 * Run under the advisory lock `migrationLockKey`. Returns the names applied now. A migration that was applied and has since
 * changed, or that this version does not know, is refused: the database is never guessed at.
 */
export async function migrate(
  admin: pg.ClientBase,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  await admin.query(`set role ${ownerRole}`);
  try {
    await admin.query(
      "create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())",
    );
    const { rows } = await admin.query<{ name: string; checksum: string }>(
      "select name, checksum from schema_migrations",
    );
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    refuseUnknown(applied, migrations);
    const names: string[] = [];
    for (const migration of migrations) {
      if (await applyOnce(admin, migration, applied.get(migration.name))) names.push(migration.name);
    }
    return names;
  } finally {
    await admin.query("reset role");
  }
}

async function applyOnce(admin: pg.ClientBase, migration: Migration, known: string | undefined): Promise<boolean> {
  const checksum = checksumOf(migration);
  if (known === checksum) return false;
  if (known !== undefined) {
    throw settingError(
      `The migration ${migration.name} has changed since this database applied it. Run the version of Parley that belongs to this database, or restore the file.`,
    );
  }
  try {
    await admin.query("begin");
    await admin.query(migration.sql);
    await admin.query("insert into schema_migrations (name, checksum) values ($1, $2)", [migration.name, checksum]);
    await admin.query("commit");
    return true;
  } catch (error) {
    await admin.query("rollback");
    const { code, message } = error as { code?: string; message?: string };
    throw settingError(
      `The migration ${migration.name} failed (${code ?? "no code"}): ${message ?? "no reason given"}. Nothing of it was kept.`,
      error,
    );
  }
}

function refuseUnknown(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied.keys()].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw settingError(
    `The database was made by a newer Parley (it has ${unknown.join(", ")}). Start that version, or restore a backup.`,
  );
}

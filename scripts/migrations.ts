/**
 * `node scripts/migrations.ts [--check]`: records the checksums of new migrations, and only of new ones. With --check nothing
 * is written; a migration that is not on record as it stands fails.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { checksumOf, readMigrations } from "../server/src/platform/db/migrate.ts";
import { compareMigrations } from "./migration-drift.ts";

const record = new URL("../server/src/platform/db/migrations/checksums.json", import.meta.url);
const kept = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(record, "utf8")));
const found = readMigrations().map((migration) => ({ name: migration.name, checksum: checksumOf(migration) }));
const { faults, fresh } = compareMigrations(kept, found);
const unrecorded = fresh.map(({ name }) => `${name}.sql is not on record. Run: node scripts/migrations.ts`);
const check = process.argv.includes("--check");

for (const line of check ? [...faults, ...unrecorded] : faults) {
  console.error(line);
  process.exitCode = 1;
}
if (!check && faults.length === 0 && fresh.length > 0) {
  const all = { ...kept, ...Object.fromEntries(fresh.map(({ name, checksum }) => [name, checksum])) };
  writeFileSync(record, `${JSON.stringify(all, undefined, 2)}\n`);
  for (const { name } of fresh) console.log(`Recorded: ${name}`);
}

/** The tables of pg-boss, made and upgraded by the owner's role; the application's login owns nothing of them. */
import { readFileSync } from "node:fs";
import type pg from "pg";
import { settingError } from "../db/data-dir-lock.ts";
import { appRole, ownerRole } from "../db/roles.ts";
import { deadLetterQueue, queueSchema } from "./queue-options.ts";

/** Of the installed pg-boss: its code and its tables belong together. */
function wantedVersion(): number {
  const path = new URL("../package.json", import.meta.resolve("pg-boss"));
  const { pgboss } = JSON.parse(readFileSync(path, "utf8")) as { pgboss: { schema: number } };
  return pgboss.schema;
}

/**
 * Run under the migrations' advisory lock. pg-boss itself is loaded only when there is something to make: it stays in a process's
 * memory. Throws `setting_invalid` when the tables are those of a newer version.
 */
export async function prepareQueueSchema(admin: pg.ClientBase): Promise<void> {
  const wanted = wantedVersion();
  await admin.query(`set role ${ownerRole}`);
  try {
    const present = await presentVersion(admin);
    if (present === wanted) return;
    if (present !== undefined && present > wanted) {
      throw settingError(
        `The database's jobs were kept by a newer Parley (version ${present}, this one knows ${wanted}). Start that version, or restore a backup.`,
      );
    }
    const plans = await import("pg-boss");
    // A plan begins and commits its own transaction: an upgrade that fails leaves the former tables.
    await admin.query(
      present === undefined
        ? plans.getConstructionPlans(queueSchema)
        : inOneTransaction(plans.getMigrationPlans(queueSchema, present)),
    );
  } catch (error) {
    await admin.query("rollback");
    throw error;
  } finally {
    await grantToApplication(admin);
    await admin.query("reset role");
  }
}

/**
 * An upgrade's plan builds indexes behind its COMMIT, concurrently, which one query of several statements may not. A start that was
 * killed there would leave them unbuilt for good: they are built before the COMMIT instead.
 */
function inOneTransaction(plan: string): string {
  const commit = "COMMIT;";
  const end = plan.lastIndexOf(commit);
  const indexes = plan.slice(end + commit.length).replaceAll(/\bINDEX CONCURRENTLY\b/g, "INDEX");
  return `${plan.slice(0, end)}\n${indexes}\n${commit}`;
}

async function presentVersion(admin: pg.ClientBase): Promise<number | undefined> {
  const table = await admin.query<{ there: boolean }>("select to_regclass($1) is not null as there", [
    `${queueSchema}.version`,
  ]);
  if (table.rows[0]?.there !== true) return undefined;
  const { rows } = await admin.query<{ version: number }>(`select version from ${queueSchema}.version`);
  return rows[0]?.version;
}

/** Repeated at every start: a start that was killed between the tables and the grants is mended by the next. */
async function grantToApplication(admin: pg.ClientBase): Promise<void> {
  if ((await presentVersion(admin)) === undefined) return;
  await admin.query(
    `grant usage on schema ${queueSchema} to ${appRole};
     grant select, insert, update, delete on all tables in schema ${queueSchema} to ${appRole};
     grant usage, select on all sequences in schema ${queueSchema} to ${appRole};
     grant execute on all functions in schema ${queueSchema} to ${appRole};`,
  );
  await admin.query(`select ${queueSchema}.create_queue($1, $2::jsonb)`, [
    deadLetterQueue.name,
    JSON.stringify(deadLetterQueue.options),
  ]);
}

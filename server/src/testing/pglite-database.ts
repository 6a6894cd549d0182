/** PostgreSQL with pgvector in this process, where the machine's has none: all migrations, and the tables of vectors. Seconds and 400 MB. */
import { PGlite } from "@electric-sql/pglite";
import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { vector } from "@electric-sql/pglite-pgvector";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { readMigrations } from "../platform/db/migrate.ts";
import type { OrgTx } from "../platform/db/org-db.ts";
import { prepareVectors } from "../platform/db/prepare-vectors.ts";
import { appRole, ownerRole } from "../platform/db/roles.ts";

export interface PgliteDatabase extends AsyncDisposable {
  /** As superuser. */
  readonly admin: PGlite;
  /** As the application, bound to an organisation; commits at the end. */
  withOrg<T>(orgId: string, work: (tx: OrgTx) => Promise<T>): Promise<T>;
}

export async function openPglite(): Promise<PgliteDatabase> {
  const admin = await PGlite.create({ extensions: { vector, btree_gin, btree_gist } });
  await admin.exec(`create role ${ownerRole} nologin nobypassrls; create role ${appRole} nologin nobypassrls;
    grant usage, create on schema public to ${ownerRole}; grant create on database postgres to ${ownerRole}`);
  await admin.exec(`create extension btree_gin; create extension btree_gist`);
  await admin.exec(`set role ${ownerRole}`);
  for (const migration of readMigrations()) await admin.exec(migration.sql);
  await admin.exec("reset role");
  if (!(await prepareVectors(admin))) throw new Error("PGlite came without pgvector");
  const db = drizzle(admin);
  return {
    admin,
    withOrg: (orgId, work) =>
      db.transaction(async (tx) => {
        await tx.execute(sql.raw(`set local role ${appRole}`));
        await tx.execute(sql`select set_config('parley.org_id', ${orgId}, true)`);
        return await work(tx as unknown as OrgTx);
      }),
    [Symbol.asyncDispose]: () => admin.close(),
  };
}

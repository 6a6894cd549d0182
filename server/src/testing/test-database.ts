/** `await using db = await testDatabase()`: a database of its own on the run's PostgreSQL, migrated, dropped at the end. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { createPool } from "../platform/db/connect.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { createOrgDb, type OrgDb } from "../platform/db/org-db.ts";
import { appUrlFrom } from "../platform/db/roles.ts";
import { testCluster } from "./test-cluster.ts";

export interface TestDatabase extends AsyncDisposable {
  /** Superuser. */
  readonly adminUrl: string;
  /** Login `parley_app`. */
  readonly appUrl: string;
  readonly appPassword: string;
  /** As `parley_app`. */
  readonly pool: pg.Pool;
  readonly orgDb: OrgDb;
  /** Runs SQL as superuser, beyond row-level security. */
  asAdmin(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
}

export async function testDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const cluster = await testCluster();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(cluster.adminUrl, `create database ${name} template ${options.empty ? "template0" : "parley"}`);
  const adminUrl = cluster.adminUrl.replace("/parley", `/${name}`);
  const appUrl = appUrlFrom(adminUrl, cluster.appPassword);
  const pool = createPool({ url: appUrl, log: silentLog });
  const admin = new pg.Pool({ connectionString: adminUrl, max: 1 });
  admin.on("error", () => {});
  return {
    adminUrl,
    appUrl,
    appPassword: cluster.appPassword,
    pool,
    orgDb: createOrgDb(pool),
    asAdmin: (text, values = []) => admin.query<Record<string, unknown>>(text, [...values]),
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), admin.end()]);
      await onServer(cluster.adminUrl, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({
    connectionString: adminUrl.replace("/parley?", "/postgres?").replace(/\/parley$/, "/postgres"),
  });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

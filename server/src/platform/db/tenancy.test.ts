import { sql } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import { testDatabase } from "../../testing/test-database.ts";
import { DbError } from "./db-error.ts";
import type { OrgDb } from "./org-db.ts";

const personalTables = [
  "one_time_tokens",
  "refresh_tokens",
  "sessions",
  "user_credentials",
  "user_recovery_codes",
  "users",
];

const insertOrganization = (db: OrgDb, boundTo: string, orgId: string) =>
  db.withOrg(boundTo, async (tx) => {
    await tx.execute(
      sql`insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values (${orgId}, 'secret name', ''::bytea, 'x')`,
    );
  });

test("another organisation's rows are neither read, inserted, updated nor deleted", async () => {
  await using db = await testDatabase();
  await insertOrganization(db.orgDb, "org_a", "org_a");
  await insertOrganization(db.orgDb, "org_b", "org_b");

  const seen = await db.orgDb.withOrg("org_a", (tx) =>
    tx.execute<{ org_id: string }>(sql`select org_id from organizations`),
  );
  expect(seen.rows.map((row) => row.org_id)).toEqual(["org_a"]);
  const updated = await db.orgDb.withOrg("org_a", (tx) =>
    tx.execute(sql`update organizations set name = 'x' where org_id = 'org_b'`),
  );
  expect(updated.rowCount).toBe(0);
  const deleted = await db.orgDb.withOrg("org_a", (tx) =>
    tx.execute(sql`delete from organizations where org_id = 'org_b'`),
  );
  expect(deleted.rowCount).toBe(0);
  await expect(insertOrganization(db.orgDb, "org_a", "org_c")).rejects.toMatchObject({ code: "42501" });
  await expect(
    db.orgDb.withOrg("org_a", (tx) => tx.execute(sql`update organizations set org_id = 'org_c'`)),
  ).rejects.toMatchObject({ code: "42501" });
});

test("without an organisation nothing is seen, also after a bound transaction on the same connection", async () => {
  await using db = await testDatabase();
  await insertOrganization(db.orgDb, "org_a", "org_a");
  const client = new pg.Client({ connectionString: db.appUrl });
  await client.connect();
  try {
    expect((await client.query("select 1 from organizations")).rowCount).toBe(0);
    await client.query("begin");
    await client.query("select set_config('parley.org_id', 'org_a', true)");
    expect((await client.query("select 1 from organizations")).rowCount).toBe(1);
    await client.query("commit");
    expect((await client.query("select 1 from organizations")).rowCount).toBe(0);
  } finally {
    await client.end();
  }
});

test("parley_app owns nothing, bypasses nothing and becomes nobody else", async () => {
  await using db = await testDatabase();
  const role = await db.asAdmin(
    "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = 'parley_app'",
  );
  expect(role.rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false }]);
  const owned = await db.asAdmin("select count(*)::int as count from pg_class where relowner = 'parley_app'::regrole");
  expect(owned.rows).toEqual([{ count: 0 }]);
  const member = await db.asAdmin(
    "select count(*)::int as count from pg_auth_members where member = 'parley_app'::regrole",
  );
  expect(member.rows).toEqual([{ count: 0 }]);
  for (const attempt of [
    "set role parley_owner",
    "set role postgres",
    "set session authorization postgres",
    "alter table organizations disable row level security",
    "alter table organizations no force row level security",
    "drop policy same_organization on organizations",
    "create table loot (id int)",
    "truncate organizations",
    "select protect_tenant_table('organizations')",
    "select * from schema_migrations",
    "select * from installation",
  ]) {
    await expect(db.pool.query(attempt), attempt).rejects.toMatchObject({ code: expect.stringMatching(/42501|0LP01/) });
  }
});

test("every table with org_id has row-level security enabled and forced, and a policy", async () => {
  await using db = await testDatabase();
  const tables = await db.asAdmin(`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
           exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'same_organization') as policy
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`);
  expect(tables.rows.length).toBeGreaterThanOrEqual(6);
  expect(tables.rows.filter((row) => !row.forced || !row.policy)).toEqual([]);
  // And the tables without it are the known few.
  const others = await db.asAdmin(`
    select relname as name from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
      and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id') order by 1`);
  expect(others.rows.map((row) => row.name)).toEqual(
    ["installation", ...personalTables, "schema_migrations"].toSorted(),
  );
  const personal = await db.asAdmin(
    `select relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
            exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'same_person') as policy
     from pg_class c where relnamespace = 'public'::regnamespace and relname = any($1)`,
    [personalTables],
  );
  expect(personal.rows).toHaveLength(personalTables.length);
  expect(personal.rows.filter((row) => !row.forced || !row.policy)).toEqual([]);
});

test("a person's rows are seen by that person, and their name's row by fellow members", async () => {
  await using db = await testDatabase();
  const { orgDb } = db;
  await insertOrganization(orgDb, "org_a", "org_a");
  await insertOrganization(orgDb, "org_b", "org_b");
  for (const id of ["user_a", "user_b"]) {
    await orgDb.withUserInOrg({ userId: id, orgId: id.replace("user", "org") }, async (tx) => {
      await tx.execute(sql`insert into users (id, email_hash, sealed_email, sealed_name, key_wrap, language, time_zone, created_at, updated_at)
        values (${id}, ${Buffer.from(id)}, '', '', '', 'en', 'UTC', now(), now())`);
      await tx.execute(sql`insert into user_credentials (user_id, updated_at) values (${id}, now())`);
      await tx.execute(
        sql`insert into memberships (org_id, user_id, role) values (${id.replace("user", "org")}, ${id}, 'owner')`,
      );
    });
  }
  const seen = sql`select id from users`;
  const ids = (rows: Record<string, unknown>[]) => rows.map((row) => row.id ?? row.user_id ?? row.org_id);
  const asUser = await orgDb.withUser("user_a", async (tx) => [
    ids((await tx.execute(seen)).rows),
    ids((await tx.execute(sql`select user_id from memberships`)).rows),
    ids((await tx.execute(sql`select org_id from organizations`)).rows),
  ]);
  expect(asUser).toEqual([["user_a"], ["user_a"], ["org_a"]]);
  const asOrg = await orgDb.withOrg("org_a", async (tx) => [
    ids((await tx.execute(seen)).rows),
    ids((await tx.execute(sql`select user_id as id from user_credentials`)).rows),
    (await tx.execute(sql`update users set is_installation_admin = true`)).rowCount,
  ]);
  expect(asOrg).toEqual([["user_a"], [], 0]);
  for (const table of [...personalTables, "memberships", "organizations"]) {
    expect((await db.pool.query(`select 1 from ${table}`)).rowCount, table).toBe(0);
  }
  await expect(
    orgDb.withUser("user_a", (tx) =>
      tx.execute(sql`insert into user_credentials (user_id, updated_at) values ('user_b', now())`),
    ),
  ).rejects.toMatchObject({ code: "42501" });
});

test("a failed query tells its code and no value", async () => {
  await using db = await testDatabase();
  await insertOrganization(db.orgDb, "org_a", "org_a");
  const error = await insertOrganization(db.orgDb, "org_a", "org_a").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DbError);
  expect(error).toMatchObject({ code: "23505", constraint: "organizations_pkey", isUnavailable: false });
  const everything = `${String(error)} ${(error as Error).stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;
  expect(everything).not.toMatch(/secret name|org_a|insert into/i);
  expect((error as Error).cause).toBeUndefined();
});

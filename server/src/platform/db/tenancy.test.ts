import { sql } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { DbError } from "./db-error.ts";
import type { OrgDb } from "./org-db.ts";

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

/** Tables that are no organisation's and that parley_app may touch, each with the reason. */
const tablesOfNobody: Readonly<Record<string, string>> = {
  // People belong to no organisation; row-level security shows each their own row (policy same_person).
  users: "same_person",
  user_credentials: "same_person",
  user_recovery_codes: "same_person",
  sessions: "same_person",
  refresh_tokens: "same_person",
  one_time_tokens: "same_person",
};

/**
 * Schemas of libraries that parley_app works in, each with the reason. The queue hands out every organisation's jobs, so its tables
 * know no organisation: a job carries ids and never content.
 */
const schemasOfLibraries = ["pgboss"];

/** What is wrong with the tables of this database, in words. */
async function findFaults(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.asAdmin(`
    select n.nspname as schema, c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
           pg_get_userbyid(c.relowner) as owner,
           has_table_privilege('parley_app', c.oid, 'select, insert, update, delete, truncate, references, trigger')
             or has_any_column_privilege('parley_app', c.oid, 'select, insert, update, references') as touchable,
           exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) as tenant,
           coalesce((select array_agg(p.policyname::text) from pg_policies p
             where p.schemaname = n.nspname and p.tablename = c.relname
               and (p.roles && array['public', 'parley_app']::name[])), '{}') as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
    order by 1, 2`);
  return rows.flatMap((row) => {
    const { enabled, forced, owner, touchable, tenant } = row;
    const name = String(row.name);
    const isLibrarys = schemasOfLibraries.includes(String(row.schema));
    const isProtected = enabled === true && forced === true;
    const policies = row.policies as string[];
    const faults: string[] = [];
    if (owner === "parley_app") faults.push(`${name}: parley_app owns it`);
    if (tenant === true && !(isProtected && policies.includes("same_organization"))) {
      faults.push(`${name}: has org_id and is not protected`);
    }
    const reason = tablesOfNobody[name];
    if (
      !isLibrarys &&
      touchable === true &&
      tenant !== true &&
      !(isProtected && reason !== undefined && policies.includes(reason))
    ) {
      faults.push(`${name}: parley_app may touch it and it is no organisation's`);
    }
    return faults;
  });
}

test("every table is protected, or closed to parley_app; one that is neither is found", async () => {
  await using db = await testDatabase();
  const tables = await db.asAdmin(
    "select count(*)::int as count from pg_class where relrowsecurity and relforcerowsecurity",
  );
  expect(tables.rows[0]?.count).toBeGreaterThanOrEqual(15);
  expect(await findFaults(db)).toEqual([]);

  await db.asAdmin("create table planted_tenant (org_id text not null, word text)");
  await db.asAdmin("create table planted_open (word text); grant select on planted_open to parley_app");
  await db.asAdmin("create table planted_column (word text); grant select (word) on planted_column to parley_app");
  await db.asAdmin(
    "create view planted_view as select word from planted_tenant; grant select on planted_view to parley_app",
  );
  await db.asAdmin("create table planted_half (org_id text); alter table planted_half enable row level security");
  await db.asAdmin("alter table calls no force row level security");
  expect(await findFaults(db)).toEqual([
    "calls: has org_id and is not protected",
    "planted_column: parley_app may touch it and it is no organisation's",
    "planted_half: has org_id and is not protected",
    "planted_open: parley_app may touch it and it is no organisation's",
    "planted_tenant: has org_id and is not protected",
    "planted_view: parley_app may touch it and it is no organisation's",
  ]);
});

test("each policy for parley_app is bound to the transaction's organisation or person", async () => {
  await using db = await testDatabase();
  const { rows } = await db.asAdmin(`
    select tablename || '.' || policyname as name, coalesce(qual, '') || coalesce(with_check, '') as rule
    from pg_policies where schemaname = 'public' and roles && array['public', 'parley_app']::name[]`);
  expect(rows.length).toBeGreaterThanOrEqual(15);
  expect(rows.filter(({ rule }) => !/parley\.(org_id|user_id)/.test(String(rule)))).toEqual([]);
  const others = await db.asAdmin(
    "select distinct unnest(roles)::text as role from pg_policies where schemaname = 'public' order by 1",
  );
  expect(others.rows.map((row) => row.role)).toEqual(["parley_app", "parley_owner", "public"]);
});

test("a raw select without an organisation returns nothing from any table", async () => {
  await using db = await testDatabase();
  await seedEveryTable(db);
  const { rows } = await db.asAdmin(
    `select c.relname as name from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
       and has_table_privilege('parley_app', c.oid, 'select') order by 1`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(15);
  const filled: string[] = [];
  for (const { name } of rows) {
    const all = await db.asAdmin(`select count(*)::int as count from "${String(name)}"`);
    if (Number(all.rows[0]?.count) > 0) filled.push(String(name));
    expect((await db.pool.query(`select 1 from "${String(name)}"`)).rowCount, String(name)).toBe(0);
  }
  expect(filled.length).toBeGreaterThanOrEqual(rows.length - 2);
});

/** A row in each table, whatever its columns: foreign keys and checks are set aside, a value of the right type is enough. */
async function seedEveryTable(db: TestDatabase): Promise<void> {
  const columns = await db.asAdmin(`
    select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attndims > 0 as is_array
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attnotnull
      and a.attidentity = ''`);
  const checks = await db.asAdmin(`
    select conrelid::regclass::text as "table", quote_ident(conname) as name from pg_constraint
    where contype = 'c' and connamespace = 'public'::regnamespace`);
  for (const { table, name } of checks.rows)
    await db.asAdmin(`alter table ${String(table)} drop constraint ${String(name)}`);
  const tables = Map.groupBy(columns.rows, (row) => String(row.table));
  for (const [table, all] of tables) {
    const names = all.map((column) => `"${String(column.name)}"`).join(", ");
    const values = all.map((column) => valueOf(String(column.type))).join(", ");
    await db.asAdmin(
      `begin; set local session_replication_role = replica; insert into "${table}" (${names}) values (${values}); commit`,
    );
  }
}

function valueOf(type: string): string {
  if (type.endsWith("[]")) return `'{}'::${type}`;
  if (type === "bytea") return "'\\x01'::bytea";
  if (type.startsWith("timestamp")) return "now()";
  if (type === "date") return "current_date";
  if (/^(integer|bigint|smallint|real|double|numeric)/.test(type)) return "1";
  if (type === "boolean") return "true";
  if (type.startsWith("json")) return "'{}'";
  if (type === "uuid") return "gen_random_uuid()";
  return "'x'";
}

/** Functions that tell more than ids, each with exactly what: names and numbers, never content. */
const tellingMore: Readonly<Record<string, string>> = {
  // For the installation's administrator.
  installation_organizations:
    "TABLE(org_id text, name text, created_at timestamp with time zone, suspended_at timestamp with time zone, max_concurrent_calls integer, max_members integer, max_calls_per_day integer, members bigint, live_calls bigint, calls bigint, failed_calls bigint, call_minutes double precision, last_call_at timestamp with time zone)",
  installation_prices:
    "TABLE(provider text, model_pattern text, unit text, price numeric, per bigint, currency text, valid_from timestamp with time zone)",
  // Of the transaction's own organisation.
  knowledge_word_counts: "TABLE(place integer, chunks integer)",
  knowledge_full_text: "TABLE(id text, coverage real, score real)",
  members_last_seen: "TABLE(user_id text, last_seen_at timestamp with time zone)",
};

async function findLooseFunctions(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.asAdmin(`
    select p.proname as name, pg_get_function_result(p.oid) as result, pg_get_userbyid(p.proowner) as owner,
           coalesce(p.proconfig, '{}') as settings, has_function_privilege('public', p.oid, 'execute') as is_public
    from pg_proc p
    where p.prosecdef and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      and has_function_privilege('parley_app', p.oid, 'execute')
    order by 1`);
  return rows.flatMap((row) => {
    const [name, result, owner] = [String(row.name), String(row.result), String(row.owner)];
    const faults: string[] = [];
    const isNarrow = ["SETOF text", "text", "boolean", "void"].includes(result);
    if (!isNarrow && tellingMore[name] !== result) faults.push(`${name}: returns ${result}`);
    if (owner !== "parley_owner") faults.push(`${name}: belongs to ${owner}`);
    if (row.is_public === true) faults.push(`${name}: anybody may call it`);
    const path = (row.settings as string[]).find((setting) => setting.startsWith("search_path="));
    if (path !== "search_path=pg_catalog, public") faults.push(`${name}: has no fixed search_path`);
    return faults;
  });
}

test("functions that run as the owner tell ids only and look names up in a fixed place; one that does not is found", async () => {
  await using db = await testDatabase();
  const known = await db.asAdmin("select count(*)::int as count from pg_proc where prosecdef");
  expect(known.rows[0]?.count).toBeGreaterThanOrEqual(8);
  expect(await findLooseFunctions(db)).toEqual([]);
  await db.asAdmin(
    "create function planted_words() returns setof jsonb language sql security definer as 'select facts from call_events'",
  );
  expect(await findLooseFunctions(db)).toEqual([
    "planted_words: returns SETOF jsonb",
    "planted_words: belongs to postgres",
    "planted_words: anybody may call it",
    "planted_words: has no fixed search_path",
  ]);
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

import { randomUUID } from "node:crypto";
import pg from "pg";
import { expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { createOwnHolder, type KeyHolder } from "../crypto/key-holder.ts";
import { readMigrations } from "./migrate.ts";
import { prepareDatabase } from "./prepare-database.ts";

const migration = (name: string, sql: string) => ({ name, sql });

test("many nodes that start at once on an empty database prepare it once", async () => {
  await using db = await testDatabase({ empty: true });
  const prepared = await Promise.all(Array.from({ length: 6 }, () => prepareDatabase(db)));
  expect(prepared.map((one) => one.applied.length).sort((a, b) => a - b)).toEqual([
    0,
    0,
    0,
    0,
    0,
    readMigrations().length,
  ]);
  const owners = await db.asAdmin(
    "select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace",
  );
  expect(owners.rows).toEqual([{ owner: "parley_owner" }]);
});

test("a migration that fails leaves nothing; one that changed, or is unknown, is refused", async () => {
  await using db = await testDatabase({ empty: true });
  const first = migration("0001-first", "create table one (id int)");
  const broken = migration("0002-broken", "create table two (id int); select 1/0");
  await expect(prepareDatabase({ ...db, migrations: [first, broken] })).rejects.toThrow(/0002-broken failed \(22012\)/);
  const tables = await db.asAdmin("select tablename as name from pg_tables where schemaname = 'public' order by 1");
  expect(tables.rows).toEqual([{ name: "one" }, { name: "schema_migrations" }]);

  await prepareDatabase({ ...db, migrations: [first, migration("0002-second", "create table two (id int)")] });
  await expect(
    prepareDatabase({ ...db, migrations: [migration("0001-first", "create table other (id int)")] }),
  ).rejects.toThrow(/newer Parley \(it has 0002-second\)/);
  const changed = [
    migration("0001-first", "create table other (id int)"),
    migration("0002-second", "create table two (id int)"),
  ];
  await expect(prepareDatabase({ ...db, migrations: changed })).rejects.toThrow(/0001-first has changed/);
});

test("a user who may make roles is enough, and one who may not is told the SQL, which then works", async () => {
  await using db = await testDatabase({ empty: true });
  const suffix = randomUUID().slice(0, 8);
  const database = new URL(db.adminUrl.replace("@/", "@host/")).pathname.slice(1);
  const login = async (role: string, rights: string) => {
    await db.asAdmin(`create role ${role} login password 'secret' ${rights}`);
    return { ...db, adminUrl: db.adminUrl.replace(/\/\/[^@]*@/, `//${role}:secret@`) };
  };
  try {
    const poor = await login(`poor_${suffix}`, "");
    const refusal = await prepareDatabase(poor).catch((error: unknown) => (error as Error).message);
    expect(refusal).toMatch(/may not set up Parley's roles/);
    expect(refusal).not.toContain(db.appPassword);
    const statements = (refusal as string).split("\n").filter((line) => line.endsWith(";"));
    for (const statement of statements) await db.asAdmin(statement);
    expect((await prepareDatabase(poor)).applied).toHaveLength(readMigrations().length);
    const client = new pg.Client({ connectionString: (await prepareDatabase(poor)).appUrl });
    await client.connect();
    expect((await client.query("select current_user as name")).rows).toEqual([{ name: "parley_app" }]);
    await client.end();
  } finally {
    await db.asAdmin(`alter database ${database} owner to postgres`);
    await db.asAdmin(`drop owned by poor_${suffix}`);
    await db.asAdmin(`drop role if exists poor_${suffix}`);
  }
});

test("an address that leads nowhere is named, without its password", async () => {
  for (const [adminUrl, said] of [
    ["postgres://someone:hush@127.0.0.1:1/parley", /DATABASE_URL cannot be used: nothing listens there/],
    ["postgres://someone:hush@no-such-host.invalid/parley", /DATABASE_URL cannot be used/],
  ] as const) {
    const error = await prepareDatabase({ adminUrl, appPassword: "x" }).catch((caught: unknown) => caught);
    expect(String(error)).toMatch(said);
    expect(String(error)).not.toContain("hush");
  }
});

const holderOf = (byte: number) => createOwnHolder(Buffer.alloc(32, byte));

test("another master key is refused before the login is taken from the nodes with the right one", async () => {
  await using db = await testDatabase({ empty: true });
  const keys = { current: holderOf(1), former: [] };
  const { rootKey } = await prepareDatabase({ ...db, keys });
  expect(rootKey.equals(Buffer.alloc(32, 1))).toBe(false);
  const wrong = { current: holderOf(2), former: [holderOf(3)] };
  await expect(prepareDatabase({ ...db, appPassword: "another", keys: wrong })).rejects.toThrow(
    /MASTER_KEY is not the one/,
  );
  expect((await db.pool.query("select 1")).rowCount).toBe(1);
  expect((await prepareDatabase({ ...db, keys })).rootKey).toEqual(rootKey);
});

const holdersIn = async (db: TestDatabase) =>
  (await db.asAdmin("select holder from installation_keys order by made_at desc")).rows.map((row) => row.holder);

test("a new master key is taken up beside the old one, node by node, and the old one dropped when nobody names it", async () => {
  await using db = await testDatabase({ empty: true });
  const [old, next] = [holderOf(1), holderOf(2)];
  const start = (current: KeyHolder, ...former: KeyHolder[]) => prepareDatabase({ ...db, keys: { current, former } });
  const { rootKey } = await start(old);
  const nodes = await Promise.all([start(next, old), start(old), start(next, old), start(old)]);
  for (const node of nodes) expect(node.rootKey).toEqual(rootKey);
  expect(await holdersIn(db)).toEqual([next.name, old.name]);
  // A node that was forgotten starts with the old one alone: it takes nothing from the others.
  await start(old);
  expect(await holdersIn(db)).toEqual([next.name, old.name]);
  expect((await start(next)).rootKey).toEqual(rootKey);
  expect(await holdersIn(db)).toEqual([next.name]);
  await expect(start(old)).rejects.toThrow(/MASTER_KEY is not the one/);
  // Back again: the way is the same.
  await start(old, next);
  expect((await start(old)).rootKey).toEqual(rootKey);
  expect(await holdersIn(db)).toEqual([old.name]);
  // Of another database, or changed.
  await db.asAdmin("update installation_keys set root_wrap = set_byte(root_wrap, 40, 255 - get_byte(root_wrap, 40))");
  await expect(start(old)).rejects.toThrow(/a changed wrap/);
});

test("a database sealed with its master key itself goes on with it, and its master key can be changed", async () => {
  await using db = await testDatabase({ empty: true });
  const [old, next] = [holderOf(1), holderOf(2)];
  await prepareDatabase({ ...db, keys: { current: old, former: [] } });
  await db.asAdmin(`delete from installation_keys; update installation set master_key_fingerprint = '${old.name}'`);
  await expect(prepareDatabase({ ...db, keys: { current: next, former: [] } })).rejects.toThrow(/not the one/);
  const changed = await prepareDatabase({ ...db, keys: { current: next, former: [old] } });
  expect(changed.rootKey).toEqual(Buffer.alloc(32, 1));
  expect((await prepareDatabase({ ...db, keys: { current: next, former: [] } })).rootKey).toEqual(changed.rootKey);
});

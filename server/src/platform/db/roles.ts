/**
 * Two roles in every database: `parley_owner` owns the tables and runs migrations, `parley_app` logs in and owns nothing.
 * Roles belong to the whole server, so they may be there already, or be made by another node at this moment.
 */
import pg from "pg";
import { settingError } from "./data-dir-lock.ts";
import { scramVerifier } from "./scram-verifier.ts";

export const ownerRole = "parley_owner";
export const appRole = "parley_app";

interface RoleRow {
  readonly rolname: string;
  readonly rolsuper: boolean;
  readonly rolbypassrls: boolean;
}

/** Throws `setting_invalid` with the SQL an administrator has to run, when the given user may not do it. */
export async function ensureRoles(
  admin: pg.ClientBase,
  options: { adminUrl: string; appPassword: string },
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await makeRoles(admin, options);
    } catch (error) {
      if (!isRace(error) || attempt >= 10) throw await explain(admin, error, options.appPassword);
    }
  }
}

async function makeRoles(
  admin: pg.ClientBase,
  { adminUrl, appPassword }: { adminUrl: string; appPassword: string },
): Promise<void> {
  const { rows } = await admin.query<RoleRow>(
    "select rolname, rolsuper, rolbypassrls from pg_roles where rolname in ($1, $2)",
    [ownerRole, appRole],
  );
  const app = rows.find((row) => row.rolname === appRole);
  if (!rows.some((row) => row.rolname === ownerRole)) await admin.query(`create role ${ownerRole} nologin nobypassrls`);
  if (app === undefined) {
    await admin.query(
      `create role ${appRole} login nosuperuser nobypassrls nocreatedb nocreaterole noinherit password '${scramVerifier(appPassword)}'`,
    );
  }
  if (app?.rolsuper || app?.rolbypassrls) {
    throw settingError(
      `The database role ${appRole} may bypass row-level security. Run as its administrator: ALTER ROLE ${appRole} NOSUPERUSER NOBYPASSRLS;`,
    );
  }
  await grantOwner(admin);
  if (app !== undefined && !(await canLogIn(adminUrl, appPassword))) {
    await admin.query(`alter role ${appRole} login password '${scramVerifier(appPassword)}'`);
  }
}

/** Lets the connected user act as the owner, and the owner make tables here. Asks first: a repeated GRANT needs rights again. */
async function grantOwner(admin: pg.ClientBase): Promise<void> {
  const { rows } = await admin.query<{ member: boolean; schema: boolean; database: boolean; name: string }>(
    `select pg_has_role(current_user, '${ownerRole}', 'member') as member,
            has_schema_privilege('${ownerRole}', 'public', 'create') as schema,
            has_database_privilege('${ownerRole}', current_database(), 'create') as database,
            quote_ident(current_database()) as name`,
  );
  const has = rows[0];
  if (!has?.member) await admin.query(`grant ${ownerRole} to current_user`);
  if (!has?.schema) await admin.query(`grant usage, create on schema public to ${ownerRole}`);
  if (!has?.database) await admin.query(`grant create on database ${has?.name ?? ""} to ${ownerRole}`);
}

async function canLogIn(adminUrl: string, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: appUrlFrom(adminUrl, password), connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (["28P01", "28000"].includes((error as { code?: string }).code ?? "")) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The administrator's address with the application's login. */
export function appUrlFrom(adminUrl: string, appPassword: string): string {
  const authority = /^(postgres(?:ql)?:\/\/)(?:[^@/?#]*@)?/;
  return adminUrl.replace(
    authority,
    (_all, scheme: string) => `${scheme}${appRole}:${encodeURIComponent(appPassword)}@`,
  );
}

/** Another node made or changed the same role at the same moment. */
function isRace(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === "42710" || code === "23505" || (code === "XX000" && /tuple concurrently/.test(message ?? ""));
}

async function explain(admin: pg.ClientBase, error: unknown, appPassword: string): Promise<unknown> {
  if ((error as { code?: string }).code !== "42501") return error;
  const { rows } = await admin.query<{ database: string; who: string }>(
    "select quote_ident(current_database()) as database, quote_ident(current_user) as who",
  );
  const { database = "parley", who = "parley_admin" } = rows[0] ?? {};
  const statements = rolesSql({ database, who, verifier: scramVerifier(appPassword) });
  return settingError(
    `The user ${who} of DATABASE_URL may not set up Parley's roles. Run this once as an administrator of the database, then start again:\n${statements}`,
  );
}

function rolesSql({ database, who, verifier }: { database: string; who: string; verifier: string }): string {
  return [
    `\\connect ${database}`,
    `DO $$ BEGIN CREATE ROLE ${ownerRole} NOLOGIN NOBYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`,
    `DO $$ BEGIN CREATE ROLE ${appRole} NOINHERIT; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`,
    `ALTER ROLE ${appRole} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${verifier}';`,
    ...(who === ownerRole ? [] : [`GRANT ${ownerRole} TO ${who};`]),
    `GRANT USAGE, CREATE ON SCHEMA public TO ${ownerRole};`,
    `GRANT CREATE ON DATABASE ${database} TO ${ownerRole};`,
  ].join("\n");
}

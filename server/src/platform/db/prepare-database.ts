/** From an administrator's address to a database that is ready: version checked, roles made, migrations applied. */
import pg from "pg";
import { AppError } from "../../kernel/app-error.ts";
import { prepareQueueSchema } from "../queue/queue-schema.ts";
import { settingError } from "./data-dir-lock.ts";
import { type Migration, migrate, migrationLockKey, readMigrations } from "./migrate.ts";
import { appUrlFrom, ensureRoles, ownerRole } from "./roles.ts";

export interface PrepareOptions {
  /** DATABASE_URL, or the embedded server's. */
  readonly adminUrl: string;
  readonly appPassword: string;
  /** From `fingerprint(masterKey)`: the first start keeps it, later ones with another key are refused. */
  readonly keyFingerprint?: string;
  readonly migrations?: readonly Migration[];
}

export interface PreparedDatabase {
  /** What every process connects with: login `parley_app`. Holds a password; never log it. */
  readonly appUrl: string;
  readonly applied: readonly string[];
}

const oldestMajor = 15;

/** Safe when many nodes start at once: one works, the others wait. Throws AppError `setting_invalid`. */
export async function prepareDatabase(options: PrepareOptions): Promise<PreparedDatabase> {
  const admin = new pg.Client({
    connectionString: options.adminUrl,
    connectionTimeoutMillis: 10_000,
    application_name: "parley-setup",
  });
  admin.on("error", () => {});
  try {
    await admin.connect();
    await requireVersion(admin);
    await admin.query("select pg_advisory_lock($1)", [migrationLockKey]);
    await requireKey(admin, options.keyFingerprint);
    await ensureRoles(admin, options);
    const applied = await migrate(admin, options.migrations ?? readMigrations());
    await prepareQueueSchema(admin);
    await keepKey(admin, options.keyFingerprint);
    return { appUrl: appUrlFrom(options.adminUrl, options.appPassword), applied };
  } catch (error) {
    throw explainConnection(error);
  } finally {
    await admin.end().catch(() => {}); // ends the session, and with it the lock
  }
}

async function requireVersion(admin: pg.ClientBase): Promise<void> {
  const { rows } = await admin.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const major = Math.trunc((rows[0]?.version ?? 0) / 10_000);
  if (major >= oldestMajor) return;
  throw settingError(`DATABASE_URL leads to PostgreSQL ${major}; Parley needs ${oldestMajor} or newer.`);
}

/** Before anything is changed: a node with the wrong key must not take the login from those with the right one. */
async function requireKey(admin: pg.ClientBase, keyFingerprint: string | undefined): Promise<void> {
  const known = await admin.query<{ known: boolean }>("select to_regclass('public.installation') is not null as known");
  if (keyFingerprint === undefined || known.rows[0]?.known !== true) return;
  const kept = await readKeptKey(admin);
  if (kept === undefined || kept === keyFingerprint) return;
  throw settingError(
    `MASTER_KEY is not the one this database was sealed with (the database has ${kept}, the setting gives ${keyFingerprint}). Set the former key, or put DATA_DIR/master.key back.`,
  );
}

async function keepKey(admin: pg.ClientBase, keyFingerprint: string | undefined): Promise<void> {
  if (keyFingerprint === undefined) return;
  await asOwner(admin, "insert into installation (master_key_fingerprint) values ($1) on conflict do nothing", [
    keyFingerprint,
  ]);
}

async function readKeptKey(admin: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await asOwner(admin, "select master_key_fingerprint as kept from installation");
  return rows[0]?.kept;
}

async function asOwner(
  admin: pg.ClientBase,
  text: string,
  values: string[] = [],
): Promise<pg.QueryResult<{ kept?: string }>> {
  await admin.query(`set role ${ownerRole}`);
  try {
    return await admin.query<{ kept?: string }>(text, values);
  } finally {
    await admin.query("reset role");
  }
}

/** The driver's message can hold the address; only its code is told. */
function explainConnection(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = (error as { code?: string }).code ?? "unknown";
  const said: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "there is no such host",
    "28P01": "the password is wrong",
    "28000": "the server does not admit this user",
    "3D000": "there is no such database",
    "42501": "the user lacks a privilege",
  };
  return settingError(
    `DATABASE_URL cannot be used: ${said[code] ?? "the connection failed"} (${code}). Check the address, the user and the password.`,
    error,
  );
}

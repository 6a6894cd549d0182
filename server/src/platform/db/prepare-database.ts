/** From an administrator's address to a database that is ready: version checked, roles made, migrations applied. */
import pg from "pg";
import { AppError } from "../../kernel/app-error.ts";
import { deriveSecret, fingerprint } from "../crypto/envelope.ts";
import type { KeyHolders } from "../crypto/key-holder.ts";
import { prepareQueueSchema } from "../queue/queue-schema.ts";
import { asOwner } from "./as-owner.ts";
import { settingError } from "./data-dir-lock.ts";
import { type Migration, migrate, migrationLockKey, readMigrations } from "./migrate.ts";
import { prepareVectors } from "./prepare-vectors.ts";
import { appUrlFrom, ensureRoles } from "./roles.ts";
import { keepRootKey, openRootKey } from "./root-key.ts";

export interface PrepareOptions {
  /** DATABASE_URL, or the embedded server's. */
  readonly adminUrl: string;
  /** Derived from the root key unless given. */
  readonly appPassword?: string;
  /** Who opens the root key. Tests that seal nothing leave it out. */
  readonly keys?: KeyHolders;
  readonly migrations?: readonly Migration[];
}

export interface PreparedDatabase {
  /** What every process connects with: login `parley_app`. Holds a password; never log it. */
  readonly appUrl: string;
  readonly applied: readonly string[];
  /** Empty without `keys`. */
  readonly rootKey: Buffer;
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
    // Before anything is changed: a node with the wrong key must not take the login from those with the right one.
    const rootKey = options.keys === undefined ? Buffer.alloc(0) : await openRootKey(admin, options.keys);
    const appPassword = options.appPassword ?? deriveSecret(rootKey, "parley_app login").toString("base64url");
    await ensureRoles(admin, { adminUrl: options.adminUrl, appPassword });
    const applied = await migrate(admin, options.migrations ?? readMigrations());
    await prepareQueueSchema(admin);
    await prepareVectors(admin);
    if (options.keys !== undefined) await keepKey(admin, rootKey, options.keys);
    return { appUrl: appUrlFrom(options.adminUrl, appPassword), applied, rootKey };
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

/** Both or neither: nothing is sealed before. */
async function keepKey(admin: pg.ClientBase, rootKey: Buffer, keys: KeyHolders): Promise<void> {
  await admin.query("begin");
  try {
    await keepRootKey(admin, rootKey, keys);
    await asOwner(admin, "insert into installation (master_key_fingerprint) values ($1) on conflict do nothing", [
      fingerprint(rootKey),
    ]);
    await admin.query("commit");
  } catch (error) {
    await admin.query("rollback");
    throw error;
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

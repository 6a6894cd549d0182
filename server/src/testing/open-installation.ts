/** What only the operator of an embedded installation has: its database beyond row-level security, and the key it signs with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { type AccessClaims, createAccessTokens } from "../features/auth/access-token.ts";
import { systemClock } from "../kernel/clock.ts";
import { createOwnHolder } from "../platform/crypto/key-holder.ts";
import { findKeptKey } from "../platform/crypto/master-key.ts";
import { findPostmaster } from "../platform/db/postmaster.ts";

export interface Installation {
  /** As superuser. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** An access token as the server makes it, made `ageMs` ago. */
  sign(claims: AccessClaims, ageMs?: number): Promise<string>;
  close(): Promise<void>;
}

function openPool(dataDir: string): pg.Pool {
  const kept = readFileSync(join(dataDir, "postgres-secrets.json"), "utf8");
  const { superuserPassword: password } = JSON.parse(kept) as { superuserPassword: string };
  const running = findPostmaster(join(dataDir, "postgres"));
  if (running === undefined) throw new Error(`no PostgreSQL runs under ${dataDir}`);
  const host = running.socketDir === "" ? "127.0.0.1" : running.socketDir;
  const pool = new pg.Pool({ host, port: running.port, user: "postgres", password, database: "parley", max: 1 });
  pool.on("error", () => {});
  return pool;
}

async function readRootKey(dataDir: string, pool: pg.Pool): Promise<Buffer> {
  const masterKey = findKeptKey(dataDir);
  if (masterKey === undefined) throw new Error(`no master key under ${dataDir}`);
  const holder = createOwnHolder(masterKey);
  const question = "select root_wrap from installation_keys where holder = $1";
  const { rows } = await pool.query<{ root_wrap: Buffer }>(question, [holder.name]);
  const [found] = rows;
  if (found === undefined) throw new Error("the installation's root key is not kept under this master key");
  return await holder.unwrap(found.root_wrap);
}

export async function openInstallation(dataDir: string): Promise<Installation> {
  const pool = openPool(dataDir);
  const masterKey = await readRootKey(dataDir, pool);
  return {
    sql: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    async sign(claims, ageMs = 0) {
      const clock = { ...systemClock, wallNow: () => Date.now() - ageMs };
      return await createAccessTokens({ masterKey, clock }).sign(claims);
    },
    close: () => pool.end(),
  };
}

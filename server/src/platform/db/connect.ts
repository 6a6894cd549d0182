/** A small pool. Its errors never end the process, and nobody waits for a connection longer than a few seconds. */
import pg from "pg";
import type { LogLine } from "./log-line.ts";

export interface ConnectOptions {
  readonly url: string;
  readonly log: LogLine;
  /** Connections at most; 4 unless told. */
  readonly max?: number;
  readonly applicationName?: string;
}

export function createPool(options: ConnectOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 4,
    application_name: options.applicationName ?? "parley",
    connectionTimeoutMillis: 3000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idle_in_transaction_session_timeout: 30_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    allowExitOnIdle: false,
  });
  pool.on("error", (error) => {
    const code = "code" in error && typeof error.code === "string" ? error.code : "connection-lost";
    options.log("warn", "an idle database connection was lost", { code });
  });
  return pool;
}

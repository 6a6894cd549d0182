/** The embedded shape's database: a real PostgreSQL under DATA_DIR/postgres, adopted when it already runs. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import pg from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { lockDataDir, settingError } from "./data-dir-lock.ts";
import { type Cluster, hasCluster, initialiseCluster, startServer } from "./embedded-cluster.ts";
import { type EmbeddedSecrets, loadSecrets } from "./embedded-secrets.ts";
import type { LogLine } from "./log-line.ts";
import { findBinaries, prepareRun } from "./postgres-binaries.ts";
import { findPostmaster, type Postmaster, stopPostmaster } from "./postmaster.ts";

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: LogLine;
  /** Extra `name=value` server settings, for tests. */
  readonly settings?: readonly string[];
}

export interface EmbeddedPostgres {
  /** Superuser, on the database `parley`. For `prepareDatabase` only. */
  readonly adminUrl: string;
  /** What `parley_app` logs in with. */
  readonly appPassword: string;
  /** How it came up. */
  readonly origin: "created" | "started" | "adopted";
  readonly pid: () => number | undefined;
  /** Stops the server and gives DATA_DIR free. */
  stop(): Promise<void>;
}

const databaseName = "parley";
const watchEveryMs = 1000;

/**
 * Throws AppError `setting_invalid` with one line for the operator: DATA_DIR in use, disk full, permissions, no such
 * platform. The server outlives a killed process on purpose; the next start adopts it, or stops it when it is not well.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const lock = lockDataDir(dataDir);
  try {
    const cluster = await describeCluster(dataDir, options);
    const isNew = !hasCluster(cluster.databaseDir);
    const secrets = loadSecrets(dataDir, isNew);
    if (isNew) initialiseCluster(cluster, secrets.superuserPassword);
    const wasAdopted = !isNew && (await adopt(cluster, secrets, options));
    if (!wasAdopted) await startServer(cluster, options.clock, (found) => isHealthy(found, secrets));
    const postmaster = requirePostmaster(cluster);
    await createDatabase(urlOf(postmaster, secrets, "postgres"));
    const stopWatching = watchServer(cluster, secrets, options);
    return {
      adminUrl: urlOf(postmaster, secrets, databaseName),
      appPassword: secrets.appPassword,
      origin: isNew ? "created" : wasAdopted ? "adopted" : "started",
      pid: () => findPostmaster(cluster.databaseDir)?.pid,
      async stop() {
        await stopWatching();
        await stopPostmaster(cluster.databaseDir, options.clock);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function describeCluster(dataDir: string, options: EmbeddedPostgresOptions): Promise<Cluster> {
  mkdirSync(dataDir, { recursive: true });
  const databaseDir = join(dataDir, "postgres");
  const { binaries, runAs } = prepareRun(await findBinaries(), databaseDir);
  return {
    dataDir,
    databaseDir,
    logPath: join(dataDir, "postgres.log"),
    binaries,
    runAs,
    settings: options.settings ?? [],
  };
}

/** True when a server was found running and is well. One that is not well is stopped. */
async function adopt(cluster: Cluster, secrets: EmbeddedSecrets, options: EmbeddedPostgresOptions): Promise<boolean> {
  const running = findPostmaster(cluster.databaseDir);
  if (running === undefined) return false;
  if (!running.isOutdated && (await isHealthy(running, secrets))) {
    options.log("info", "adopted the PostgreSQL that an earlier Parley left running", { pid: running.pid });
    return true;
  }
  options.log("warn", "a PostgreSQL that an earlier Parley left running is not well and is stopped", {
    pid: running.pid,
  });
  if (!(await stopPostmaster(cluster.databaseDir, options.clock))) {
    throw settingError(
      `A PostgreSQL (process ${running.pid}) runs on DATA_DIR=${cluster.dataDir} and cannot be stopped. End it, then start again.`,
    );
  }
  return false;
}

async function isHealthy(postmaster: Postmaster, secrets: EmbeddedSecrets): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(postmaster, secrets, "postgres"),
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function requirePostmaster(cluster: Cluster): Postmaster {
  const found = findPostmaster(cluster.databaseDir);
  if (found === undefined) {
    throw settingError(
      `The embedded PostgreSQL under DATA_DIR=${cluster.dataDir} ended right after its start (see ${cluster.logPath}).`,
    );
  }
  return found;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

/** Brings the server back when it dies under us (killed, out of memory). The returned function ends the watch. */
function watchServer(
  cluster: Cluster,
  secrets: EmbeddedSecrets,
  { clock, log }: EmbeddedPostgresOptions,
): () => Promise<void> {
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = () => {};
  const look = async () => {
    if (isStopped || findPostmaster(cluster.databaseDir) !== undefined) return;
    log("error", "the embedded PostgreSQL ended unexpectedly and is started again");
    try {
      await startServer(cluster, clock, (found) => isHealthy(found, secrets));
    } catch {
      log("error", "the embedded PostgreSQL could not be started again; trying on");
    }
  };
  const schedule = () => {
    cancel = clock.setTimer(watchEveryMs, () => {
      running = look().finally(() => {
        if (!isStopped) schedule();
      });
    });
  };
  schedule();
  return async () => {
    isStopped = true;
    cancel();
    await running;
  };
}

function urlOf(postmaster: Postmaster, secrets: EmbeddedSecrets, database: string): string {
  const password = encodeURIComponent(secrets.superuserPassword);
  if (postmaster.socketDir !== "")
    return `postgres://postgres:${password}@/${database}?host=${encodeURIComponent(postmaster.socketDir)}`;
  return `postgres://postgres:${password}@127.0.0.1:${postmaster.port}/${database}`;
}

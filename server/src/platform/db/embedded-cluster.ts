/** Making the files of a PostgreSQL cluster and starting a server on them. Faults come back as one line the operator can act on. */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { lowerSessionPriority } from "../process-priority.ts";
import { settingError } from "./data-dir-lock.ts";
import type { PostgresBinaries, RunAs } from "./postgres-binaries.ts";
import { findPostmaster, type Postmaster } from "./postmaster.ts";

export interface Cluster {
  readonly dataDir: string;
  readonly databaseDir: string;
  readonly logPath: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** Extra `name=value` server settings; tests switch fsync off here, nothing else does. */
  readonly settings: readonly string[];
}

/** Unix socket paths end at 107 bytes; beyond that the server listens on a loopback port. */
const maxSocketPathLength = 100;

export function hasCluster(databaseDir: string): boolean {
  return existsSync(join(databaseDir, "PG_VERSION"));
}

/** Made in a draft folder and renamed when complete: a kill in the middle leaves nothing that looks like a database. */
export function initialiseCluster(cluster: Cluster, superuserPassword: string): void {
  const prefix = "postgres.new-";
  for (const name of readdirSync(cluster.dataDir)) {
    if (name.startsWith(prefix)) rmSync(join(cluster.dataDir, name), { recursive: true, force: true, maxRetries: 3 });
  }
  const draft = join(cluster.dataDir, `${prefix}${randomUUID()}`);
  const secretDir = mkdtempSync(join(tmpdir(), "parley-"));
  const passwordPath = join(secretDir, "password");
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordPath, `${superuserPassword}\n`, { mode: 0o600 });
    giveTo(cluster, [draft, secretDir, passwordPath]);
    runInitdb(cluster, draft, passwordPath);
    renameSync(draft, cluster.databaseDir);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw explainFault(cluster, error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(secretDir, { recursive: true, force: true });
  }
}

function runInitdb(cluster: Cluster, draft: string, passwordPath: string): void {
  const [program, ...flags] = [
    ...cluster.runAs.wrapper,
    cluster.binaries.initdb,
    `--pgdata=${draft}`,
    "--username=postgres",
    `--pwfile=${passwordPath}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
  ];
  const done = spawnSync(program ?? "", flags, {
    ...userOf(cluster.runAs),
    cwd: "/",
    encoding: "utf8",
    env: serverEnvironment(),
  });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(done.stderr);
}

/**
 * Starts the server in a session of its own, so that a Ctrl-C at the terminal reaches Parley first and a killed Parley
 * leaves a server that the next start adopts. `isUp` answers whether it takes connections.
 */
export async function startServer(
  cluster: Cluster,
  clock: Clock,
  isUp: (postmaster: Postmaster) => Promise<boolean>,
): Promise<void> {
  const untilMs = clock.now() + 60_000;
  for (;;) {
    const logStart = existsSync(cluster.logPath) ? statSync(cluster.logPath).size : 0;
    const child = await spawnServer(cluster);
    let ended = child.exitCode !== null;
    child.once("exit", () => {
      ended = true;
    });
    while (!ended && clock.now() < untilMs) {
      const postmaster = findPostmaster(cluster.databaseDir);
      if (postmaster !== undefined && (await isUp(postmaster))) return;
      await sleep(clock, 15);
    }
    const said = readFileSync(cluster.logPath, "utf8").slice(logStart);
    // Backends of a killed server need a moment to notice; the new one refuses to start beside them.
    const isTransient = /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(said);
    if (!ended || !isTransient || clock.now() >= untilMs) throw explainFault(cluster, said);
    await sleep(clock, 200);
  }
}

async function spawnServer(cluster: Cluster) {
  if (existsSync(cluster.logPath) && statSync(cluster.logPath).size > 10_000_000) rmSync(cluster.logPath);
  const settings = [
    ...(await listenSettings(cluster)),
    "max_connections=100",
    "shared_buffers=64MB",
    // Statements and row values can hold what callers said: they stay out of the server's log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length_on_error=0",
    ...cluster.settings,
  ];
  const [program, ...flags] = [
    ...cluster.runAs.wrapper,
    cluster.binaries.postgres,
    "-D",
    cluster.databaseDir,
    ...settings.flatMap((setting) => ["-c", setting]),
  ];
  const log = openSync(cluster.logPath, "a", 0o600);
  try {
    const child = spawn(program ?? "", flags, {
      ...userOf(cluster.runAs),
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: serverEnvironment(),
    });
    child.on("error", () => {}); // told by the exit and the log
    lowerSessionPriority(child.pid, "database");
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

async function listenSettings(cluster: Cluster): Promise<string[]> {
  if (process.platform !== "win32" && join(cluster.databaseDir, ".s.PGSQL.5432.lock").length <= maxSocketPathLength) {
    return ["listen_addresses=", "port=5432", `unix_socket_directories=${cluster.databaseDir}`];
  }
  return ["listen_addresses=127.0.0.1", `port=${await rememberedPort(cluster)}`, "unix_socket_directories="];
}

/** The port of the last start while it is free, otherwise a new one. */
async function rememberedPort(cluster: Cluster): Promise<number> {
  const path = join(cluster.dataDir, "postgres-port");
  const kept = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
  const port = (await freePort(Number.isInteger(kept) ? kept : 0)) ?? (await freePort(0)) ?? 0;
  writeFileSync(path, String(port));
  return port;
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}

const userOf = (runAs: RunAs) => ({
  ...(runAs.uid === undefined ? {} : { uid: runAs.uid }),
  ...(runAs.gid === undefined ? {} : { gid: runAs.gid }),
});

/** The program's own environment must not steer the server, and the server needs none of its secrets. */
const serverEnvironment = () => ({ PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" });

function giveTo(cluster: Cluster, paths: readonly string[]): void {
  const fromWrapper = (name: string) =>
    Number(cluster.runAs.wrapper.find((flag) => flag.startsWith(name))?.slice(name.length));
  const uid = cluster.runAs.uid ?? fromWrapper("--reuid=");
  const gid = cluster.runAs.gid ?? fromWrapper("--regid=");
  if (Number.isNaN(uid) || Number.isNaN(gid)) return;
  for (const path of paths) chownSync(path, uid, gid);
}

function explainFault(cluster: Cluster, said: string) {
  const where = `DATA_DIR=${cluster.dataDir}`;
  if (/No space left on device|ENOSPC/.test(said))
    return settingError(`The disk that holds ${where} is full. Free some space and start again.`);
  if (/Permission denied|EACCES|EPERM|has wrong ownership|invalid permissions/.test(said)) {
    return settingError(
      `PostgreSQL may not read or write its files under ${where}. Give the folder "postgres" in it back to the user it belonged to.`,
    );
  }
  if (/incompatible with server/.test(said)) {
    return settingError(
      `The database under ${where} was made by another major version of PostgreSQL. Dump it with the old Parley and restore it with this one.`,
    );
  }
  const fatal = said.split("\n").findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? "it gave no reason";
  return settingError(
    `The embedded PostgreSQL under ${where} did not start: ${fatal.trim()} (see ${cluster.logPath}).`,
  );
}

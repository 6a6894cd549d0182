/**
 * One PostgreSQL for all test files of a run: the first that needs it starts it, a guard process stops it and removes its
 * folder when the run's process is gone, however that ended.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { sleep, systemClock } from "../kernel/clock.ts";
import { startEmbeddedPostgres } from "../platform/db/embedded-postgres.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { prepareDatabase } from "../platform/db/prepare-database.ts";
import { identifyProcess } from "../platform/db/process-identity.ts";

export interface TestCluster {
  /** Superuser, on the migrated template `parley`. */
  readonly adminUrl: string;
  readonly appPassword: string;
}

/** The run's cluster, with the migrated database `parley` as the template of every test's own. */
export async function testCluster(): Promise<TestCluster> {
  const run = identifyProcess(process.ppid) ?? { pid: process.pid, startedAt: "" };
  const folder = join(tmpdir(), `parley-test-${run.pid}`);
  const ready = join(folder, "cluster.json");
  if (!existsSync(ready) && makeFolder(folder)) await startCluster(folder, ready, run.pid);
  const untilMs = systemClock.now() + 50_000;
  while (!existsSync(ready)) {
    if (systemClock.now() > untilMs) throw new Error(`the tests' PostgreSQL did not come up in ${folder}`);
    await sleep(systemClock, 25);
  }
  return JSON.parse(readFileSync(ready, "utf8")) as TestCluster;
}

/** True for exactly one caller. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

async function startCluster(folder: string, ready: string, runPid: number): Promise<void> {
  const guard = spawn(process.execPath, [join(import.meta.dirname, "test-cluster-guard.ts"), String(runPid), folder], {
    detached: true,
    stdio: "ignore",
  });
  guard.unref();
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    clock: systemClock,
    log: silentLog,
    settings: ["fsync=off", "max_connections=200"],
  });
  const { adminUrl, appPassword } = server;
  await prepareDatabase({ adminUrl, appPassword });
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query("update pg_database set datistemplate = true where datname = 'parley'");
  await admin.end();
  writeFileSync(`${ready}.new`, JSON.stringify({ adminUrl, appPassword }));
  renameSync(`${ready}.new`, ready);
}

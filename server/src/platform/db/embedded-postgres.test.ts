import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { expect, test } from "vitest";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { silentLog } from "./log-line.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";
import { isAlive } from "./process-identity.ts";

async function temporaryDataDir(name = "data") {
  const root = await mkdtemp(join(tmpdir(), "parley-pg-"));
  const path = join(root, name);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await stopPostmaster(join(path, "postgres"), systemClock);
      await rm(root, { recursive: true, force: true });
    },
  };
}

const start = (dataDir: string) => startEmbeddedPostgres({ dataDir, clock: systemClock, log: silentLog });

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Another process that starts the database and then says how it went: `{"origin":…}` or `{"error":…}`. */
async function startInChild(
  dataDir: string,
): Promise<{ child: ChildProcess; said: { origin?: string; error?: string; adminUrl?: string } }> {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { startEmbeddedPostgres } from ${module("./embedded-postgres.ts")};
    import { systemClock } from ${module("../../kernel/clock.ts")};
    try {
      const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, clock: systemClock, log() {} });
      console.log(JSON.stringify({ origin: server.origin, adminUrl: server.adminUrl }));
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(JSON.stringify({ error: error.message }));
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await once(lines, "line")) as [string];
  return { child, said: JSON.parse(line) };
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("first start, stop, later start: quick, durable, private", async () => {
  await using data = await temporaryDataDir();
  const beganMs = performance.now();
  const first = await start(data.path);
  expect(performance.now() - beganMs).toBeLessThan(5000);
  expect(first.origin).toBe("created");
  expect(await query(first.adminUrl, "show fsync")).toEqual([{ fsync: "on" }]);
  await query(first.adminUrl, "create table kept as select 1 as one");
  await first.stop();
  expect(findPostmaster(join(data.path, "postgres"))).toBeUndefined();
  expect(existsSync(join(data.path, "parley.lock"))).toBe(false);

  const laterMs = performance.now();
  const later = await start(data.path);
  expect(performance.now() - laterMs).toBeLessThan(1000);
  expect(later.origin).toBe("started");
  expect(await query(later.adminUrl, "select one from kept")).toEqual([{ one: 1 }]);
  await later.stop();
  expect(statSync(join(data.path, "postgres-secrets.json")).mode & 0o777).toBe(0o600);
  expect(readdirSync(data.path).filter((name) => name.startsWith("postgres.new"))).toEqual([]);
});

test("after a kill -9 the next start adopts the server, with what was committed", async () => {
  await using data = await temporaryDataDir();
  const { child, said } = await startInChild(data.path);
  expect(said.origin).toBe("created");
  await query(said.adminUrl!, "create table kept as select 1 as one");
  await kill(child);
  const left = findPostmaster(join(data.path, "postgres"));
  expect(left).toBeDefined();
  const next = await start(data.path);
  expect(next.origin).toBe("adopted");
  expect(next.pid()).toBe(left?.pid);
  expect(await query(next.adminUrl, "select one from kept")).toEqual([{ one: 1 }]);
  await next.stop();
  expect(isAlive(left!.pid)).toBe(false);
});

test("a server that is left but not well is stopped and started anew", async () => {
  await using data = await temporaryDataDir();
  const { child } = await startInChild(data.path);
  await kill(child);
  const left = findPostmaster(join(data.path, "postgres"))!;
  process.kill(left.pid, "SIGSTOP"); // takes connections, answers none
  const resume = setTimeout(() => process.kill(left.pid, "SIGCONT"), 2500);
  const next = await start(data.path);
  clearTimeout(resume);
  expect(next.origin).toBe("started");
  expect(next.pid()).not.toBe(left.pid);
  expect(await query(next.adminUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  await next.stop();
});

test("a killed server, with a kill -9 of Parley before, recovers on the next start", async () => {
  await using data = await temporaryDataDir();
  const { child, said } = await startInChild(data.path);
  await query(said.adminUrl!, "create table kept as select 1 as one");
  await kill(child);
  process.kill(findPostmaster(join(data.path, "postgres"))!.pid, "SIGKILL");
  const next = await start(data.path);
  expect(next.origin).toBe("started");
  expect(await query(next.adminUrl, "select one from kept")).toEqual([{ one: 1 }]);
  await next.stop();
});

test("a server that dies under us comes back by itself", async () => {
  await using data = await temporaryDataDir();
  const server = await start(data.path);
  const pid = server.pid()!;
  process.kill(pid, "SIGKILL");
  const untilMs = Date.now() + 15_000;
  while ((server.pid() === undefined || server.pid() === pid) && Date.now() < untilMs) await sleep(systemClock, 50);
  expect(server.pid()).not.toBe(pid);
  while (Date.now() < untilMs && !(await query(server.adminUrl, "select 1").catch(() => undefined)))
    await sleep(systemClock, 50);
  await server.stop();
});

test("a postmaster.pid that names a stranger's process is not ours to stop", async () => {
  await using data = await temporaryDataDir();
  await (await start(data.path)).stop();
  const stranger = spawn("sleep", ["30"], { cwd: tmpdir() });
  writeFileSync(
    join(data.path, "postgres", "postmaster.pid"),
    `${stranger.pid}\n${join(data.path, "postgres")}\n1\n5432\n${data.path}\n\n`,
  );
  expect(findPostmaster(join(data.path, "postgres"))).toBeUndefined();
  expect(await stopPostmaster(join(data.path, "postgres"), systemClock)).toBe(true);
  expect(isAlive(stranger.pid!)).toBe(true);
  await kill(stranger);
});

test("of several Parleys on one DATA_DIR one starts, the others are told in one line", async () => {
  await using data = await temporaryDataDir();
  mkdirSync(data.path);
  writeFileSync(
    join(data.path, "parley.lock"),
    JSON.stringify({ pid: process.pid, startedAt: "another life", nonce: "x" }),
  ); // stale: same pid, other start
  const starters = await Promise.all([1, 2, 3].map(() => startInChild(data.path)));
  try {
    expect(starters.filter(({ said }) => said.origin === "created")).toHaveLength(1);
    const refusals = starters.flatMap(({ said }) => said.error ?? []);
    expect(refusals).toHaveLength(2);
    for (const line of refusals)
      expect(line).toMatch(
        new RegExp(
          `^DATA_DIR=${data.path} is in use by another Parley \\(process \\d+\\)\\. Stop that one.*folder\\.$`,
        ),
      );
  } finally {
    for (const { child } of starters) await kill(child);
  }
});

test("a lock is taken over from the dead only, and given back once", async () => {
  await using data = await temporaryDataDir();
  const first = lockDataDir(data.path);
  expect(() => lockDataDir(data.path)).toThrow(`DATA_DIR=${data.path} is in use`);
  first.release();
  const second = lockDataDir(data.path);
  first.release(); // not its own any more
  expect(() => lockDataDir(data.path)).toThrow("is in use");
  second.release();
  writeFileSync(join(data.path, "parley.lock"), "half a li");
  lockDataDir(data.path).release();
});

test("faults are told in one line that names DATA_DIR or the file", async () => {
  await using data = await temporaryDataDir();
  writeFileSync(data.path, "a file, no folder");
  await expect(start(data.path)).rejects.toThrow(/^DATA_DIR=.* cannot be made or written \(EEXIST\)/);

  await using broken = await temporaryDataDir();
  await (await start(broken.path)).stop();
  const config = join(broken.path, "postgres", "postgresql.conf");
  const kept = readFileSync(config, "utf8");
  appendFileSync(config, "\nno_such_setting = 1\n");
  await expect(start(broken.path)).rejects.toThrow(/did not start: .*FATAL.*postgres\.log/);
  writeFileSync(config, kept);
  writeFileSync(join(broken.path, "postgres", "PG_VERSION"), "14\n");
  await expect(start(broken.path)).rejects.toThrow(/another major version/);
  writeFileSync(join(broken.path, "postgres", "PG_VERSION"), "18\n");
  await rm(join(broken.path, "postgres-secrets.json"));
  await expect(start(broken.path)).rejects.toThrow(/postgres-secrets\.json is missing/);
});

test("a DATA_DIR inside a closed folder, and one with a long name, work all the same", async () => {
  await using closed = await temporaryDataDir("closed");
  mkdirSync(closed.path, { mode: 0o700 });
  const inside = join(closed.path, "data");
  const server = await start(inside);
  expect(await query(server.adminUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  await server.stop();
  await using long = await temporaryDataDir("long".repeat(30));
  const far = await start(long.path);
  const url = new URL(far.adminUrl);
  expect(url.hostname).toBe("127.0.0.1");
  await far.stop();
  const again = await start(long.path);
  expect(new URL(again.adminUrl).port).toBe(url.port);
  await again.stop();
});

/** A PostgreSQL server that is already running on a data folder: found by its pid file, checked to be that folder's, stopped. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { isAlive } from "./process-identity.ts";

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Folder of its unix socket; empty when it has none. */
  readonly socketDir: string;
  /** True when its program file was replaced under it (an upgrade): it must be started anew. */
  readonly isOutdated: boolean;
}

/** The living server of this folder. A pid file whose pid belongs to anything else is stale and gives undefined. */
export function findPostmaster(databaseDir: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!isAlive(pid) || !isServerOf(pid, databaseDir)) return undefined;
  return { pid, port, socketDir: lines[4] ?? "", isOutdated: isProgramGone(pid) };
}

/** A server keeps its data folder as its working directory: that is what tells ours from a stranger with the same pid. */
function isServerOf(pid: number, databaseDir: string): boolean {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(databaseDir);
    const command = execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return command.includes("postgres") && command.includes(databaseDir);
  } catch {
    return false;
  }
}

function isProgramGone(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(" (deleted)");
  } catch {
    return false;
  }
}

/** Fast shutdown; when that takes too long, immediate shutdown (nothing committed is lost by either). True when it is gone. */
export async function stopPostmaster(databaseDir: string, clock: Clock): Promise<boolean> {
  for (const { signal, waitMs } of [
    { signal: "SIGINT", waitMs: 10_000 },
    { signal: "SIGQUIT", waitMs: 5000 },
  ] as const) {
    const running = findPostmaster(databaseDir);
    if (running === undefined) return true;
    send(running.pid, signal);
    if (await isGoneWithin(running.pid, waitMs, clock)) return true;
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

async function isGoneWithin(pid: number, waitMs: number, clock: Clock): Promise<boolean> {
  const untilMs = clock.now() + waitMs;
  while (clock.now() < untilMs) {
    if (!isAlive(pid)) return true;
    await sleep(clock, 20);
  }
  return false;
}

/** Processes of the bench: started on a core of their own, and what they cost, by the kernel's accounting. */
import type { ChildProcess } from "node:child_process";
import { fork, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const canPin = spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;
/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

/** Asks for core `core`; without taskset the kernel decides, and the table says so. */
export function pin(pid: number, core: number): void {
  if (canPin) spawnSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}

export function forkPinned(file: string, core: number): ChildProcess {
  const child = fork(join(import.meta.dirname, file), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  if (child.pid !== undefined) pin(child.pid, core);
  return child;
}

export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as T));
    child.once("exit", (code) => reject(new Error(`a bench process ended with ${code}`)));
  });
}

/** Runs a command on a core; everything it starts inherits that. */
/** `cores`: one, or all of them as `0,1`. */
export function spawnPinned(args: readonly string[], cores: number | string, env: NodeJS.ProcessEnv): ChildProcess {
  const command = canPin ? ["taskset", "-c", String(cores), process.execPath, ...args] : [process.execPath, ...args];
  const [program = process.execPath, ...rest] = command;
  return spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
}

interface ProcessCost {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

function parentOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** The process and everything below it, dead children included. Proportional memory: shared pages are counted once. */
export function costOfTree(root: number): ProcessCost {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = parentOf(entry);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {} // it ended meanwhile
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  let ticks = 0;
  let memoryBytes = 0;
  for (const pid of tree) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      memoryBytes += Number(pss ?? 0) * 1024;
    } catch {} // it ended meanwhile
  }
  return { cpuSeconds: ticks / ticksPerSecond, memoryBytes };
}

/** Which process, for sure: a pid alone is reused, a pid with its start time is not. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same life of the same pid. */
  readonly startedAt: string;
}

/** The identity of a living process, or undefined when there is none of this pid. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!isAlive(pid)) return undefined;
  const startedAt = process.platform === "linux" ? linuxStartTime(pid) : psStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** A process that has ended and waits to be collected counts as dead. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === "linux" && linuxStat(pid)?.[0] === "Z") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function linuxStartTime(pid: number): string | undefined {
  const startTicks = linuxStat(pid)?.[19];
  if (startTicks === undefined) return undefined;
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}/${startTicks}`;
}

/** Fields from the third (state) on. The program's name, before them, stands in parentheses and may hold anything. */
function linuxStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function psStartTime(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A short name of this process that no later one repeats: the pid and a hash of its start. */
export function ownProcessId(): string {
  return processIdOf(process.pid);
}

/** The same name, for a process that lives now. */
export function processIdOf(pid: number): string {
  return nameOf(identifyProcess(pid) ?? { pid, startedAt: "unknown" });
}

/** Whether the process that `ownProcessId` named still lives on this machine. */
export function isProcessIdAlive(processId: string): boolean {
  const identity = identifyProcess(Number.parseInt(processId, 10));
  return identity !== undefined && nameOf(identity) === processId;
}

const nameOf = ({ pid, startedAt }: ProcessIdentity) =>
  `${pid}-${createHash("sha256").update(startedAt).digest("hex").slice(0, 12)}`;

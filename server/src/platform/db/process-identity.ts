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

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function linuxStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in parentheses and may hold anything, so fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${bootId}/${fields[19] ?? ""}`;
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
  return nameOf(identifyProcess(process.pid) ?? { pid: process.pid, startedAt: "unknown" });
}

/** Whether the process that `ownProcessId` named still lives on this machine. */
export function isProcessIdAlive(processId: string): boolean {
  const identity = identifyProcess(Number.parseInt(processId, 10));
  return identity !== undefined && nameOf(identity) === processId;
}

const nameOf = ({ pid, startedAt }: ProcessIdentity) =>
  `${pid}-${createHash("sha256").update(startedAt).digest("hex").slice(0, 12)}`;

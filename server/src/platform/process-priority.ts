/** Voices first: which process waits for which when the cores are short. */
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Unix nice values. A process that carries voices has 0; ten steps are about a ninth of its share. */
export const niceness = { database: 8, api: 10, worker: 15, dashboard: 19 } as const;

/**
 * Right after it was spawned, before it has threads: on Linux the value belongs to a thread, and only those made afterwards inherit it. Where
 * it is not permitted the process runs as everybody else.
 */
export function lowerPriority(pid: number | undefined, to: keyof typeof niceness): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness[to]);
  } catch {
    // Gone already, or not permitted.
  }
}

/** The same for a process with a session of its own: Linux may share the cores by session first, and then the value above says nothing. */
export function lowerSessionPriority(pid: number | undefined, to: keyof typeof niceness): void {
  lowerPriority(pid, to);
  if (pid === undefined || process.platform !== "linux") return;
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness[to]));
  } catch {
    // Not a kernel that does so.
  }
}

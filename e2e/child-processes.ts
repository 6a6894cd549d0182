import { readdirSync, readFileSync } from "node:fs";

/** Process ids of the living children whose command holds `mark`. Linux only. */
export function childrenOf(parent: number, mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const ppid = / (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) \w/, ""))?.[1];
        return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** `node test-cluster-guard.ts PID FOLDER`: waits for the test run to end, then stops its PostgreSQL and removes the folder. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { sleep, systemClock } from "../kernel/clock.ts";
import { stopPostmaster } from "../platform/db/postmaster.ts";
import { identifyProcess, isSameProcessAlive } from "../platform/db/process-identity.ts";

const [pid = "", folder = ""] = process.argv.slice(2);
const run = identifyProcess(Number(pid));
while (run !== undefined && isSameProcessAlive(run)) await sleep(systemClock, 300);
await stopPostmaster(join(folder, "postgres"), systemClock);
rmSync(folder, { recursive: true, force: true });

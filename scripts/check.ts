/** `npm run check`: types, lint, format, rooms, dead code, drift. Runs all of them, then says which failed. */
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { cruisedFolders } from "./cruised-folders.ts";

const root = dirname(import.meta.dirname);
const bin = join(root, "node_modules", ".bin");

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const checks: Check[] = [
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "dashboard types", command: ["tsc", "-p", "dashboard/tsconfig.json"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "format", command: ["biome", "ci", "--diagnostic-level=error", "."] },
  { name: "rooms", command: ["depcruise", "--config", ".dependency-cruiser.cjs", ...cruisedFolders] },
  { name: "dead code", command: ["knip", "--no-progress"] },
  { name: "OpenAPI drift", command: ["node", "scripts/openapi.ts", "--check"] },
  { name: "migration drift", command: ["node", "scripts/migrations.ts", "--check"] },
];

const failed: string[] = [];
for (const { name, command } of checks) {
  const startedAt = performance.now();
  const [program, ...args] = command;
  const run = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${run.status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (run.status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

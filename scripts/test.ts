/**
 * `npm test [-- --install] [vitest arguments]`: runs everything. With --install, or CI=true, it first installs the Debian packages
 * that some tests need; without, it says what is missing, and those tests are skipped by name. CI fails on a skip.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";

const root = dirname(import.meta.dirname);
const ci = process.env["CI"] === "true";
const install = ci || process.argv.includes("--install");

/** Program on the PATH → the Debian package that brings it, and what its tests show. */
const needed = [
  { program: "chromium", packageName: "chromium", shows: "the pages, in a real browser" },
  { program: "redis-server", packageName: "redis-server", shows: "limits that many nodes share" },
  { program: "radicale", packageName: "radicale", shows: "calendars on a CalDAV server" },
] as const;

const isThere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;

const missing = needed.filter(({ program }) => !isThere(program));
if (missing.length > 0 && install) {
  const names = missing.map(({ packageName }) => packageName);
  console.log(`Installing ${names.join(", ")} …`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const run = (...args: string[]) => {
    const [program = "apt-get", ...rest] = [...sudo, "apt-get", ...args];
    return spawnSync(program, rest, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  run("update", "-qq");
  run("install", "-y", "-qq", "--no-install-recommends", ...names);
}
const stillMissing = needed.filter(({ program }) => !isThere(program));
for (const { program, packageName, shows } of stillMissing) {
  console.error(
    `MISSING: ${program} (Debian package ${packageName}). Skipped: tests of ${shows}. Mend: npm test -- --install`,
  );
}

const reportFolder = mkdtempSync(join(tmpdir(), "parley-test-"));
const reportFile = join(reportFolder, "report.json");
const passed = process.argv.slice(2).filter((argument) => argument !== "--install");
const vitest = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportFile}`,
    ...passed,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PARLEY_MISSING: stillMissing.map(({ program }) => program).join(",") },
  },
);

const report = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number() });
let status = vitest.status ?? 1;
try {
  const counts = report.parse(JSON.parse(readFileSync(reportFile, "utf8")));
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`);
  if (ci && counts.numPendingTests > 0) {
    console.error("CI fails on skipped tests.");
    status = 1;
  }
} catch {
  status ||= 1;
}
rmSync(reportFolder, { recursive: true, force: true });
process.exitCode = status;

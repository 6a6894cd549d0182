/** The dashboard (Next.js) as a process of low priority that nothing waits for. Built when its sources have changed. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { DashboardState } from "../entry/process-messages.ts";
import { lowerPriority } from "../platform/process-priority.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = join(root, "dashboard");
const hashFile = join(folder, ".next", "parley-sources");
const nextCli = join(root, "node_modules", "next", "dist", "bin", "next");
const skipped = new Set(["node_modules", ".next", "next-env.d.ts"]);
const restartMs = 3000;

export interface DashboardParts {
  readonly config: Config;
  readonly log: Logger;
  readonly onState: (state: DashboardState) => void;
}

/** Changes whenever a file the build reads does. */
function hashSources(): string {
  const hash = createHash("sha256");
  const visit = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (skipped.has(entry.name) || entry.name.endsWith(".test.ts")) continue;
      const full = join(path, entry.name);
      if (entry.isDirectory()) visit(full);
      else hash.update(relative(root, full)).update(readFileSync(full));
    }
  };
  for (const path of [folder, join(root, "contract", "src")]) visit(path);
  return hash.update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

function isBuilt(hash: string): boolean {
  return (
    existsSync(join(folder, ".next", "BUILD_ID")) && existsSync(hashFile) && readFileSync(hashFile, "utf8") === hash
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}

export function startDashboard(parts: DashboardParts): { stop(): void } {
  const dashboard = new Dashboard(parts);
  if (parts.config.dashboard) dashboard.begin();
  return dashboard;
}

class Dashboard {
  private readonly parts: DashboardParts;
  private child: ChildProcess | undefined;
  private stopped = false;

  constructor(parts: DashboardParts) {
    this.parts = parts;
  }

  begin(): void {
    const { log, onState } = this.parts;
    this.buildAndServe().catch((error: unknown) => {
      log.error({ reason: error instanceof Error ? error.message : "unknown" }, "the dashboard could not be started");
      onState({ state: "failed" });
    });
  }

  stop(): void {
    this.stopped = true;
    this.child?.kill("SIGTERM");
  }

  private async buildAndServe(): Promise<void> {
    const { log, onState } = this.parts;
    if (!existsSync(join(folder, "app")) && !existsSync(join(folder, "src", "app"))) {
      log.warn("the dashboard has no pages yet");
      return onState({ state: "off" });
    }
    const hash = hashSources();
    if (!isBuilt(hash)) {
      if ((await this.run(["build"])) !== 0) return onState({ state: "failed" });
      writeFileSync(hashFile, hash);
    }
    while (!this.stopped) await this.serve();
  }

  /** One life of `next start`. */
  private async serve(): Promise<void> {
    const { log, onState } = this.parts;
    const port = await freePort();
    let told = false;
    await this.run(["start", "--port", String(port), "--hostname", "127.0.0.1"], (output) => {
      if (told || !/ready/i.test(output)) return;
      told = true;
      onState({ state: "ready", port });
      log.info("the dashboard is ready");
    });
    if (this.stopped) return;
    onState({ state: "building" });
    await new Promise((resolve) => setTimeout(resolve, restartMs));
  }

  /** Resolves with the exit code. */
  private run(args: readonly string[], onOutput: (text: string) => void = () => undefined): Promise<number> {
    const child = spawnNext(args);
    this.child = child;
    lowerPriority(child.pid, "dashboard");
    let tail = "";
    const collect = (data: Buffer) => {
      tail = (tail + data.toString()).slice(-2000);
      onOutput(tail);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    return new Promise((resolve) => {
      child.once("error", () => resolve(1));
      child.once("exit", (code) => {
        if (code !== 0 && !this.stopped)
          this.parts.log.error({ code, output: tail }, `the dashboard's ${args[0]} ended`);
        resolve(code ?? 1);
      });
    });
  }
}

function spawnNext(args: readonly string[]) {
  // Its environment is its own: no key of a vendor reaches a page's process.
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
  return spawn(process.execPath, [nextCli, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

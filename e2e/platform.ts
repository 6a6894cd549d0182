/** The platform as `npm start` runs it: a child process in a temporary folder on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Platform {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly apiKey: string;
  readonly twilioToken: string;
  /** Everything it printed and logged so far. */
  output(): string;
  /** Undefined while it runs. */
  exitCode(): number | null | undefined;
  stop(): Promise<void>;
}

const root = dirname(import.meta.dirname);
const readyWithinMs = 60_000;

/** `env` comes on top of an environment without anybody's keys. A folder that is given is the caller's, and stays. */
export async function startPlatform(env: Readonly<Record<string, string>>, keptDir?: string): Promise<Platform> {
  const dataDir = keptDir ?? mkdtempSync(join(tmpdir(), "parley-e2e-"));
  const removeDir = () => {
    if (keptDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const child = spawn(process.execPath, [join(root, "server/src/main.ts")], {
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: join(tmpdir(), "parley-code-cache"),
      PORT: "0",
      DATA_DIR: dataDir,
      DASHBOARD: "off",
      MEDIA_PROCESSES: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const url = await addressOf(child, () => text).catch((error: unknown) => {
    child.kill("SIGKILL");
    removeDir();
    throw error;
  });
  const read = (name: string) => readFileSync(join(dataDir, name), "utf8").trim();
  return {
    url,
    pid: child.pid ?? 0,
    dataDir,
    apiKey: read("demo-api-key"),
    twilioToken: read("twilio-auth-token"),
    output: () => text,
    exitCode: () => (child.exitCode === null && child.signalCode === null ? undefined : child.exitCode),
    async stop() {
      await end(child);
      removeDir();
    },
  };
}

async function addressOf(child: ChildProcess, output: () => string): Promise<string> {
  const deadlineMs = performance.now() + readyWithinMs;
  while (performance.now() < deadlineMs && child.exitCode === null) {
    const address = /Parley is ready[\s\S]*?Open\s+(http:\S+)/.exec(output())?.[1];
    if (address !== undefined) return address.replace("localhost", "127.0.0.1");
    await sleep(25);
  }
  throw new Error(`The platform did not start:\n${output()}`);
}

/** The first signal asks for a goodbye to every call, the second for an end at once. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(killer);
}

/** For tests: the real program in a temporary folder on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const entryPath = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface RunningPlatform {
  readonly url: string;
  readonly apiKey: string;
  readonly twilioToken: string;
  readonly pid: number;
  readonly output: () => string;
  signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
  /** Exit code. */
  readonly exited: Promise<number | null>;
  dispose(): Promise<void>;
}

export interface Launch {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  readonly dataDir: string;
}

export function launch(env: Readonly<Record<string, string>> = {}): Launch {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-test-"));
  const child = spawn(process.execPath, [entryPath], {
    env: {
      NODE_ENV: "test",
      PATH: process.env.PATH ?? "",
      NODE_COMPILE_CACHE: join(tmpdir(), "parley-code-cache"),
      DATA_DIR: dataDir,
      PORT: "0",
      DASHBOARD: "off",
      MEDIA_PROCESSES: "2",
      LOG_LEVEL: "info",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (data: Buffer) => void (text += data.toString()));
  child.stderr.on("data", (data: Buffer) => void (text += data.toString()));
  const exited = new Promise<number | null>((resolve) => void child.once("exit", (code) => resolve(code)));
  return { child, output: () => text, exited, dataDir };
}

export async function startPlatform(env: Readonly<Record<string, string>> = {}): Promise<RunningPlatform> {
  const { child, output, exited, dataDir } = launch(env);
  await waitUntil(() => output().includes("Parley is ready") || child.exitCode !== null, 50_000);
  const url = /Open\s+(http:\S+)/.exec(output())?.[1];
  if (url === undefined) throw new Error(`The platform did not start:\n${output()}`);
  return {
    url: url.replace("localhost", "127.0.0.1"),
    apiKey: readFileSync(join(dataDir, "demo-api-key"), "utf8").trim(),
    twilioToken: readFileSync(join(dataDir, "twilio-auth-token"), "utf8").trim(),
    pid: child.pid ?? 0,
    output,
    exited,
    signal: (name) => void child.kill(name),
    async dispose() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        child.kill("SIGTERM");
        await exited;
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits for something of a real process; bounded. */
export async function waitUntil(check: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endAt = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > endAt) throw new Error("It did not happen in time.");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

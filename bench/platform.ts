/** Parley itself, as `npm start` runs it, on one core, with the bench's vendors. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnPinned } from "./processes.ts";

export interface Vendors {
  readonly deepgram: string;
  readonly elevenLabs: string;
  readonly openAi: string;
}

export interface Platform {
  readonly url: string;
  readonly pid: number;
  readonly authToken: string;
  readonly apiKey: string;
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly core: number | string;
  readonly vendors: Vendors;
  readonly env?: Readonly<Record<string, string>>;
}

const root = dirname(import.meta.dirname);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Variables that would change what is measured are not inherited. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], LANG: process.env["LANG"] };
}

export async function startPlatform({ core, vendors, env = {} }: PlatformOptions): Promise<Platform> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const port = await freePort();
  const authToken = "0123456789abcdef0123456789abcdef";
  const startedAt = performance.now();
  const child = spawnPinned([join(root, "server/src/main.ts")], core, {
    ...cleanEnvironment(),
    PORT: String(port),
    DATA_DIR: dataDir,
    MEDIA_PROCESSES: "1",
    MAX_CALLS_PER_PROCESS: "1000",
    LOG_LEVEL: "warn",
    TWILIO_AUTH_TOKEN: authToken,
    DEEPGRAM_API_KEY: "sandbox",
    DEEPGRAM_BASE_URL: vendors.deepgram,
    ELEVENLABS_API_KEY: "sandbox",
    ELEVENLABS_BASE_URL: vendors.elevenLabs,
    OPENAI_API_KEY: "sandbox",
    OPENAI_BASE_URL: `${vendors.openAi}/v1`,
    ...env,
  });
  const output = collectOutput(child);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, output);
  const readyMs = performance.now() - startedAt;
  await untilDashboard(url);
  const apiKey = /pk_demo_[\w-]+/.exec(output.text)?.[0] ?? "";
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(20_000).then(() => child.kill("SIGKILL"))]);
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, pid: child.pid ?? 0, authToken, apiKey, readyMs, stop };
}

function collectOutput(child: ChildProcess): { text: string } {
  const output = { text: "" };
  const add = (chunk: Buffer) => {
    output.text = (output.text + chunk.toString("utf8")).slice(-20_000);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return output;
}

/** The dashboard counts too, once it is built: a build must not run while something is measured. */
async function untilDashboard(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const page = await fetch(url).then(
      async (response) => (response.ok ? await response.text() : ""),
      () => "",
    );
    if (page.includes("/_next/")) break;
    await sleep(500);
  }
  await sleep(1500);
}

async function untilReady(url: string, child: ChildProcess, output: { text: string }): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`the platform ended: ${output.text}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
  throw new Error(`the platform was not ready in a minute: ${output.text}`);
}

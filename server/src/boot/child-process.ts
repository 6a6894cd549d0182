/** A process of the node that is kept alive: a dead one is started again, with growing pauses. */
import { type ChildProcess, fork } from "node:child_process";
import type { Logger } from "pino";
import { createProcessLink, type ProcessLink } from "../entry/process-link.ts";
import { processIdOf } from "../platform/db/process-identity.ts";
import { lowerPriority } from "../platform/process-priority.ts";
import type { ProcessInit } from "./init-message.ts";

const firstPauseMs = 200;
const longestPauseMs = 10_000;
/**
 * Every frame is read into a buffer of 64 kB and shrunk to its size. While those wait for the garbage collector they tear holes into the
 * heap of malloc: a large young generation costs about a megabyte a call that never comes back. A small one, collected
 * often, stays flat over a thousand calls and begins at half the size.
 */
const memoryFlags = ["--max-semi-space-size=2", "--initial-old-space-size=96", "--heap-growing-percent=20"];
const memoryEnvironment = { MALLOC_TRIM_THRESHOLD_: "131072" };

/** A process that lived this long was healthy: the next pause starts small again. */
const healthyAfterMs = 30_000;
/** From the lost channel until it is killed. */
const lastWritesMs = 5000;

export interface KeptProcess {
  /** The link of the life that runs now; undefined until it is ready, and between two lives. */
  link(): ProcessLink | undefined;
  /** Resolves when the first life is ready; rejects with the line for the terminal when it says it cannot start. */
  readonly ready: Promise<{ port?: number }>;
  /** Ends it for good: asked first, then killed. */
  stop(): Promise<void>;
}

export interface KeepProcessOptions {
  readonly entryPath: string;
  readonly name: string;
  readonly role: "api" | "media" | "worker";
  /** Started again even when it never was ready: the node runs without it meanwhile. */
  readonly isOptional?: boolean;
  readonly log: Logger;
  /** `deadProcessId`: the life before this one, as it signed what it wrote. */
  readonly init: (deadProcessId: string | undefined) => ProcessInit;
  /** Each life's link, before it is told to begin. */
  readonly onLife: (link: ProcessLink) => void;
  readonly onDeath: () => void;
  readonly onReady?: (link: ProcessLink) => void;
}

export function keepProcess(options: KeepProcessOptions): KeptProcess {
  return new Kept(options);
}

class Kept implements KeptProcess {
  readonly ready: Promise<{ port?: number }>;
  private readonly options: KeepProcessOptions;
  private readonly firstLife = Promise.withResolvers<{ port?: number }>();
  private child: ChildProcess | undefined;
  private processId: string | undefined;
  private readyLink: ProcessLink | undefined;
  private stopping = false;
  private everReady = false;
  private pauseMs = firstPauseMs;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: KeepProcessOptions) {
    this.options = options;
    this.ready = this.firstLife.promise;
    this.start();
  }

  link(): ProcessLink | undefined {
    return this.readyLink;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.retry);
    const { child } = this;
    if (!child) return;
    const gone = new Promise<void>((done) => void child.once("exit", () => done()));
    // Losing the channel is a child's sign to write what it holds and go; signals of a terminal are not for it.
    if (child.connected) child.disconnect();
    const force = setTimeout(() => child.kill("SIGKILL"), lastWritesMs);
    await gone;
    clearTimeout(force);
  }

  private start(): void {
    const { options } = this;
    const bornAt = performance.now();
    const child = fork(options.entryPath, ["--role", options.role], {
      execArgv: memoryFlags,
      env: { ...process.env, ...memoryEnvironment },
      serialization: "json",
    });
    if (options.role !== "media") lowerPriority(child.pid, options.role);
    const link = createProcessLink(child);
    this.child = child;
    const deadProcessId = this.processId;
    this.processId = child.pid === undefined ? undefined : processIdOf(child.pid);
    link.onNotice("ready", (told) => {
      // Not before: what is asked of a process that still starts, nobody answers.
      this.readyLink = link;
      this.everReady = true;
      options.onReady?.(link);
      this.firstLife.resolve(told);
    });
    link.onNotice("fatal", ({ message }) => this.firstLife.reject(new Error(message)));
    options.onLife(link);
    child.once("error", (error) => {
      options.log.error({ name: options.name, code: (error as NodeJS.ErrnoException).code }, "a process had an error");
    });
    child.once("exit", (code, signal) => {
      link.close();
      this.onExit(performance.now() - bornAt, signal ?? code);
    });
    link.notify("init", options.init(deadProcessId));
  }

  private onExit(livedMs: number, how: string | number | null): void {
    const { name, log, onDeath } = this.options;
    this.readyLink = undefined;
    this.child = undefined;
    onDeath();
    if (this.stopping) return;
    if (!this.everReady && !this.options.isOptional) {
      this.firstLife.reject(
        new Error(`The ${name} process ended before it was ready (${how}). The log above says why.`),
      );
      return;
    }
    if (livedMs > healthyAfterMs) this.pauseMs = firstPauseMs;
    log.error({ name, how, againInMs: this.pauseMs }, "a process died; it is started again");
    this.retry = setTimeout(() => this.start(), this.pauseMs);
    this.pauseMs = Math.min(longestPauseMs, this.pauseMs * 2);
  }
}

/** A process of the node that is kept alive: a dead one is started again, with growing pauses. */
import { type ChildProcess, fork } from "node:child_process";
import type { Logger } from "pino";
import { createProcessLink, type ProcessLink } from "../entry/process-link.ts";
import type { ProcessInit } from "./init-message.ts";

const firstPauseMs = 200;
const longestPauseMs = 10_000;
/** A process that lived this long was healthy: the next pause starts small again. */
const healthyAfterMs = 30_000;

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
  readonly role: "api" | "media";
  readonly log: Logger;
  readonly init: () => ProcessInit;
  /** Each life's link, before it is told to begin. */
  readonly onLife: (link: ProcessLink) => void;
  readonly onDeath: () => void;
  readonly onReady?: (link: ProcessLink) => void;
}

export function keepProcess(options: KeepProcessOptions): KeptProcess {
  const { name, log } = options;
  const { promise: ready, resolve, reject } = Promise.withResolvers<{ port?: number }>();
  let child: ChildProcess | undefined;
  let link: ProcessLink | undefined;
  let stopping = false;
  let everReady = false;
  let pauseMs = firstPauseMs;
  let retry: NodeJS.Timeout | undefined;

  const onExit = (life: ProcessLink, bornAt: number, [code, signal]: [number | null, string | null]) => {
    life.close();
    link = undefined;
    child = undefined;
    options.onDeath();
    if (stopping) return;
    if (!everReady)
      return reject(
        new Error(`The ${name} process ended before it was ready (${signal ?? code}). The log above says why.`),
      );
    if (performance.now() - bornAt > healthyAfterMs) pauseMs = firstPauseMs;
    log.error({ name, code, signal, againInMs: pauseMs }, "a process died; it is started again");
    retry = setTimeout(start, pauseMs);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  };

  const start = () => {
    const bornAt = performance.now();
    const life = fork(options.entryPath, ["--role", options.role], { execArgv: [], serialization: "json" });
    const current = createProcessLink(life);
    child = life;
    current.onNotice("ready", (told) => {
      // Not before: what is asked of a process that still starts, nobody answers.
      link = current;
      everReady = true;
      options.onReady?.(current);
      resolve(told);
    });
    current.onNotice("fatal", ({ message }) => reject(new Error(message)));
    options.onLife(current);
    life.once("error", (error) =>
      log.error({ name, code: (error as NodeJS.ErrnoException).code }, "a process could not be started"),
    );
    life.once("exit", (code, signal) => onExit(current, bornAt, [code, signal]));
    current.notify("init", options.init());
  };

  start();
  return {
    link: () => link,
    ready,
    async stop() {
      stopping = true;
      clearTimeout(retry);
      const life = child;
      if (!life) return;
      const gone = new Promise<void>((done) => void life.once("exit", () => done()));
      // Losing the channel is a child's sign to write what it holds and go; signals of a terminal are not for it.
      if (life.connected) life.disconnect();
      const force = setTimeout(() => life.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(force);
    },
  };
}

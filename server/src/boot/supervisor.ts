/** Role `all`: starts the database and the processes, joins them, keeps them alive, and stops them in order. */
import { createServer } from "node:net";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { ProcessLink } from "../entry/process-link.ts";
import type { DashboardState } from "../entry/process-messages.ts";
import { AppError } from "../kernel/app-error.ts";
import { type KeptProcess, keepProcess } from "./child-process.ts";
import type { ProcessInit } from "./init-message.ts";
import { createMediaPool, type MediaPool } from "./media-pool.ts";

export interface StartedDatabase {
  readonly appUrl: string;
  readonly rootKey: Buffer;
  stop(): Promise<void>;
}

export interface SupervisorParts {
  readonly config: Config;
  readonly log: Logger;
  readonly entryPath: string;
  readonly secrets: Pick<ProcessInit, "twilioAuthToken" | "demoApiKey">;
  readonly startDatabase: () => Promise<StartedDatabase>;
}

export interface Supervisor {
  readonly port: number;
  /** From the dashboard's own process. */
  setDashboard(state: DashboardState): void;
  /** Admits nothing more, lets calls finish for `graceMs`, then stops everything. A second call with 0 hurries the first. */
  stop(graceMs: number): Promise<void>;
}

/** Throws AppError `setting_invalid` when the port is taken: before the database is started for nothing. */
async function requireFreePort({ host, port }: Config): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once("error", (error) => reject(portError({ host, port }, error)));
  probe.listen(port, host, () => probe.close(() => resolve()));
  await promise;
}

export function portError({ host, port }: { host: string; port: number }, error: Error): AppError {
  const code = (error as NodeJS.ErrnoException).code;
  const said: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT ${port} is already in use. Set PORT to a free one, for example PORT=${port + 1} npm start, or stop the other program.`,
    EACCES: `PORT ${port} may not be used by this user. Set PORT to one above 1023.`,
    EADDRNOTAVAIL: `HOST ${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1.`,
    ENOTFOUND: `HOST ${host} is not known. Set HOST to an address of this machine, such as 127.0.0.1.`,
  };
  const publicMessage =
    said[code ?? ""] ??
    `PORT ${port} on HOST ${host} cannot be opened (${code ?? "unknown"}). Set PORT or HOST to others.`;
  return new AppError("setting_invalid", { publicMessage, family: "operational", cause: error });
}

export async function startSupervisor(parts: SupervisorParts): Promise<Supervisor> {
  await requireFreePort(parts.config);
  const database = await parts.startDatabase();
  const node = new Node(parts, database);
  try {
    await node.ready();
  } catch (error) {
    await node.stop(0);
    throw error;
  }
  return node;
}

class Node implements Supervisor {
  port: number;
  private readonly parts: SupervisorParts;
  private readonly database: StartedDatabase;
  private readonly media: MediaPool;
  private readonly api: KeptProcess;
  private worker: KeptProcess | undefined;
  private dashboard: DashboardState;
  private stopped: Promise<void> | undefined;

  constructor(parts: SupervisorParts, database: StartedDatabase) {
    const { config, log, entryPath } = parts;
    this.parts = parts;
    this.database = database;
    this.port = config.port;
    this.dashboard = { state: config.dashboard ? "building" : "off" };
    this.media = createMediaPool({
      size: config.mediaProcesses,
      base: { entryPath, log },
      init: (mediaIndex, deadProcessId) => ({
        ...this.init(mediaIndex),
        ...(deadProcessId === undefined ? {} : { deadProcessId }),
      }),
      onFact: (fact) => this.api.link()?.notify("fact", fact),
      onLiveEvents: async (params) => (await this.api.link()?.request("liveEvents", params)) ?? { wanted: false },
      onWatchDropped: (dropped) => this.api.link()?.notify("watchDropped", dropped),
      onLoad: (load) => this.api.link()?.notify("load", load),
    });
    this.api = keepProcess({
      ...{ entryPath, log, name: "api", role: "api" },
      init: () => this.init(0),
      onLife: (link) => this.serve(link),
      onReady: (link) => link.notify("dashboard", this.dashboard),
      onDeath: () => undefined,
    });
  }

  async ready(): Promise<void> {
    const [told] = await Promise.all([this.api.ready, this.media.ready]);
    this.port = told.port ?? this.port;
    this.startWorker();
  }

  setDashboard(state: DashboardState): void {
    this.dashboard = state;
    this.api.link()?.notify("dashboard", state);
  }

  stop(graceMs: number): Promise<void> {
    if (this.stopped && graceMs > 0) return this.stopped;
    this.stopped = this.end(graceMs);
    return this.stopped;
  }

  private async end(graceMs: number): Promise<void> {
    if (graceMs > 0) {
      this.api.link()?.notify("drain", { graceMs });
      await this.media.drain(graceMs);
    }
    await Promise.all([this.api.stop(), this.media.stop(), this.worker?.stop()]);
    await this.database.stop();
  }

  /** After the others: nothing waits for it, and its start takes nothing from theirs. */
  private startWorker(): void {
    if (this.stopped) return;
    const { entryPath, log } = this.parts;
    this.worker = keepProcess({
      ...{ entryPath, log, name: "worker", role: "worker", isOptional: true },
      init: (deadProcessId) => ({ ...this.init(0), ...(deadProcessId === undefined ? {} : { deadProcessId }) }),
      onLife: () => undefined,
      onDeath: () => undefined,
    });
    // Its log says why it does not start; it is tried again.
    this.worker.ready.catch(() => undefined);
  }

  private init(mediaIndex: number): ProcessInit {
    const { secrets, config } = this.parts;
    const { mediaProcesses } = config;
    const { port, dashboard } = this;
    const { appUrl, rootKey } = this.database;
    const own = { masterKey: rootKey.toString("base64"), databaseUrl: appUrl };
    return { ...secrets, ...own, mediaIndex, mediaProcesses, port, dashboard };
  }

  /** What the API process asks of the media processes goes through here; sockets too. */
  private serve(link: ProcessLink): void {
    link.onRequest("announce", (assignment) => this.media.announce(assignment));
    link.onRequest("say", (params) => this.media.say(params));
    link.onRequest("control", (params) => this.media.control(params));
    link.onRequest("watch", (params) => this.media.watch(params));
    link.onNotice("upgrade", (request, socket) => {
      if (socket) this.media.passSocket(request, socket);
    });
  }
}

/** Role `all`: starts the database and the processes, joins them, keeps them alive, and stops them in order. */
import { createServer } from "node:net";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { DashboardState } from "../entry/process-messages.ts";
import { AppError } from "../kernel/app-error.ts";
import { type KeptProcess, keepProcess } from "./child-process.ts";
import type { ProcessInit } from "./init-message.ts";
import { createMediaPool } from "./media-pool.ts";

export interface StartedDatabase {
  readonly appUrl: string;
  stop(): Promise<void>;
}

export interface SupervisorParts {
  readonly config: Config;
  readonly log: Logger;
  readonly entryPath: string;
  readonly secrets: Pick<ProcessInit, "masterKey" | "twilioAuthToken" | "demoApiKey">;
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
  const { config, log, secrets, entryPath } = parts;
  await requireFreePort(config);
  const database = await parts.startDatabase();
  let dashboard: DashboardState = { state: config.dashboard ? "building" : "off" };
  let port = config.port;
  let api: KeptProcess | undefined;

  const init = (mediaIndex: number): ProcessInit => {
    return {
      ...secrets,
      databaseUrl: database.appUrl,
      mediaIndex,
      mediaProcesses: config.mediaProcesses,
      port,
      dashboard,
    };
  };
  const tellApi = () => api?.link();
  const media = createMediaPool({
    size: config.mediaProcesses,
    base: { entryPath, log },
    init,
    onFact: (fact) => tellApi()?.notify("fact", fact),
    onLoad: (load) => tellApi()?.notify("load", load),
  });
  api = keepProcess({
    entryPath,
    name: "api",
    role: "api",
    log,
    init: () => init(0),
    onLife(link) {
      link.onRequest("announce", (assignment) => media.announce(assignment));
      link.onRequest("say", (params) => media.say(params));
      link.onRequest("hangUp", (params) => media.hangUp(params));
      link.onNotice("upgrade", (request, socket) => socket && media.passSocket(request, socket));
    },
    onDeath: () => undefined,
    onReady: (link) => link.notify("dashboard", dashboard),
  });

  const stopAll = async () => {
    await Promise.all([api?.stop(), media.stop()]);
    await database.stop();
  };
  try {
    const [told] = await Promise.all([api.ready, media.ready]);
    port = told.port ?? port;
  } catch (error) {
    await stopAll();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    port,
    setDashboard(state) {
      dashboard = state;
      tellApi()?.notify("dashboard", state);
    },
    stop(graceMs) {
      if (stopped && graceMs > 0) return stopped;
      const drained = graceMs > 0 ? drain(graceMs) : Promise.resolve();
      stopped = drained.then(stopAll);
      return stopped;
    },
  };

  async function drain(graceMs: number): Promise<void> {
    tellApi()?.notify("drain", { graceMs });
    await media.drain(graceMs);
  }
}

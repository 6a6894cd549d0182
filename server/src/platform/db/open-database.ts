/** Both shapes behind one door: DATABASE_URL when it is set, the embedded server otherwise. */
import type { Clock } from "../../kernel/clock.ts";
import type { KeyHolders } from "../crypto/key-holder.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import type { LogLine } from "./log-line.ts";
import { prepareDatabase } from "./prepare-database.ts";

export interface OpenDatabaseOptions {
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly keys: KeyHolders;
  readonly clock: Clock;
  readonly log: LogLine;
}

export interface OpenedDatabase {
  /** Login of `parley_app`, for `createPool`, in this process and in those it starts. Holds a password; never log it. */
  readonly appUrl: string;
  readonly isEmbedded: boolean;
  /** What every other key hangs on. */
  readonly rootKey: Buffer;
  /** Stops the embedded server; with DATABASE_URL there is nothing to stop. */
  stop(): Promise<void>;
}

/** For the one process that starts the others. Throws AppError `setting_invalid` with one line for the operator. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenedDatabase> {
  const { keys } = options;
  if (options.databaseUrl !== undefined) {
    // Every node derives the same password from the root key they share; it is stored nowhere.
    const { appUrl, rootKey } = await prepareDatabase({ adminUrl: options.databaseUrl, keys });
    return { appUrl, rootKey, isEmbedded: false, stop: async () => {} };
  }
  const server = await startEmbeddedPostgres(options);
  try {
    const { adminUrl, appPassword } = server;
    const { appUrl, rootKey } = await prepareDatabase({ adminUrl, appPassword, keys });
    return { appUrl, rootKey, isEmbedded: true, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Both shapes behind one door: DATABASE_URL when it is set, the embedded server otherwise. */
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, fingerprint } from "../crypto/envelope.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import type { LogLine } from "./log-line.ts";
import { prepareDatabase } from "./prepare-database.ts";

export interface OpenDatabaseOptions {
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly masterKey: Buffer;
  readonly clock: Clock;
  readonly log: LogLine;
}

export interface OpenedDatabase {
  /** Login of `parley_app`, for `createPool`, in this process and in those it starts. Holds a password; never log it. */
  readonly appUrl: string;
  readonly isEmbedded: boolean;
  /** Stops the embedded server; with DATABASE_URL there is nothing to stop. */
  stop(): Promise<void>;
}

/** For the one process that starts the others. Throws AppError `setting_invalid` with one line for the operator. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenedDatabase> {
  const keyFingerprint = fingerprint(options.masterKey);
  if (options.databaseUrl !== undefined) {
    // Every node derives the same password from the master key they share; it is stored nowhere.
    const appPassword = deriveSecret(options.masterKey, "parley_app login").toString("base64url");
    const { appUrl } = await prepareDatabase({ adminUrl: options.databaseUrl, appPassword, keyFingerprint });
    return { appUrl, isEmbedded: false, stop: async () => {} };
  }
  const server = await startEmbeddedPostgres(options);
  try {
    const { appUrl } = await prepareDatabase({
      adminUrl: server.adminUrl,
      appPassword: server.appPassword,
      keyFingerprint,
    });
    return { appUrl, isEmbedded: true, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Told by NOTIFY: a connection of its own, as a pool's would be given away. What comes while it is down is not told. */
import pg from "pg";
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { LogLine } from "./log-line.ts";

export interface ListenOptions {
  readonly url: string;
  /** A name of ours, lower case. */
  readonly channel: string;
  readonly clock: Clock;
  readonly log: LogLine;
  /** Also once it listens, after a start and after every loss: something may have been missed. */
  readonly onTold: () => void;
}

const reconnectAfterMs = 2000;

/** Until the signal aborts; connects again when it is lost. Never rejects. */
export async function listen(options: ListenOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listenOnce(options, signal).catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "connection-lost";
      options.log("warn", "the database does not tell what is new; it is asked instead", { code });
    });
    await sleep(options.clock, reconnectAfterMs, signal);
  }
}

async function listenOnce({ url, channel, onTold }: ListenOptions, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "parley-listen",
    connectionTimeoutMillis: 3000,
    keepAlive: true,
  });
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  // It may fail before anybody waits.
  over.catch(() => {});
  client.on("error", reject);
  client.on("end", resolve);
  client.on("notification", onTold);
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
    onTold();
    await over;
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}

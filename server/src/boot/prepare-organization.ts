/** After the migrations: the demo organisation, and an end for the calls a killed process left open. */
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { createCallStore, createEventWriter } from "../features/calls/index.ts";
import { createOrganizations, demoOrganization } from "../features/organizations/index.ts";
import { systemClock } from "../kernel/clock.ts";
import { createPool } from "../platform/db/connect.ts";
import { createOrgDb } from "../platform/db/org-db.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { toLogLine } from "./logger.ts";

export interface PrepareOrganization {
  readonly appUrl: string;
  readonly masterKey: Buffer;
  readonly config: Config;
  readonly log: Logger;
}

/** With a database of the owner's other nodes may be alive: only calls silent for this long are orphans. */
const quietMs = 15 * 60_000;

export async function prepareOrganization({ appUrl, masterKey, config, log }: PrepareOrganization): Promise<void> {
  const line = toLogLine(log);
  const pool = createPool({ url: appUrl, log: line, max: 1 });
  const db = createOrgDb(pool);
  const organizations = createOrganizations({ db, masterKey });
  try {
    await organizations.ensure(demoOrganization);
    const store = createCallStore({ db, organizations, clock: systemClock });
    const { dataDir } = config;
    const writer = createEventWriter({
      store,
      clock: systemClock,
      log: line,
      dataDir,
      masterKey,
      processId: ownProcessId(),
    });
    await writer.replay();
    await writer.close();
    const closed = await store.closeOrphanedCalls({ quietMs: config.embedded ? 0 : quietMs });
    if (closed > 0) log.warn({ calls: closed }, "calls that a dead process left open were closed");
  } finally {
    await pool.end();
  }
}

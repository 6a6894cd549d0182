/** What the processes share: the database behind each of them. */
import type { Logger } from "pino";
import type { ProcessInit } from "../boot/init-message.ts";
import { toLogLine } from "../boot/logger.ts";
import { type CallStore, createCallStore } from "../features/calls/index.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import { systemClock } from "../kernel/clock.ts";
import { createPool } from "../platform/db/connect.ts";
import { createOrgDb } from "../platform/db/org-db.ts";
import { composeCallHooks } from "./call-hooks.ts";
import { redactBeforeStorage } from "./redact-before-storage.ts";

export const clock = systemClock;

export interface Stores {
  readonly calls: CallStore;
  readonly db: ReturnType<typeof createOrgDb>;
  readonly organizations: ReturnType<typeof createOrganizations>;
  readonly masterKey: Buffer;
  readonly pool: ReturnType<typeof createPool>;
}

export function openStores(init: ProcessInit, log: Logger): Stores {
  if (init.databaseUrl === undefined) throw new Error("a process was started without a database");
  const pool = createPool({ url: init.databaseUrl, log: toLogLine(log) });
  const db = createOrgDb(pool);
  const masterKey = Buffer.from(init.masterKey, "base64");
  const organizations = createOrganizations({ db, masterKey });
  return {
    pool,
    db,
    masterKey,
    organizations,
    calls: createCallStore({
      db,
      organizations,
      clock,
      hooks: composeCallHooks({ clock }),
      redactionOf: redactBeforeStorage(),
    }),
  };
}

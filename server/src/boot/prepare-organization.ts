/** After the migrations: the demo organisation, and an end for the calls a killed process left open. */
import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { createAgents, demoAgents } from "../features/agents/index.ts";
import { createApiKeys } from "../features/api-keys/index.ts";
import { createAuditLog } from "../features/audit/index.ts";
import { createPeople, ensureDemoPerson } from "../features/auth/index.ts";
import { createCallStore, createEventWriter } from "../features/calls/index.ts";
import {
  createOrganizations,
  demoOrganization,
  finishErasures,
  type Organizations,
} from "../features/organizations/index.ts";
import { createErasureLog, removeSoundsOf } from "../features/privacy/index.ts";
import { createSoundRemover } from "../features/recordings/index.ts";
import { systemClock } from "../kernel/clock.ts";
import { createPool } from "../platform/db/connect.ts";
import { createOrgDb, type OrgDb } from "../platform/db/org-db.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { toLogLine } from "./logger.ts";

export interface PrepareOrganization {
  readonly appUrl: string;
  readonly masterKey: Buffer;
  readonly demoApiKey: string;
  readonly config: Config;
  readonly log: Logger;
}

/** With a database of the owner's other nodes may be alive: only calls silent for this long are orphans. */
const quietMs = 15 * 60_000;

/** Nothing where the organisation has agents already: what its owner made of them stays. */
async function seedDemo(db: OrgDb, organizations: Organizations): Promise<void> {
  const agents = createAgents({
    ...{ db, organizations, clock: systemClock, audit: createAuditLog({ clock: systemClock }) },
    toolsOf: async () => new Map(),
    isAgentInUse: async () => false,
  });
  await agents.seed({ orgId: demoOrganization.orgId, actor: { kind: "system", id: "system" } }, demoAgents);
}

export async function prepareOrganization(parts: PrepareOrganization): Promise<void> {
  const { appUrl, masterKey, demoApiKey, config, log } = parts;
  const line = toLogLine(log);
  const pool = createPool({ url: appUrl, log: line, max: 1 });
  const db = createOrgDb(pool);
  const organizations = createOrganizations({ db, masterKey });
  try {
    await organizations.ensure(demoOrganization);
    await seedDemo(db, organizations);
    await ensureDemoKey(db, { demoApiKey, isShared: !config.embedded });
    const erased = await finishErasures(db, {
      removeOutside: (orgId) => removeSounds(db, orgId, config),
      onFailed: (error) => {
        const kind = error instanceof Error ? error.name : "unknown";
        log.error({ kind }, "an organisation's erasure cannot be finished now; it is tried again at the next start");
      },
    });
    if (erased > 0) log.warn({ organizations: erased }, "organisations whose erasure was cut off are gone now");
    if (config.embedded) {
      await ensureDemoPerson({ db, people: createPeople({ db, masterKey, clock: systemClock }) });
    }
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

/** Of an organisation that is being erased. The bucket's library is loaded only where there is one to empty. */
async function removeSounds(db: OrgDb, orgId: string, { dataDir, s3 }: Config): Promise<void> {
  await createErasureLog({ dataDir, clock: systemClock }).note({ kind: "organization", orgId, subject: orgId });
  const { createS3Store } = s3 === undefined ? {} : await import("../platform/storage/s3-store.ts");
  const bucket = s3 && createS3Store?.(s3);
  const removeSound = createSoundRemover({ dataDir, ...(bucket === undefined ? {} : { bucket }) });
  await removeSoundsOf(db, orgId, async (_tx, callId) => () => removeSound({ orgId, callId }));
}

/** Nodes that share a database have a key each: one must not take the other's away. */
async function ensureDemoKey(
  db: OrgDb,
  { demoApiKey, isShared }: { demoApiKey: string; isShared: boolean },
): Promise<void> {
  const own = createHash("sha256").update(`demo key\0${demoApiKey}`).digest("hex").slice(0, 12);
  const keyId = isShared ? `key_demo_${own}` : "key_demo";
  const apiKeys = createApiKeys({ db, clock: systemClock, audit: createAuditLog({ clock: systemClock }) });
  await apiKeys.ensure({ orgId: demoOrganization.orgId, keyId, name: "Demo", key: demoApiKey });
}

/** Privacy over the features whose things it keeps, shows and destroys. */
import type { Logger } from "pino";
import { toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import type { Agents } from "../features/agents/index.ts";
import type { ApiKeys } from "../features/api-keys/index.ts";
import type { AuditLog, AuditReader } from "../features/audit/index.ts";
import type { Auth } from "../features/auth/index.ts";
import { type CallArchive, eraseCall } from "../features/calls/index.ts";
import type { ContactMemories, Contacts } from "../features/contacts/index.ts";
import type { IdempotentRequests } from "../features/idempotency/index.ts";
import { eraseOrganizationAgain } from "../features/organizations/index.ts";
import {
  createErasureLog,
  createPrivacy,
  eraseUserAgain,
  type PersonalThings,
  type Privacy,
  removeArchivesOf,
  removeSoundsOf,
} from "../features/privacy/index.ts";
import { type Recordings, readWav, wavBytesOf } from "../features/recordings/index.ts";
import { AppError } from "../kernel/app-error.ts";
import type { OrgTx, UserTx } from "../platform/db/org-db.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { createS3Store } from "../platform/storage/s3-store.ts";
import { eraseWithCall } from "./call-archive.ts";
import { eraseKnowledgeFiles } from "./knowledge.ts";
import { clock, type Stores } from "./stores.ts";

export interface PrivacyNeeds {
  readonly config: Config;
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly auditReader: AuditReader;
  readonly agents: Agents;
  readonly contacts: Contacts;
  readonly contactMemories: ContactMemories;
  readonly callArchive: CallArchive;
  readonly recordings: Recordings;
  readonly idempotency: IdempotentRequests;
  readonly auth: Auth;
  readonly apiKeys: ApiKeys;
}

const pageSize = 100;

export function openPrivacy(stores: Stores, needs: PrivacyNeeds): Privacy {
  const { db, organizations } = stores;
  const { config, log, audit } = needs;
  const parts = {
    ...{ db, organizations, clock, audit, log: toLogLine(log), jobs: createJobSender(), dataDir: config.dataDir },
    things: personalThings(stores, needs),
    people: {
      emailOf: async (tx: UserTx, userId: string) => (await needs.auth.people.read(tx, userId))?.email,
      revokeKeys: (tx: OrgTx, userId: string) => needs.apiKeys.narrowOfMaker(tx, userId, []),
    },
    erasureLog: createErasureLog({ dataDir: config.dataDir, clock }),
    ...(config.s3 === undefined ? {} : { bucket: createS3Store(config.s3) }),
  };
  return createPrivacy(parts, {
    organization: (orgId) => eraseOrganizationAgain({ db, organizations }, orgId),
    user: (userId) => eraseUserAgain(db, userId),
  });
}

/** What an erased organisation has outside the database; and a note of the deed there, for the day a backup is restored. */
export function organizationErasure(
  { db }: Pick<Stores, "db">,
  { config, recordings }: Pick<PrivacyNeeds, "config" | "recordings">,
): (orgId: string) => Promise<void> {
  const erasureLog = createErasureLog({ dataDir: config.dataDir, clock });
  return async (orgId) => {
    await erasureLog.note({ kind: "organization", orgId, subject: orgId });
    await removeArchivesOf(
      { db, dataDir: config.dataDir, ...(config.s3 === undefined ? {} : { bucket: createS3Store(config.s3) }) },
      orgId,
    );
    await eraseKnowledgeFiles({ db }, config, orgId);
    await removeSoundsOf(db, orgId, (tx, callId) => recordings.erase(tx, { orgId, callId }));
  };
}

function personalThings({ organizations }: Stores, needs: PrivacyNeeds): PersonalThings {
  const { agents, auditReader, callArchive, contacts, contactMemories, idempotency, recordings } = needs;
  const page = (cursor: string | undefined) => ({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
  return {
    contact: (orgId, contactId) => contacts.get(orgId, contactId),
    memory: (orgId, contactId) => contactMemories.get(orgId, contactId),
    contacts: (orgId, cursor) => contacts.list(orgId, page(cursor)),
    removeContact: (asked) => contacts.remove(asked),
    calls: (orgId, cursor) => callArchive.list(orgId, page(cursor)),
    call: (of) => callArchive.get(of),
    eraseSound: (tx, of) => recordings.erase(tx, of),
    eraseCall: async (tx, { orgId, callId }) => {
      const orgKey = await organizations.keyOf(tx, orgId);
      const eraseWith = eraseWithCall(recordings);
      return await eraseCall(tx, { callId, orgKey, now: new Date(clock.wallNow()), eraseWith });
    },
    async sound(of, actor) {
      const opened = await recordings.listen(of, actor).catch((error: unknown) => {
        if (error instanceof AppError && error.code === "not_found") return undefined;
        throw error;
      });
      if (opened === undefined) return undefined;
      const bytes = wavBytesOf(opened.content.plainBytes);
      return { bytes, read: () => readWav(opened, { start: 0, end: bytes }) };
    },
    forgetOldAnswers: (tx) => idempotency.forgetOld(tx),
    agents: async (orgId) => {
      const found: unknown[] = [];
      for (let cursor: string | undefined; ; ) {
        const { items, nextCursor } = await agents.list(orgId, page(cursor));
        for (const { id } of items) found.push(await agents.get(orgId, id));
        if (nextCursor === null) return found;
        cursor = nextCursor;
      }
    },
    auditEntries: (orgId, cursor) => auditReader.list(orgId, page(cursor)),
  };
}

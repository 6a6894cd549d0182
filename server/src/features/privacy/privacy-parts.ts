/** What the jobs of privacy are given: the features whose things they keep, show or destroy. */
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx, UserTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { BucketStore } from "../../platform/storage/object-store.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { ErasureLog } from "./erasure-log.ts";
import type { PrivacyJobRow } from "./privacy.tables.ts";

interface OfCall {
  readonly orgId: string;
  readonly callId: string;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** A call's sound as a file of known length. */
export interface SoundFile {
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Contacts, calls and recordings as their features offer them. */
export interface PersonalThings {
  contact(orgId: string, contactId: string): Promise<Readonly<{ id: string; phones: readonly { number: string }[] }>>;
  memory(orgId: string, contactId: string): Promise<unknown>;
  contacts(orgId: string, cursor: string | undefined): Promise<Page<{ id: string }>>;
  removeContact(asked: { orgId: string; actor: Actor; contactId: string }): Promise<void>;
  calls(orgId: string, cursor: string | undefined): Promise<Page<{ id: string }>>;
  call(of: OfCall): Promise<unknown>;
  /** Undefined when there is none. The reading is on record. */
  sound(of: OfCall, actor: Actor): Promise<SoundFile | undefined>;
  /** Destroys the key of a recording; what it returns, run after the commit, removes the sound. */
  eraseSound(tx: OrgTx, of: OfCall): Promise<() => Promise<void>>;
  /** Throws AppError `conflict` for a live call, `not_found` for one that is erased. Run what it returns after the commit. */
  eraseCall(tx: OrgTx, of: OfCall): Promise<() => Promise<void>>;
  forgetOldAnswers(tx: OrgTx): Promise<number>;
  agents(orgId: string): Promise<readonly unknown[]>;
  auditEntries(orgId: string, cursor: string | undefined): Promise<Page<unknown>>;
}

/** People and their keys, as their features offer them. */
export interface PersonalAccounts {
  emailOf(tx: UserTx, userId: string): Promise<string | undefined>;
  /** In an organisation they leave. */
  revokeKeys(tx: OrgTx, userId: string): Promise<void>;
}

export interface PrivacyParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly jobs: JobSender;
  readonly things: PersonalThings;
  readonly people: PersonalAccounts;
  readonly erasureLog: ErasureLog;
  readonly dataDir: string;
  /** Absent: archives stay in the folder. */
  readonly bucket?: BucketStore;
}

/** A job as it runs. */
export interface RunningJob {
  readonly parts: PrivacyParts;
  readonly row: PrivacyJobRow;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** In the transaction of what was done. */
  count(tx: OrgTx, what: string, more: number): Promise<void>;
}

export const systemActor: Actor = { kind: "system", id: "system" };

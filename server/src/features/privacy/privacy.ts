/** Policies, exports, erasures, retention and keys of an organisation. */
import type { Readable } from "node:stream";
import type { PrivacyJob, PrivacyPolicy } from "@parley/contract/privacy";
import { and, eq, inArray, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { JobRun, JobWorker } from "../../platform/queue/queue.ts";
import { readTraces } from "./erase-contact.ts";
import { type AccountErasure, eraseUser } from "./erase-user.ts";
import { expireArchives, openArchive } from "./export-archive.ts";
import { privacyJobs } from "./privacy.tables.ts";
import { enterJob, listJobs, requireJob, runPrivacyJob, toJob } from "./privacy-jobs.ts";
import { type PrivacyParts, systemActor } from "./privacy-parts.ts";
import { readPolicy, setPolicy } from "./privacy-policy.ts";
import { type EraseAgain, noteErasure, reapplyErasures } from "./reapply-erasures.ts";
import { activeAfterMs } from "./rotate-key.ts";
import { runJob } from "./run-privacy-job.ts";

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export type JobWish =
  | { readonly kind: "export"; readonly contactId?: string | undefined }
  | { readonly kind: "erasure"; readonly contactId: string }
  | { readonly kind: "retention" };

export interface InstallationKey {
  readonly name: string;
  readonly kind: "setting" | "aws-kms";
  readonly since: string;
  readonly isCurrent: boolean;
  readonly wraps: number;
}

export interface Privacy {
  policyOf(orgId: string): Promise<PrivacyPolicy>;
  setPolicy(asked: Asked, policy: PrivacyPolicy): Promise<PrivacyPolicy>;
  /** Throws `not_found` for a contact that is not there. */
  start(asked: Asked, wish: JobWish): Promise<PrivacyJob>;
  /** Throws `conflict` while one runs. */
  rotateKey(asked: Asked): Promise<PrivacyJob>;
  jobs(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: PrivacyJob[]; nextCursor: string | null }>;
  job(orgId: string, jobId: string): Promise<PrivacyJob>;
  download(asked: Asked, jobId: string): Promise<Readable>;
  /** A person's own account. */
  eraseAccount(wish: AccountErasure): Promise<void>;
  keys(): Promise<InstallationKey[]>;
  run(of: { orgId: string; jobId: string }, about: JobRun): Promise<void>;
  /** What every night brings: retention, archives whose time is over, erasures a restored backup undid. */
  tend(signal: AbortSignal): Promise<void>;
  register(worker: JobWorker): Promise<void>;
}

export function createPrivacy(parts: PrivacyParts, again: EraseAgain): Privacy {
  const { db } = parts;
  const privacy: Privacy = {
    policyOf: (orgId) => db.withOrg(orgId, readPolicy),
    setPolicy: (asked, policy) => setPolicy(parts, asked, policy),
    start: (asked, wish) => startJob(parts, asked, wish),
    rotateKey: ({ orgId, actor }) => db.withOrg(orgId, (tx) => startRotation(tx, parts, { orgId, actor })),
    jobs: (orgId, page) => db.withOrg(orgId, (tx) => listJobs(tx, page)),
    job: (orgId, jobId) => db.withOrg(orgId, async (tx) => toJob(await requireJob(tx, jobId))),
    download: async ({ orgId, actor }, jobId) =>
      openArchive(parts, { row: await db.withOrg(orgId, (tx) => requireJob(tx, jobId)), actor }),
    eraseAccount: (wish) => eraseUser(parts, wish),
    keys: async () => (await db.askForIds("installation_key_holders")).map(toKey),
    run: (of, about) => runJob(parts, of, about),
    tend: (signal) => tend(parts, again, signal),
    async register(worker) {
      await worker.handle(runPrivacyJob, (of, about) => privacy.run(of, about));
      await worker.schedule("privacy.tend", "23 2 * * *", ({ signal }) => privacy.tend(signal));
      await reapplyErasures(parts, again);
    },
  };
  return privacy;
}

function toKey(line: string, index: number): InstallationKey {
  const [name = "", kind = "", since = ""] = line.split(" ");
  return { name, kind: kind === "aws-kms" ? "aws-kms" : "setting", since, isCurrent: index === 0, wraps: 1 };
}

async function startJob(parts: PrivacyParts, { orgId, actor }: Asked, wish: JobWish): Promise<PrivacyJob> {
  const { db, clock, erasureLog } = parts;
  const { kind } = wish;
  const subject = "contactId" in wish ? wish.contactId : undefined;
  const options = subject === undefined ? {} : await readTraces(parts, { orgId, contactId: subject });
  const job = await db.withOrg(orgId, async (tx) => {
    if (kind !== "erasure") await requireFewOpen(tx);
    if (kind === "erasure") await noteErasure(tx, { orgId, contactId: wish.contactId, at: new Date(clock.wallNow()) });
    return await enterJob(tx, parts, { orgId, actor, kind, subject, options });
  });
  if (kind === "erasure") await erasureLog.note({ kind: "contact", orgId, subject: wish.contactId });
  return job;
}

/** Every organisation's jobs are done one after the other: nobody's erasure waits behind a hundred exports of another. */
const mostOpen = 3;

async function requireFewOpen(tx: OrgTx): Promise<void> {
  const isOpen = inArray(privacyJobs.state, ["waiting", "running"]);
  const open = await tx.$count(privacyJobs, and(inArray(privacyJobs.kind, ["export", "retention"]), isOpen));
  if (open < mostOpen) return;
  throw new AppError("too_many_requests", {
    publicMessage: `${mostOpen} exports and runs of retention wait already. Ask again when one of them is done.`,
    retryAfterMs: 60_000,
  });
}

async function startRotation(tx: OrgTx, parts: PrivacyParts, { orgId, actor }: Asked): Promise<PrivacyJob> {
  const [running] = await tx
    .select({ id: privacyJobs.id })
    .from(privacyJobs)
    .where(and(eq(privacyJobs.kind, "key-rotation"), inArray(privacyJobs.state, ["waiting", "running"])));
  if (running !== undefined) {
    throw new AppError("conflict", {
      publicMessage: `A rotation is under way: ${running.id}. It ends within two hours.`,
    });
  }
  const nowMs = parts.clock.wallNow();
  const keyVersion = await parts.organizations.addKeyVersion(tx, orgId, new Date(nowMs + activeAfterMs - 10_000));
  const startAfter = new Date(nowMs + activeAfterMs + 1000);
  return await enterJob(tx, parts, { orgId, actor, kind: "key-rotation", options: { keyVersion }, startAfter });
}

const jobsKeptMs = 400 * 86_400_000;

async function tend(parts: PrivacyParts, again: EraseAgain, signal: AbortSignal): Promise<void> {
  await reapplyErasures(parts, again);
  for (const orgId of await parts.db.askForIds("organizations_to_tend")) {
    signal.throwIfAborted();
    await expireArchives(parts, orgId);
    const before = new Date(parts.clock.wallNow() - jobsKeptMs);
    await parts.db.withOrg(orgId, async (tx) => {
      await parts.things.forgetOldAnswers(tx);
      await tx
        .delete(privacyJobs)
        .where(and(inArray(privacyJobs.state, ["done", "expired"]), lt(privacyJobs.createdAt, before)));
      const { retentionDays } = await readPolicy(tx);
      if (Object.values(retentionDays).every((days) => days === null)) return;
      await enterJob(tx, parts, { orgId, actor: systemActor, kind: "retention" });
    });
  }
}

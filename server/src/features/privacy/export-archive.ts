/** An archive of everything, written as a stream in sealed frames, fetched through Parley, destroyed when its time is over. */
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { and, eq, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newKey, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { createFolderStore } from "../../platform/storage/folder-store.ts";
import { createFrameSealer, openFrames, plainFrameBytes } from "../../platform/storage/sealed-frames.ts";
import { exportEntries } from "./export-entries.ts";
import { type PrivacyJobRow, privacyJobs } from "./privacy.tables.ts";
import type { PrivacyParts, RunningJob } from "./privacy-parts.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";

export const archiveKeptMs = 7 * 86_400_000;

const objectNameOf = ({ orgId, id }: { orgId: string; id: string }) => `exports/${orgId}/${id}.archive`;
const ownerOf = ({ orgId, id }: { orgId: string; id: string }) => `export\0${orgId}\0${id}`;

/** Begins anew when it was cut off: what was written so far can be opened by nobody. */
export async function writeArchive(job: RunningJob): Promise<void> {
  const { row, parts } = job;
  const key = newKey();
  const path = createFolderStore(parts.dataDir).pathOf(objectNameOf(row));
  await parts.db.withOrg(row.orgId, (tx) =>
    tx.update(privacyJobs).set({ counts: {} }).where(eq(privacyJobs.id, row.id)),
  );
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const written = { plainBytes: 0, storedBytes: 0 };
  await pipeline(
    Readable.from(tarOf(job), { objectMode: false }),
    createGzip(),
    (source: AsyncIterable<Buffer>) => sealed(source, createFrameSealer(key, ownerOf(row)), written),
    createWriteStream(path, { mode: 0o600 }),
    { signal: job.signal },
  );
  await parts.bucket?.upload(objectNameOf(row), path, job.signal);
  if (parts.bucket !== undefined) await rm(path, { force: true });
  await parts.db.withOrg(row.orgId, async (tx) => {
    const keyWrap = wrapKey(await parts.organizations.keyOf(tx, row.orgId), key, row.id);
    const expiresAt = new Date(parts.clock.wallNow() + archiveKeptMs);
    const location = parts.bucket === undefined ? "folder" : "s3";
    const { storedBytes } = written;
    await tx.update(privacyJobs).set({ keyWrap, storedBytes, location, expiresAt }).where(eq(privacyJobs.id, row.id));
    await job.count(tx, "archiveBytes", written.plainBytes);
  });
}

async function* tarOf(job: RunningJob): AsyncGenerator<Uint8Array> {
  const atMs = job.row.createdAt.getTime();
  for await (const { name, bytes, read } of exportEntries(job)) {
    yield tarHeader({ name, bytes, atMs });
    let seen = 0;
    for await (const piece of read()) {
      seen += piece.byteLength;
      yield piece;
    }
    if (seen !== bytes) throw new Error("an entry of an archive is not as long as it said");
    yield tarPadding(bytes);
  }
  yield tarEnd;
}

/** In full frames, the last one shorter. */
async function* sealed(
  source: AsyncIterable<Buffer>,
  sealer: ReturnType<typeof createFrameSealer>,
  written: { plainBytes: number; storedBytes: number },
): AsyncGenerator<Buffer> {
  const note = (frame: Buffer) => {
    written.storedBytes += frame.length;
    return frame;
  };
  yield note(sealer.header);
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    written.plainBytes += chunk.length;
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length > plainFrameBytes) {
      yield note(sealer.seal(kept.subarray(0, plainFrameBytes), false));
      kept = kept.subarray(plainFrameBytes);
    }
  }
  yield note(sealer.seal(kept, true));
}

/** Throws `not_found` for one that is not ready or has expired; the reader is on record before the first byte. */
export async function openArchive(
  parts: PrivacyParts,
  { row, actor }: { row: PrivacyJobRow; actor: RunningJob["actor"] },
): Promise<Readable> {
  const { orgId, id, keyWrap, storedBytes, location } = row;
  if (row.kind !== "export" || row.state !== "done" || keyWrap === null || storedBytes === null) throw noArchive();
  const store = location === "s3" ? parts.bucket : createFolderStore(parts.dataDir);
  const name = objectNameOf(row);
  if (store === undefined || (await store.sizeOf(name)) !== storedBytes) throw elsewhere();
  const key = await parts.db.withOrg(orgId, async (tx) => {
    await parts.audit.append(tx, {
      orgId,
      actor,
      action: "privacy-jobs.download",
      subject: row.subject ?? orgId,
      facts: { jobId: id },
    });
    return unwrapKey(await parts.organizations.keyOf(tx, orgId), keyWrap, id);
  });
  const frames = { key, owner: ownerOf(row), storedBytes, hasEnd: true };
  const content = await openFrames({ ...frames, read: (range) => store.read(name, range) });
  return Readable.from(content.read(0, content.plainBytes), { objectMode: false });
}

/** Key first, then the object; cut off in between, the next run removes what is left. */
export async function expireArchives(parts: PrivacyParts, orgId: string): Promise<number> {
  const now = new Date(parts.clock.wallNow());
  const over = await parts.db.withOrg(orgId, (tx) => expire(tx, now));
  for (const row of over) {
    await createFolderStore(parts.dataDir).remove(objectNameOf(row));
    await parts.bucket?.remove(objectNameOf(row));
    await parts.db.withOrg(orgId, (tx) =>
      tx
        .update(privacyJobs)
        .set({ storedBytes: null })
        .where(and(eq(privacyJobs.id, row.id), eq(privacyJobs.state, "expired"))),
    );
  }
  return over.length;
}

async function expire(tx: OrgTx, now: Date): Promise<{ orgId: string; id: string }[]> {
  await tx
    .update(privacyJobs)
    .set({ state: "expired", keyWrap: null })
    .where(and(eq(privacyJobs.state, "done"), lt(privacyJobs.expiresAt, now)));
  const rows = await tx.select().from(privacyJobs).where(eq(privacyJobs.state, "expired"));
  return rows.filter((row) => row.storedBytes !== null);
}

/** Of an organisation that is being erased, before the rows that name them go. */
export async function removeArchivesOf(
  { db, dataDir, bucket }: Pick<PrivacyParts, "db" | "dataDir" | "bucket">,
  orgId: string,
): Promise<void> {
  const rows = await db.withOrg(orgId, (tx) =>
    tx.select({ id: privacyJobs.id }).from(privacyJobs).where(eq(privacyJobs.kind, "export")),
  );
  for (const { id } of rows) {
    await createFolderStore(dataDir).remove(objectNameOf({ orgId, id }));
    await bucket?.remove(objectNameOf({ orgId, id }));
  }
}

const noArchive = () =>
  new AppError("not_found", { publicMessage: "There is no archive of this job, or not yet, or no longer." });
const elsewhere = () =>
  new AppError("internal", {
    publicMessage: "The archive is not where this process can read it. With several machines, set S3_BUCKET.",
    family: "operational",
  });

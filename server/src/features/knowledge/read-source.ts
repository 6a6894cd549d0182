/**
 * The job that reads a source. Each run is a round: what a page has become is written in a transaction of its own, and the last transaction
 * ends the round. A run that dies leaves what it wrote; the next one finds it unchanged. What cannot be read is a sentence on the source, and
 * whatever was read before stays.
 */
import { eq, sql } from "drizzle-orm";
import { open, UnsealError, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { OutboundError } from "../../platform/net/guarded-fetch.ts";
import { ObjectMissingError } from "../../platform/storage/object-store.ts";
import { readPlace } from "../organizations/index.ts";
import { raiseRevision } from "./collections.ts";
import { embedChunks } from "./embed-chunks.job.ts";
import { knowledgePages, knowledgeSources, type SourceRow } from "./knowledge.table.ts";
import type { KnowledgeParts } from "./knowledge-parts.ts";
import { documentProblems, missingFileProblem, noWordsProblem, outboundProblems, SourceProblem } from "./problems.ts";
import { readAnswers, readFile, readPage, readText } from "./read-single.ts";
import { readSite } from "./read-site.ts";
import { DocumentError } from "./reading/block.ts";
import { type Outcome, type Reading, storedContent } from "./reading-run.ts";
import { countChunks, lockRound, OvertakenError, withoutNul } from "./save-page.ts";
import { nextRefresh } from "./source-settings.ts";
import { contentPlace } from "./sources.ts";

export async function runReading(
  parts: KnowledgeParts,
  { orgId, sourceId }: { orgId: string; sourceId: string },
  signal: AbortSignal,
): Promise<void> {
  const begun = await parts.db.withOrg(orgId, (tx) => begin(tx, parts, sourceId));
  if (begun === undefined) return;
  const reader = parts.openReader();
  const notes = noteProgress(parts, begun.row);
  try {
    const outcome = await readByKind({ ...begun, parts, reader, signal, progress: notes.note });
    await notes.settled();
    await parts.db.withOrg(orgId, (tx) => finish(tx, parts, { row: begun.row, outcome }));
  } catch (error) {
    await notes.settled();
    if (error instanceof OvertakenError) return;
    signal.throwIfAborted();
    const problem = sentenceOf(error);
    if (problem === undefined) throw error;
    await parts.db
      .withOrg(orgId, (tx) => finish(tx, parts, { row: begun.row, outcome: { problem } }))
      .catch((failure: unknown) => {
        if (!(failure instanceof OvertakenError)) throw failure;
      });
  } finally {
    reader.close();
  }
}

/** Undefined: it was deleted, or its file is still being sent. */
async function begin(tx: OrgTx, { organizations, clock }: KnowledgeParts, sourceId: string) {
  const [found] = await tx.select().from(knowledgeSources).where(eq(knowledgeSources.id, sourceId)).for("update");
  if (found === undefined || found.status === "receiving") return undefined;
  const change = {
    status: "reading" as const,
    ...{ progressDone: 0, progressTotal: 0, round: found.round + 1, updatedAt: new Date(clock.wallNow()) },
  };
  await tx.update(knowledgeSources).set(change).where(eq(knowledgeSources.id, sourceId));
  const { orgId, keyWrap, sealedContent } = found;
  const key = keyWrap === null ? undefined : unwrapKey(await organizations.keyOf(tx, orgId), keyWrap, sourceId);
  const content =
    key === undefined || sealedContent === null
      ? undefined
      : storedContent.parse(open(key, contentPlace(orgId, sourceId), sealedContent));
  const { language } = await readPlace(tx);
  return { row: { ...found, ...change }, key, content, language };
}

async function readByKind(reading: Reading): Promise<Outcome> {
  switch (reading.row.kind) {
    case "file":
      return await readFile(reading);
    case "text":
      return await readText(reading, reading.content?.text ?? "");
    case "answers":
      return await readAnswers(reading, reading.content?.answers ?? []);
    case "page":
      return await readPage(reading);
    case "site":
      return await readSite(reading);
  }
}

async function finish(
  tx: OrgTx,
  { clock, jobs }: KnowledgeParts,
  { row, outcome }: { row: SourceRow; outcome: Outcome },
): Promise<void> {
  const { orgId, id, round } = row;
  const { settings, collectionId } = await lockRound(tx, row);
  const now = new Date(clock.wallNow());
  if (outcome.isWhole === true) {
    const gone = await tx
      .delete(knowledgePages)
      .where(sql`${knowledgePages.sourceId} = ${id} and ${knowledgePages.round} < ${round}`)
      .returning({ id: knowledgePages.id });
    if (gone.length > 0) await raiseRevision(tx, collectionId);
  }
  await countChunks(tx, id, now);
  const [counted] = await tx
    .select({ chunks: knowledgeSources.chunkCount })
    .from(knowledgeSources)
    .where(eq(knowledgeSources.id, id));
  const isFound = (counted?.chunks ?? 0) > 0;
  const problem =
    outcome.problem ?? (isFound ? null : row.kind === "site" ? noWordsProblem : documentProblems["no-text"]);
  const { title } = outcome;
  await tx
    .update(knowledgeSources)
    .set({
      ...(title === undefined || settings.titled === true ? {} : { title: withoutNul(title).slice(0, 300) }),
      status: isFound ? "ready" : "failed",
      ...(outcome.problem === undefined ? { progressDone: knowledgeSources.progressTotal } : {}),
      ...{ problem, nextRefreshAt: nextRefresh(settings, clock.wallNow()), updatedAt: now },
    })
    .where(eq(knowledgeSources.id, id));
  // Without a key: one that ends just now may have looked before these were there.
  if (isFound) await jobs.send(tx, embedChunks, { orgId, sourceId: id });
}

/** Undefined: not the source's fault; the job is run again. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof SourceProblem) return error.sentence;
  if (error instanceof DocumentError) return documentProblems[error.fault];
  if (isOutbound(error)) return outboundProblems[error.failure];
  if (error instanceof ObjectMissingError) return missingFileProblem;
  if (error instanceof UnsealError) return "The stored file is damaged. Upload it again.";
  return undefined;
}

/** By name: the class comes with a client that is loaded when something is fetched. */
const isOutbound = (error: unknown): error is OutboundError => error instanceof Error && error.name === "OutboundError";

const noteEveryMs = 1000;

/** At most once a second, behind the reading. One that fails is no loss. */
function noteProgress({ db, clock }: KnowledgeParts, { orgId, id, round }: SourceRow) {
  let last = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> | undefined;
  const write = (progressDone: number, progressTotal: number) =>
    db
      .withOrg(orgId, async (tx) => {
        const isMine = sql`${knowledgeSources.id} = ${id} and ${knowledgeSources.round} = ${round}`;
        const updatedAt = new Date(clock.wallNow());
        await tx.update(knowledgeSources).set({ progressDone, progressTotal, updatedAt }).where(isMine);
      })
      .catch(() => undefined)
      .finally(() => (writing = undefined));
  return {
    note(done: number, total: number): void {
      if (writing !== undefined || (clock.now() - last < noteEveryMs && done < total)) return;
      last = clock.now();
      writing = write(done, total);
    },
    settled: async () => await writing,
  };
}

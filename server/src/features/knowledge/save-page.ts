/** A page's chunks are put in the place of its former ones in one transaction: whoever searches finds the old or the new, never half. */
import { createHash } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Chunk } from "./chunk-blocks.ts";
import { raiseRevision } from "./collections.ts";
import { knowledgePages, knowledgeSources, type SourceRow } from "./knowledge.table.ts";
import { searchVector } from "./search/search-vector.ts";

export interface PageToSave {
  /** Null: the source is one page of its own. */
  readonly url: string | null;
  readonly title: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly depth?: number;
  readonly chunks: readonly Chunk[];
}

/** Another run reads this source by now, or it was deleted: nothing may be written any more. */
export class OvertakenError extends Error {
  constructor() {
    super("the source was deleted, or another run reads it");
    this.name = "OvertakenError";
  }
}

/** The source, locked. Throws OvertakenError. */
export async function lockRound(tx: OrgTx, { id, round }: Pick<SourceRow, "id" | "round">): Promise<SourceRow> {
  const [row] = await tx.select().from(knowledgeSources).where(eq(knowledgeSources.id, id)).for("update");
  if (row === undefined || row.round !== round) throw new OvertakenError();
  return row;
}

/** How chunks are made: raised when that changes, so that what did not change is made anew all the same. */
const chunksVersion = 1;
const rowsAtOnce = 200;

/** The database takes no NUL. Files hold some, and a source would be read again and again for one. */
export const withoutNul = (text: string): string => text.replaceAll("\0", "");

const cleaned = (page: PageToSave): PageToSave => ({
  ...{ ...page, title: withoutNul(page.title) },
  chunks: page.chunks.map((chunk) => ({
    ...{ ...chunk, heading: withoutNul(chunk.heading), text: withoutNul(chunk.text) },
  })),
});

export async function savePage(
  tx: OrgTx,
  { clock, source }: { clock: Clock; source: Pick<SourceRow, "id" | "round"> },
  given: PageToSave,
): Promise<"saved" | "same"> {
  const page = cleaned(given);
  const { orgId, collectionId } = await lockRound(tx, source);
  const found = await findPage(tx, source.id, page.url);
  const contentHash = createHash("sha256")
    .update(JSON.stringify([chunksVersion, page.title, page.chunks]))
    .digest();
  const updatedAt = new Date(clock.wallNow());
  const seen = {
    ...{ etag: page.etag ?? null, lastModified: page.lastModified ?? null, depth: page.depth ?? 0 },
    ...{ round: source.round, problem: null },
  };
  if (found?.contentHash?.equals(contentHash) === true) {
    await tx.update(knowledgePages).set(seen).where(eq(knowledgePages.id, found.id));
    return "same";
  }
  const pageId = found?.id ?? newId("kpg", clock.wallNow());
  const row = { ...seen, title: page.title, contentHash, updatedAt };
  if (found === undefined) {
    await tx.insert(knowledgePages).values({ ...row, orgId, id: pageId, sourceId: source.id, url: page.url });
  } else {
    await tx.update(knowledgePages).set(row).where(eq(knowledgePages.id, pageId));
    await tx.execute(sql`delete from knowledge_chunks where page_id = ${pageId}`);
  }
  for (let from = 0; from < page.chunks.length; from += rowsAtOnce) {
    const chunks = page.chunks.slice(from, from + rowsAtOnce);
    await insertChunks(
      tx,
      { orgId, collectionId, sourceId: source.id, pageId },
      { chunks, from, nowMs: clock.wallNow() },
    );
  }
  await countChunks(tx, source.id, updatedAt);
  await raiseRevision(tx, collectionId);
  return "saved";
}

async function findPage(tx: OrgTx, sourceId: string, url: string | null) {
  const isIt = url === null ? isNull(knowledgePages.url) : eq(knowledgePages.url, url);
  const [found] = await tx
    .select()
    .from(knowledgePages)
    .where(and(eq(knowledgePages.sourceId, sourceId), isIt));
  return found;
}

interface Place {
  readonly orgId: string;
  readonly collectionId: string;
  readonly sourceId: string;
  readonly pageId: string;
}

/** Column by column. */
async function insertChunks(
  tx: OrgTx,
  { orgId, collectionId, sourceId, pageId }: Place,
  { chunks, from, nowMs }: { chunks: readonly Chunk[]; from: number; nowMs: number },
): Promise<void> {
  const column = (pick: (chunk: Chunk, index: number) => unknown) => sql.param(chunks.map(pick));
  await tx.execute(sql`
    insert into knowledge_chunks (org_id, collection_id, source_id, page_id, id, position, page_number, heading, text, language, words)
    select ${orgId}, ${collectionId}, ${sourceId}, ${pageId}, id, position, page_number, heading, text, language, words::tsvector
    from unnest(
      ${column(() => newId("kch", nowMs))}::text[], ${column((_chunk, index) => from + index)}::int[],
      ${column(({ pageNumber }) => pageNumber)}::int[], ${column(({ heading }) => heading)}::text[],
      ${column(({ text }) => text)}::text[], ${column(({ language }) => language)}::text[], ${column(searchVector)}::text[])
      as t(id, position, page_number, heading, text, language, words)`);
}

export async function countChunks(tx: OrgTx, sourceId: string, updatedAt: Date): Promise<void> {
  const chunkCount = sql`(select count(*)::int from knowledge_chunks where source_id = ${sourceId})`;
  await tx.update(knowledgeSources).set({ chunkCount, updatedAt }).where(eq(knowledgeSources.id, sourceId));
}

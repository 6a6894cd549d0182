/** Sources as they are added, looked at and taken away. What reads them is a job. */
import type { Readable } from "node:stream";
import type { KnowledgeChunk, KnowledgeSource, NewKnowledgeSource } from "@parley/contract/knowledge";
import { and, asc, eq, gt, ne, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newKey, seal, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { pageFrom, raiseRevision, requireCollection } from "./collections.ts";
import { knowledgeChunks, knowledgePages, knowledgeSources, type SourceRow } from "./knowledge.table.ts";
import { jobFor, removeFile } from "./knowledge-jobs.ts";
import type { Asked, KnowledgeParts, Paged } from "./knowledge-parts.ts";
import { nextRefresh, type SourceSettings } from "./source-settings.ts";

export interface Sources {
  list(
    orgId: string,
    collectionId: string,
    page: Paged,
  ): Promise<{ items: KnowledgeSource[]; nextCursor: string | null }>;
  /** Throws AppError `not_found`, as do those that follow. */
  get(orgId: string, sourceId: string): Promise<KnowledgeSource>;
  /** Throws `bad_request` for an address that is none, or leads into a private network. */
  add(asked: Asked & { collectionId: string }, wanted: NewKnowledgeSource): Promise<KnowledgeSource>;
  /** Throws `bad_request` for an empty file, `payload_too_large` as the stream does. */
  upload(asked: Asked & { collectionId: string }, file: { name: string; stream: Readable }): Promise<KnowledgeSource>;
  refresh(asked: Asked & { sourceId: string }): Promise<KnowledgeSource>;
  remove(asked: Asked & { sourceId: string }): Promise<void>;
  chunks(orgId: string, sourceId: string, page: Paged): Promise<{ items: KnowledgeChunk[]; nextCursor: string | null }>;
}

/** What is sealed of a text or of answers. */
export const contentPlace = (orgId: string, sourceId: string) => ({ orgId, owner: sourceId, seq: "content" });

export function createSources(parts: KnowledgeParts): Sources {
  const { db } = parts;
  return {
    list: (orgId, collectionId, page) => db.withOrg(orgId, (tx) => listSources(tx, collectionId, page)),
    get: (orgId, sourceId) => db.withOrg(orgId, async (tx) => toSource(await requireSource(tx, sourceId))),
    add: (asked, wanted) => addSource(parts, asked, wanted),
    upload: (asked, file) => uploadFile(parts, asked, file),
    refresh: ({ orgId, actor, sourceId }) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireSource(tx, sourceId, "lock");
        await parts.audit.append(tx, { orgId, actor, action: "knowledge-sources.refresh", subject: sourceId });
        return await askToRead(tx, parts, row);
      }),
    remove: ({ orgId, actor, sourceId }) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireSource(tx, sourceId, "lock");
        await removeSource(tx, parts, row);
        await parts.audit.append(tx, { orgId, actor, action: "knowledge-sources.delete", subject: sourceId });
      }),
    chunks: (orgId, sourceId, page) => db.withOrg(orgId, (tx) => listChunks(tx, sourceId, page)),
  };
}

async function listSources(tx: OrgTx, collectionId: string, { limit, cursor = "" }: Paged) {
  await requireCollection(tx, collectionId, "look");
  const rows = await tx
    .select()
    .from(knowledgeSources)
    .where(
      and(
        eq(knowledgeSources.collectionId, collectionId),
        ne(knowledgeSources.status, "receiving"),
        gt(knowledgeSources.id, cursor),
      ),
    )
    .orderBy(asc(knowledgeSources.id))
    .limit(limit + 1);
  return pageFrom(rows.map(toSource), limit);
}

async function requireSource(tx: OrgTx, sourceId: string, lock?: "lock"): Promise<SourceRow> {
  const query = tx.select().from(knowledgeSources).where(eq(knowledgeSources.id, sourceId));
  const [row] = await (lock === undefined ? query : query.for("update"));
  if (row === undefined || row.status === "receiving") {
    throw new AppError("not_found", { publicMessage: "There is no such source." });
  }
  return row;
}

/** Its row and, behind it, its file. */
export async function removeSource(tx: OrgTx, { jobs }: KnowledgeParts, row: SourceRow): Promise<void> {
  const { orgId, id } = row;
  await tx.delete(knowledgeSources).where(eq(knowledgeSources.id, id));
  if (row.kind === "file") await jobs.send(tx, removeFile, { orgId, sourceId: id }, { singletonKey: id });
  await raiseRevision(tx, row.collectionId);
}

/** One that is being read already is not read twice. */
export async function askToRead(tx: OrgTx, { jobs, clock }: KnowledgeParts, row: SourceRow): Promise<KnowledgeSource> {
  const nowMs = clock.wallNow();
  const status = row.status === "reading" ? row.status : "waiting";
  const nextRefreshAt = nextRefresh(row.settings, nowMs);
  const change = { status, nextRefreshAt, updatedAt: new Date(nowMs) } as const;
  await tx.update(knowledgeSources).set(change).where(eq(knowledgeSources.id, row.id));
  const work = { orgId: row.orgId, sourceId: row.id };
  await jobs.send(tx, jobFor(row.kind), work, { singletonKey: row.id });
  return toSource({ ...row, ...change });
}

async function addSource(
  parts: KnowledgeParts,
  { orgId, actor, collectionId }: Asked & { collectionId: string },
  wanted: NewKnowledgeSource,
): Promise<KnowledgeSource> {
  const described = await describe(parts, wanted);
  return await parts.db.withOrg(orgId, async (tx) => {
    await requireCollection(tx, collectionId);
    await requireRoom(tx);
    const row = newRow(parts, { orgId, collectionId, kind: wanted.kind, ...described.row });
    if (described.content !== undefined) {
      const key = newKey();
      row.keyWrap = wrapKey(await parts.organizations.keyOf(tx, orgId), key, row.id);
      row.sealedContent = seal(key, contentPlace(orgId, row.id), described.content);
    }
    await tx.insert(knowledgeSources).values(row);
    const facts = { kind: wanted.kind };
    await parts.audit.append(tx, { orgId, actor, action: "knowledge-sources.add", subject: row.id, facts });
    return await askToRead(tx, parts, row);
  });
}

/** Of an organisation, over all its collections. */
const maxSources = 2000;
const maxBytes = 20 * 1024 * 1024 * 1024;

async function requireRoom(tx: OrgTx): Promise<void> {
  const [held] = await tx
    .select({
      sources: sql<number>`count(*)::int`,
      bytes: sql<number>`coalesce(sum((${knowledgeSources.settings} ->> 'bytes')::float8), 0)`,
    })
    .from(knowledgeSources);
  if ((held?.sources ?? 0) < maxSources && (held?.bytes ?? 0) < maxBytes) return;
  throw new AppError("conflict", {
    publicMessage: `There are ${maxSources} sources, or ${maxBytes / 1024 ** 3} GB of files, already. Remove some first, or join short texts into one.`,
  });
}

async function describe(
  { checkUrl }: KnowledgeParts,
  wanted: NewKnowledgeSource,
): Promise<{ row: { title: string; settings: SourceSettings }; content?: unknown }> {
  switch (wanted.kind) {
    case "text":
      return { row: { title: wanted.title, settings: {} }, content: { text: wanted.text } };
    case "answers":
      return { row: { title: wanted.title, settings: {} }, content: { answers: wanted.answers } };
    case "page":
    case "site": {
      const { href, hash } = await checkUrl(wanted.url);
      const url = href.slice(0, href.length - hash.length);
      const { title = url, refresh } = wanted;
      const limits = wanted.kind === "site" ? { limits: wanted.limits } : {};
      return { row: { title, settings: { url, refresh, titled: wanted.title !== undefined, ...limits } } };
    }
  }
}

type NewRow = Pick<SourceRow, "orgId" | "collectionId" | "kind" | "title" | "settings">;

function newRow({ clock }: KnowledgeParts, row: NewRow): SourceRow {
  const now = new Date(clock.wallNow());
  return {
    ...row,
    id: newId("kso", clock.wallNow()),
    ...{ keyWrap: null, sealedContent: null, status: "waiting", problem: null, nextRefreshAt: null },
    ...{ progressDone: 0, progressTotal: 0, chunkCount: 0, round: 0, createdAt: now, updatedAt: now },
  };
}

/** The row comes first: what is stored of a file that nobody finished is found by it, and removed. */
async function uploadFile(
  parts: KnowledgeParts,
  { orgId, actor, collectionId }: Asked & { collectionId: string },
  { name, stream }: { name: string; stream: Readable },
): Promise<KnowledgeSource> {
  const key = newKey();
  const row = await parts.db.withOrg(orgId, async (tx) => {
    await requireCollection(tx, collectionId);
    await requireRoom(tx);
    const made = newRow(parts, { orgId, collectionId, kind: "file", title: name, settings: { name } });
    const keyWrap = wrapKey(await parts.organizations.keyOf(tx, orgId), key, made.id);
    const receiving = { ...made, keyWrap, status: "receiving" } as const;
    await tx.insert(knowledgeSources).values(receiving);
    return receiving;
  });
  try {
    const bytes = await parts.files.write({ orgId, sourceId: row.id, key }, stream);
    if (bytes === 0) throw new AppError("bad_request", { publicMessage: "The file is empty. Send one with content." });
    return await parts.db.withOrg(orgId, async (tx) => {
      const settings = { ...row.settings, bytes };
      await requireCollection(tx, collectionId);
      await tx.update(knowledgeSources).set({ settings }).where(eq(knowledgeSources.id, row.id));
      const facts = { kind: "file", bytes };
      await parts.audit.append(tx, { orgId, actor, action: "knowledge-sources.upload", subject: row.id, facts });
      return await askToRead(tx, parts, { ...row, settings });
    });
  } catch (error) {
    await parts.db.withOrg(orgId, (tx) => removeSource(tx, parts, row)).catch(() => undefined);
    await parts.files.remove({ orgId, sourceId: row.id }).catch(() => undefined);
    throw error;
  }
}

function toSource(row: SourceRow): KnowledgeSource {
  const { id, collectionId, kind, title, problem, settings } = row;
  return {
    ...{ id, collectionId, kind, title, problem },
    status: row.status === "receiving" ? "waiting" : row.status,
    progress: { done: row.progressDone, total: row.progressTotal },
    chunks: row.chunkCount,
    url: settings.url ?? null,
    bytes: settings.bytes ?? null,
    refresh: settings.refresh ?? null,
    limits: settings.limits ?? null,
    nextRefreshAt: row.nextRefreshAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** In the order of pages, then of places in them. The cursor is the last one's page and place. */
async function listChunks(tx: OrgTx, sourceId: string, { limit, cursor }: Paged) {
  await requireSource(tx, sourceId);
  const [, afterPage = "", afterPosition = "-1"] = /^([a-z]+_[0-9a-z]+)\.(\d{1,9})$/.exec(cursor ?? "") ?? [];
  if (cursor !== undefined && afterPage === "") {
    throw new AppError("bad_request", { publicMessage: "cursor is not one this list gave out. Leave it away." });
  }
  const { id, pageId, position, pageNumber, heading, text, language } = knowledgeChunks;
  const rows = await tx
    .select({
      ...{ id, pageId, position, pageNumber, heading, text, language },
      ...{ url: knowledgePages.url, pageTitle: knowledgePages.title },
    })
    .from(knowledgeChunks)
    .innerJoin(knowledgePages, eq(knowledgePages.id, pageId))
    .where(
      and(
        eq(knowledgeChunks.sourceId, sourceId),
        sql`(${pageId}, ${position}) > (${afterPage}, ${Number(afterPosition)})`,
      ),
    )
    .orderBy(asc(pageId), asc(position))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ pageId: _page, position: _position, ...item }) => item),
    nextCursor: last === undefined ? null : `${last.pageId}.${last.position}`,
  };
}

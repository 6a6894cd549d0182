/** Collections: what an agent is given to answer from. */
import type { KnowledgeCollection } from "@parley/contract/knowledge";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { knowledgeCollections, knowledgeSources } from "./knowledge.table.ts";
import { removeFile } from "./knowledge-jobs.ts";
import type { Asked, KnowledgeParts, Paged } from "./knowledge-parts.ts";

export interface Collections {
  list(orgId: string, page: Paged): Promise<{ items: KnowledgeCollection[]; nextCursor: string | null }>;
  /** Throws AppError `not_found`, as do those that follow. */
  get(orgId: string, collectionId: string): Promise<KnowledgeCollection>;
  create(asked: Asked, name: string): Promise<KnowledgeCollection>;
  rename(asked: Asked & { collectionId: string }, name: string): Promise<KnowledgeCollection>;
  /** With its sources; their files go behind it. */
  remove(asked: Asked & { collectionId: string }): Promise<void>;
}

const shown = {
  id: knowledgeCollections.id,
  name: knowledgeCollections.name,
  createdAt: knowledgeCollections.createdAt,
  sources: sql<number>`(select count(*)::int from knowledge_sources s
    where s.collection_id = knowledge_collections.id and s.status <> 'receiving')`,
};

type Shown = { id: string; name: string; createdAt: Date; sources: number };
const toCollection = (row: Shown): KnowledgeCollection => ({ ...row, createdAt: row.createdAt.toISOString() });

export function createCollections({ db, clock, audit, jobs }: KnowledgeParts): Collections {
  const show = async (tx: OrgTx, collectionId: string) => {
    const [row] = await tx.select(shown).from(knowledgeCollections).where(eq(knowledgeCollections.id, collectionId));
    if (row === undefined) throw noCollection();
    return toCollection(row);
  };
  return {
    list: (orgId, { limit, cursor }) =>
      db.withOrg(orgId, async (tx) => {
        const rows = await tx
          .select(shown)
          .from(knowledgeCollections)
          .where(cursor === undefined ? undefined : gt(knowledgeCollections.id, cursor))
          .orderBy(asc(knowledgeCollections.id))
          .limit(limit + 1);
        return pageFrom(rows.map(toCollection), limit);
      }),
    get: (orgId, collectionId) => db.withOrg(orgId, (tx) => show(tx, collectionId)),
    create: ({ orgId, actor }, name) =>
      db.withOrg(orgId, async (tx) => {
        const id = newId("kco", clock.wallNow());
        await tx.insert(knowledgeCollections).values({ orgId, id, name, createdAt: new Date(clock.wallNow()) });
        await audit.append(tx, { orgId, actor, action: "knowledge-collections.create", subject: id });
        return await show(tx, id);
      }),
    rename: ({ orgId, actor, collectionId }, name) =>
      db.withOrg(orgId, async (tx) => {
        await requireCollection(tx, collectionId);
        await tx.update(knowledgeCollections).set({ name }).where(eq(knowledgeCollections.id, collectionId));
        await audit.append(tx, { orgId, actor, action: "knowledge-collections.rename", subject: collectionId });
        return await show(tx, collectionId);
      }),
    remove: ({ orgId, actor, collectionId }) =>
      db.withOrg(orgId, async (tx) => {
        await requireCollection(tx, collectionId);
        const files = await tx
          .select({ id: knowledgeSources.id })
          .from(knowledgeSources)
          .where(and(eq(knowledgeSources.collectionId, collectionId), eq(knowledgeSources.kind, "file")));
        for (const { id } of files) await jobs.send(tx, removeFile, { orgId, sourceId: id }, { singletonKey: id });
        await tx.delete(knowledgeCollections).where(eq(knowledgeCollections.id, collectionId));
        await audit.append(tx, { orgId, actor, action: "knowledge-collections.delete", subject: collectionId });
      }),
  };
}

const noCollection = () => new AppError("not_found", { publicMessage: "There is no such collection." });

/** Locked against its deletion unless it is only looked at. */
export async function requireCollection(tx: OrgTx, collectionId: string, how: "lock" | "look" = "lock"): Promise<void> {
  const query = tx
    .select({ id: knowledgeCollections.id })
    .from(knowledgeCollections)
    .where(eq(knowledgeCollections.id, collectionId));
  const [row] = await (how === "look" ? query : query.for("update"));
  if (row === undefined) throw noCollection();
}

/** Whoever holds vectors in memory looks at it. In the transaction of what changed. */
export async function raiseRevision(tx: OrgTx, collectionId: string): Promise<void> {
  await tx
    .update(knowledgeCollections)
    .set({ revision: sql`${knowledgeCollections.revision} + 1` })
    .where(eq(knowledgeCollections.id, collectionId));
}

/** Of one more than were asked for. */
export function pageFrom<Item extends { id: string }>(
  items: readonly Item[],
  limit: number,
): { items: Item[]; nextCursor: string | null } {
  const page = items.slice(0, limit);
  return { items: page, nextCursor: items.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** pgvector's side: a table for each length of vectors, made at start where the database has pgvector (`platform/db/prepare-vectors.ts`). */
import { sql } from "drizzle-orm";
import type { OrgDb, OrgTx } from "../../../platform/db/org-db.ts";
import { vectorTable } from "../../../platform/db/prepare-vectors.ts";
import type { NearestHit, NearestRequest, NearestVectors } from "./nearest.ts";

/** Lengths that there are tables for. It changes with a start of the platform only. */
async function readLengths(tx: OrgTx): Promise<ReadonlySet<number>> {
  const { rows } = await tx.execute<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname like 'knowledge\\_vectors\\_%'`,
  );
  return new Set(rows.map(({ name }) => Number(name.slice("knowledge_vectors_".length))));
}

interface Batch {
  readonly ids: readonly string[];
  readonly vectors: readonly Float32Array[];
}

const literal = (vector: Float32Array) => `[${vector.join(",")}]`;

/** Beside the bytes, in the same transaction. Does nothing where there is no table. */
export async function writeToIndex(
  tx: OrgTx,
  { orgId, model, dimensions }: { orgId: string; model: string; dimensions: number },
  { ids, vectors }: Batch,
): Promise<void> {
  if (!(await readLengths(tx)).has(dimensions)) return;
  const table = sql.identifier(vectorTable(dimensions));
  await tx.execute(sql`
    insert into ${table} (chunk_id, org_id, collection_id, model, embedding)
    select c.id, ${orgId}, c.collection_id, ${model}, given.embedding::vector
    from unnest(${sql.param([...ids])}::text[], ${sql.param(vectors.map(literal))}::text[]) as given (id, embedding)
      join knowledge_chunks as c on c.org_id = ${orgId} and c.id = given.id
    on conflict (chunk_id) do update set model = excluded.model, embedding = excluded.embedding`);
}

const checkedAgainAfterMs = 60_000;

/** By pgvector where there is a table for this length, else by `otherwise`. */
export function createIndexedVectors({
  db,
  otherwise,
  now,
}: {
  db: OrgDb;
  otherwise: NearestVectors;
  now: () => number;
}): NearestVectors {
  let known: { lengths: ReadonlySet<number>; atMs: number } | undefined;
  return {
    async find(request) {
      if (known === undefined || now() - known.atMs > checkedAgainAfterMs) {
        known = { lengths: await db.withOrg(request.orgId, readLengths), atMs: now() };
      }
      if (!known.lengths.has(request.vector.length)) return await otherwise.find(request);
      return await db.withOrg(request.orgId, (tx) => findNearest(tx, request));
    },
  };
}

export async function findNearest(tx: OrgTx, request: NearestRequest): Promise<readonly NearestHit[]> {
  const { collectionIds, model, vector, limit } = request;
  const table = sql.identifier(vectorTable(vector.length));
  // Other organisations' rows are dropped after the index gave them: without this it gives too few.
  await tx.execute(sql`set local hnsw.iterative_scan = 'strict_order'`);
  const { rows } = await tx.execute<{ id: string; score: number }>(sql`
    select chunk_id as id, 1 - (embedding <=> ${literal(vector)}::vector) as score from ${table}
    where model = ${model} and collection_id = any (${sql.param([...collectionIds])}::text[])
    order by embedding <=> ${literal(vector)}::vector limit ${limit}`);
  return rows;
}

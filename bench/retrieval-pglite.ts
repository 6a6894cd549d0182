/** The pgvector path: real tables, policies and HNSW index, in PGlite because the embedded PostgreSQL has no pgvector. */
import { findNearest } from "../server/src/features/knowledge/search/vector-tables.ts";
import { openPglite, type PgliteDatabase } from "../server/src/testing/pglite-database.ts";
import { dimensions, type SeededText } from "./knowledge-text.ts";
import type { Measure, RetrievalFigures } from "./retrieval.ts";

const orgs = 10;
const rowsAtOnce = 500;
const table = `knowledge_vectors_${dimensions}`;
const model = `bench/random/${dimensions}`;

export async function measurePglite(
  text: SeededText,
  { measure, orgChunks }: { measure: Measure; orgChunks: number },
): Promise<RetrievalFigures> {
  const database = await openPglite();
  try {
    return await measureIn(database, text, { measure, orgChunks });
  } finally {
    await database.admin.close();
  }
}

async function measureIn(
  database: PgliteDatabase,
  text: SeededText,
  { measure, orgChunks }: { measure: Measure; orgChunks: number },
): Promise<RetrievalFigures> {
  const { admin } = database;
  const { rows } = await admin.query<{ version: string }>(
    "select extversion as version from pg_extension where extname = 'vector'",
  );
  // The policies' checks and foreign keys are the same for every row; the index is made at once, as a restored database makes it.
  await admin.exec(`drop index ${table}_nearest; alter table ${table} drop constraint ${table}_org_id_chunk_id_fkey`);
  for (let org = 0; org < orgs; org++) await fill(database, { orgId: `org_${org}`, orgChunks }, text);
  await admin.exec("set maintenance_work_mem = '1GB'");
  await admin.exec(
    `create index ${table}_nearest on ${table} using hnsw (embedding vector_cosine_ops); analyze ${table}`,
  );
  const request = { orgId: "org_0", collectionIds: ["col_org_0"], model, limit: 30 };
  const ran = `PGlite, pgvector ${rows[0]?.version ?? ""}`;
  return await measure({ name: `vectors by pgvector (${dimensions})`, ran, text }, async () => {
    const hits = await database.withOrg("org_0", (tx) =>
      findNearest(tx, { ...request, vector: text.vector(dimensions) }),
    );
    return hits.length;
  });
}

async function fill(
  { admin }: PgliteDatabase,
  { orgId, orgChunks }: { orgId: string; orgChunks: number },
  text: SeededText,
): Promise<void> {
  await admin.query(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, '', '')",
    [orgId],
  );
  for (let from = 0; from < orgChunks; from += rowsAtOnce) {
    const ids = Array.from(
      { length: Math.min(rowsAtOnce, orgChunks - from) },
      (_, index) => `${orgId}_${from + index}`,
    );
    const vectors = ids.map(() => `[${text.vector(dimensions).join(",")}]`);
    await admin.query(
      `insert into ${table} (chunk_id, org_id, collection_id, model, embedding)
       select id, $1, $2, $3, vector::vector from unnest($4::text[], $5::text[]) as t (id, vector)`,
      [orgId, `col_${orgId}`, model, ids, vectors],
    );
  }
}

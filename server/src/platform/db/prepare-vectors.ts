/**
 * Tables of vectors, where the database has pgvector. No numbered migration: the embedded database has none, and one that gets pgvector
 * later gets its tables at the next start. Vectors are kept as bytes as well, so these tables are an index that can be made anew.
 */
import { ownerRole } from "./roles.ts";

/** Of the vectors that the vendors make. */
const lengths = [256, 384, 512, 768, 1024, 1536] as const;
/** Iterative scans, without which an organisation's rows are missed among others', came with it. */
const oldestMinor = 8;

export const vectorTable = (dimensions: number) => `knowledge_vectors_${dimensions}`;

interface Client {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** Run as an administrator, after the migrations. True when vectors have their tables. */
export async function prepareVectors(client: Client): Promise<boolean> {
  if (!(await ensureExtension(client))) return false;
  await client.query(`set role ${ownerRole}`);
  try {
    const { rows } = await client.query<{ found: boolean }>(
      `select to_regclass('public.${vectorTable(lengths[0])}') is not null as found`,
    );
    if (rows[0]?.found !== true) await makeTables(client);
    return true;
  } finally {
    await client.query("reset role");
  }
}

/** Asked for by whoever may; a database whose administrator has to do it goes on without. */
async function ensureExtension(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ version: string; installed: string | null }>(
    "select default_version as version, installed_version as installed from pg_available_extensions where name = 'vector'",
  );
  const [found] = rows;
  if (found === undefined) return false;
  const [major = 0, minor = 0] = (found.installed ?? found.version).split(".").map(Number);
  if (major === 0 && minor < oldestMinor) return false;
  if (found.installed !== null) return true;
  return await client.query("create extension if not exists vector").then(
    () => true,
    () => false,
  );
}

/** All of them or none: a start that is interrupted here begins anew. */
async function makeTables(client: Client): Promise<void> {
  await client.query("begin");
  try {
    for (const length of lengths) {
      const table = vectorTable(length);
      await client.query(`create table ${table} (
        chunk_id text primary key,
        org_id text not null references organizations (org_id) on delete cascade,
        collection_id text not null,
        model text not null,
        embedding vector(${length}) not null,
        foreign key (org_id, chunk_id) references knowledge_chunks (org_id, id) on delete cascade
      )`);
      await client.query(`select protect_tenant_table('${table}')`);
    }
    await fillTables(client);
    for (const length of lengths) {
      const table = vectorTable(length);
      await client.query(`create index ${table}_by_org on ${table} (org_id, collection_id)`);
      await client.query(`create index ${table}_nearest on ${table} using hnsw (embedding vector_cosine_ops)`);
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

interface Stored {
  readonly id: string;
  readonly org_id: string;
  readonly collection_id: string;
  readonly embedding_model: string;
  readonly embedding: Uint8Array;
}

const rowsAtOnce = 500;

/** What was embedded before pgvector came. */
async function fillTables(client: Client): Promise<void> {
  let after = "";
  for (;;) {
    const { rows } = await client.query<Stored>(
      `select id, org_id, collection_id, embedding_model, embedding from knowledge_chunks
       where embedding is not null and id > $1 order by id limit ${rowsAtOnce}`,
      [after],
    );
    for (const row of rows) await indexRow(client, row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function indexRow(client: Client, row: Stored): Promise<void> {
  const { buffer, byteOffset, byteLength } = row.embedding;
  const length = byteLength / 4;
  if (!lengths.some((each) => each === length)) return;
  const bytes = new DataView(buffer, byteOffset, byteLength);
  const values = Array.from({ length }, (_, index) => bytes.getFloat32(index * 4, true));
  await client.query("select set_config('parley.org_id', $1, true)", [row.org_id]);
  await client.query(
    `insert into ${vectorTable(length)} (chunk_id, org_id, collection_id, model, embedding) values ($1, $2, $3, $4, $5)`,
    [row.id, row.org_id, row.collection_id, row.embedding_model, `[${values.join(",")}]`],
  );
}

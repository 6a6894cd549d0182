/**
 * `npm run bench -- --only retrieval`: questions on 10,000 chunks of one organisation among 100,000, in the embedded PostgreSQL by full text,
 * by vectors compared in the thread, and both; and by pgvector in PGlite, where PostgreSQL lacks it. The vectors are random: this measures
 * time, not quality.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Embedder } from "../server/src/features/knowledge/embedder.port.ts";
import {
  createIndexedVectors,
  createKnowledgeSearch,
  createThreadVectors,
  type KnowledgeSearch,
} from "../server/src/features/knowledge/search/index.ts";
import { modelName } from "../server/src/features/knowledge/search/question-vectors.ts";
import { searchVector } from "../server/src/features/knowledge/search/search-vector.ts";
import { systemClock as clock } from "../server/src/kernel/clock.ts";
import { createPool } from "../server/src/platform/db/connect.ts";
import { startEmbeddedPostgres } from "../server/src/platform/db/embedded-postgres.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createOrgDb } from "../server/src/platform/db/org-db.ts";
import { prepareDatabase } from "../server/src/platform/db/prepare-database.ts";
import { createSeededText, dimensions, type SeededText } from "./knowledge-text.ts";
import { measurePglite } from "./retrieval-pglite.ts";

export interface RetrievalFigures {
  readonly name: string;
  readonly ran: string;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Of all questions: those with an answer. A search that finds nothing proves nothing. */
  readonly answered: number;
  readonly questions: number;
}

export const wantedRetrievalP95Ms = 30;

const otherOrgs = 9;
const questions = 300;
const warmUps = 20;

/** `orgChunks`: of each organisation. */
export async function measureRetrieval(orgChunks = 10_000): Promise<RetrievalFigures[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-retrieval-"));
  const server = await startEmbeddedPostgres({ dataDir, clock, log: silentLog, settings: ["max_wal_size=8GB"] });
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const { adminUrl, appPassword } = server;
    const { appUrl } = await prepareDatabase({ adminUrl, appPassword });
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    stops.push(() => admin.end());
    const text = createSeededText(7);
    // Made at once it takes a tenth of the time.
    const { rows: indexes } = await admin.query<{ made: string }>(
      "select pg_get_indexdef('knowledge_chunks_search'::regclass) as made",
    );
    await admin.query("drop index knowledge_chunks_search");
    for (let org = 0; org <= otherOrgs; org++) await fillOrganization(admin, { orgId: `org_${org}`, orgChunks }, text);
    await admin.query(indexes[0]?.made ?? "");
    await admin.query("vacuum analyze knowledge_chunks");
    const pool = createPool({ url: appUrl, log: silentLog });
    const thread = createThreadVectors({ databaseUrl: appUrl, clock });
    stops.push(
      () => thread.close(),
      () => pool.end(),
    );
    const db = createOrgDb(pool);
    const nearest = createIndexedVectors({ db, otherwise: thread, now: () => clock.now() });
    const search = createKnowledgeSearch({ db, clock, nearest, onUsed: () => {} });
    const embedder = randomEmbedder(text);
    const { rows: versions } = await admin.query<{ server_version: string }>("show server_version");
    const ran = `PostgreSQL ${versions[0]?.server_version ?? ""}, embedded`;
    return [
      await measure({ name: "full text", ran, text }, (question) => ask(search, question)),
      await measure({ name: `vectors in the thread (${dimensions})`, ran, text }, async () => {
        const request = { orgId: "org_0", collectionIds: ["col_org_0"], model: modelName(embedder), limit: 30 };
        return (await thread.find({ ...request, vector: text.vector(dimensions) })).length;
      }),
      await measure({ name: "both, fused", ran, text }, (question) => ask(search, question, embedder)),
      await measurePglite(text, { measure, orgChunks }),
    ];
  } finally {
    for (const stop of stops.reverse()) await stop();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function ask(search: KnowledgeSearch, text: string, embedder?: Embedder): Promise<number> {
  const { signal } = new AbortController();
  const request = { orgId: "org_0", collectionIds: ["col_org_0"], text, language: "en", limit: 5, signal };
  const { passages, vectors } = await search.search({ ...request, embedder });
  if (vectors === "failed") throw new Error("the vectors could not be compared");
  return passages.length;
}

/** Takes no time: what a vendor takes is the vendor's. */
const randomEmbedder = (text: SeededText): Embedder => ({
  ...{ provider: "bench", model: "random", dimensions, maxTextsPerRequest: 100 },
  embed: ({ texts }) => Promise.resolve({ vectors: texts.map(() => text.vector(dimensions)), tokens: 0 }),
});

export type Measure = (
  about: { name: string; ran: string; text: SeededText },
  run: (question: string) => Promise<number>,
) => Promise<RetrievalFigures>;

const measure: Measure = async ({ name, ran, text }, run) => {
  const tookMs: number[] = [];
  let answered = 0;
  for (let turn = -warmUps; turn < questions; turn++) {
    const question = text.question();
    const from = performance.now();
    const found = await run(question);
    if (turn < 0) continue;
    tookMs.push(performance.now() - from);
    if (found > 0) answered++;
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round((tookMs[Math.floor((tookMs.length - 1) * share)] ?? 0) * 10) / 10;
  return { name, ran, p50: at(0.5), p95: at(0.95), max: at(1), answered, questions };
};

const rowsAtOnce = 500;

async function fillOrganization(
  admin: pg.Client,
  { orgId, orgChunks }: { orgId: string; orgChunks: number },
  text: SeededText,
): Promise<void> {
  const ids = { orgId, collection: `col_${orgId}`, source: `src_${orgId}`, page: `page_${orgId}` };
  await admin.query(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, '', '')",
    [orgId],
  );
  await admin.query("insert into knowledge_collections (id, org_id, name) values ($1, $2, 'Texts')", [
    ids.collection,
    orgId,
  ]);
  await admin.query(
    "insert into knowledge_sources (id, org_id, collection_id, kind, title, status) values ($1, $2, $3, 'text', 'Texts', 'ready')",
    [ids.source, orgId, ids.collection],
  );
  await admin.query("insert into knowledge_pages (id, org_id, source_id, title) values ($1, $2, $3, 'Texts')", [
    ids.page,
    orgId,
    ids.source,
  ]);
  for (let from = 0; from < orgChunks; from += rowsAtOnce) {
    const rows = Array.from({ length: Math.min(rowsAtOnce, orgChunks - from) }, (_, index) => {
      const chunk = { heading: text.heading(), text: text.paragraph(), language: "en" };
      const vector = text.vector(dimensions);
      return {
        id: `${orgId}_${from + index}`,
        ...chunk,
        words: searchVector(chunk),
        embedding: Buffer.from(vector.buffer),
      };
    });
    const column = (pick: (row: (typeof rows)[number]) => unknown) => rows.map(pick);
    await admin.query(
      `insert into knowledge_chunks (org_id, collection_id, source_id, page_id, position, language, embedding_model, id, heading, text, words, embedding)
       select $1, $2, $3, $4, 0, 'en', 'bench/random/${dimensions}', id, heading, text, words::tsvector, embedding
       from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) as t (id, heading, text, words, embedding)`,
      [
        ...[ids.orgId, ids.collection, ids.source, ids.page],
        ...[column(({ id }) => id), column(({ heading }) => heading), column((row) => row.text)],
        ...[column(({ words }) => words), column(({ embedding }) => embedding)],
      ],
    );
  }
}

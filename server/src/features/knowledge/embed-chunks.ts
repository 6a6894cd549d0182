/** What `embedChunks` does: a batch is asked of the vendor, then written with its cost in one transaction. */
import { sql } from "drizzle-orm";
import type { VendorUse } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Embedder } from "./embedder.port.ts";
import { modelName } from "./search/question-vectors.ts";
import { writeToIndex } from "./search/vector-tables.ts";

export interface EmbedChunksParts {
  readonly db: OrgDb;
  /** Undefined: full text alone answers. */
  readonly embedderOf: (orgId: string) => Promise<Embedder | undefined>;
  /** Enters what a batch cost; the same subject twice counts once. */
  readonly noteUse: (
    tx: OrgTx,
    used: { orgId: string; subject: string; embedder: Embedder; use: VendorUse },
  ) => Promise<void>;
  readonly log: LogLine;
}

interface Wanted {
  readonly orgId: string;
  readonly sourceId: string;
}

interface ChunkText extends Record<string, unknown> {
  readonly id: string;
  readonly heading: string;
  readonly text: string;
}

/** Throws ProviderError for what may work later; a refusal for good leaves the chunks to full text. */
export function createRunEmbedding(parts: EmbedChunksParts) {
  const { db, embedderOf, noteUse, log } = parts;
  return async (work: Wanted, { signal }: { readonly signal: AbortSignal }): Promise<void> => {
    const embedder = await embedderOf(work.orgId);
    if (embedder === undefined) return;
    // Whoever holds vectors in memory reads them anew once, not after every batch.
    const tell = () => db.withOrg(work.orgId, (tx) => raiseRevision(tx, work));
    while (!signal.aborted) {
      const chunks = await db.withOrg(work.orgId, (tx) => readUnembedded(tx, work, embedder));
      if (chunks.length === 0) return await tell();
      const texts = chunks.map(({ heading, text }) => (heading === "" ? text : `${heading}\n${text}`));
      const answer = await embedder.embed({ texts, purpose: "document", signal }).catch((error: unknown) => {
        if (!(error instanceof ProviderError) || !error.permanent) throw error;
        log("warn", "a vendor refused to make vectors; full text alone answers", { category: error.category });
        return undefined;
      });
      if (answer === undefined) return await tell();
      await db.withOrg(work.orgId, async (tx) => {
        await writeVectors(tx, { ...work, embedder }, { chunks, vectors: answer.vectors });
        const use = { provider: embedder.provider, model: embedder.model, inputTokens: answer.tokens };
        await noteUse(tx, { orgId: work.orgId, subject: `vectors:${chunks[0]?.id}`, embedder, use });
      });
    }
  };
}

/** What has no vector, or one of another model than is used now. */
async function readUnembedded(tx: OrgTx, { sourceId }: Wanted, embedder: Embedder): Promise<readonly ChunkText[]> {
  const { rows } = await tx.execute<ChunkText>(sql`
    select id, heading, text from knowledge_chunks
    where source_id = ${sourceId} and (embedding is null or embedding_model is distinct from ${modelName(embedder)})
    order by id limit ${embedder.maxTextsPerRequest}`);
  return rows;
}

interface Batch {
  readonly chunks: readonly ChunkText[];
  readonly vectors: readonly Float32Array[];
}

/** Chunks that were replaced meanwhile have other ids: nothing happens to them. */
async function writeVectors(
  tx: OrgTx,
  { orgId, sourceId, embedder }: Wanted & { readonly embedder: Embedder },
  { chunks, vectors }: Batch,
): Promise<void> {
  const model = modelName(embedder);
  const ids = chunks.map(({ id }) => id);
  const bytes = vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  await tx.execute(sql`
    update knowledge_chunks as c set embedding = given.embedding, embedding_model = ${model}
    from unnest(${sql.param(ids)}::text[], ${sql.param(bytes)}::bytea[]) as given (id, embedding)
    where c.id = given.id and c.source_id = ${sourceId}`);
  await writeToIndex(tx, { orgId, model, dimensions: embedder.dimensions }, { ids, vectors });
}

async function raiseRevision(tx: OrgTx, { sourceId }: Wanted): Promise<void> {
  await tx.execute(sql`
    update knowledge_collections set revision = revision + 1
    where id = (select collection_id from knowledge_sources where id = ${sourceId})`);
}

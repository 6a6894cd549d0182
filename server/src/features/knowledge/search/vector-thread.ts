/**
 * Compares every vector of an organisation's collections with a question's, in a thread of its own: on a loop that carries voices some
 * milliseconds of multiplying are heard. Started by `vectors-in-thread.ts`.
 */
import { parentPort, workerData } from "node:worker_threads";
import { sql } from "drizzle-orm";
import { createPool } from "../../../platform/db/connect.ts";
import { silentLog } from "../../../platform/db/log-line.ts";
import { createOrgDb, type OrgDb, type OrgTx } from "../../../platform/db/org-db.ts";
import type { NearestHit, NearestRequest } from "./nearest.ts";
import { createVectorShelf, type HeldVectors, nearestOf, type VectorShelf } from "./vector-shelf.ts";

export interface ThreadSettings {
  readonly databaseUrl: string;
  readonly maxBytes: number;
}

export interface ThreadQuestion extends NearestRequest {
  readonly number: number;
}

export type ThreadAnswer =
  | { readonly number: number; readonly hits: readonly NearestHit[] }
  | { readonly number: number; readonly fault: string };

const rowsAtOnce = 2000;
/** What is not kept is read for each question: so much of what may be kept, and no more, for the process would die of it. */
const mostTimes = 4;

interface Loading extends Omit<HeldVectors, "ids" | "values"> {
  readonly length: number;
  readonly mostBytes: number;
}

/** Throws when there are more than can be compared: full text answers then. */
async function load(tx: OrgTx, { collectionId, model, revision, length, mostBytes }: Loading) {
  const ids: string[] = [];
  const pieces: Float32Array[] = [];
  let after = "";
  for (;;) {
    const { rows } = await tx.execute<{ id: string; embedding: Buffer }>(sql`
      select id, embedding from knowledge_chunks
      where collection_id = ${collectionId} and embedding_model = ${model} and id > ${after}
      order by id limit ${rowsAtOnce}`);
    for (const { id, embedding } of rows) {
      if (embedding.byteLength !== length * 4) continue;
      ids.push(id);
      pieces.push(new Float32Array(embedding.buffer.slice(embedding.byteOffset, embedding.byteOffset + length * 4)));
    }
    if (ids.length * length * 4 > mostBytes) throw new Error("too many vectors");
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) break;
    after = last.id;
  }
  const values = new Float32Array(ids.length * length);
  for (const [index, piece] of pieces.entries()) values.set(piece, index * length);
  return { collectionId, model, revision, ids, values } satisfies HeldVectors;
}

interface Held {
  readonly shelf: VectorShelf;
  readonly mostBytes: number;
}

/** One transaction: what is held is as new as the revision it is held under. */
async function findIn(tx: OrgTx, { shelf, mostBytes }: Held, request: NearestRequest): Promise<NearestHit[]> {
  const { orgId, collectionIds, model, vector, limit } = request;
  const { rows } = await tx.execute<{ id: string; revision: string }>(
    sql`select id, revision from knowledge_collections where id = any (${sql.param([...collectionIds])}::text[])`,
  );
  const hits: NearestHit[] = [];
  for (const { id: collectionId, revision } of rows) {
    const wanted = { collectionId, model, revision };
    const held =
      shelf.get(orgId, wanted) ?? shelf.put(orgId, await load(tx, { ...wanted, mostBytes, length: vector.length }));
    hits.push(...nearestOf(held, vector, limit));
  }
  return hits.sort((one, other) => other.score - one.score).slice(0, limit);
}

function serve(db: OrgDb, held: Held, port: NonNullable<typeof parentPort>): void {
  port.on("message", (question: ThreadQuestion) => {
    const { number, orgId } = question;
    const reply = (answer: ThreadAnswer) => port.postMessage(answer);
    db.withOrg(orgId, (tx) => findIn(tx, held, question)).then(
      (hits) => reply({ number, hits }),
      (error: unknown) => reply({ number, fault: error instanceof Error ? error.name : "unknown" }),
    );
  });
}

if (parentPort !== null) {
  const { databaseUrl, maxBytes } = workerData as ThreadSettings;
  // One at a time is enough: the comparing is not parallel either.
  const pool = createPool({ url: databaseUrl, log: silentLog, max: 2, applicationName: "parley-vectors" });
  serve(createOrgDb(pool), { shelf: createVectorShelf(maxBytes), mostBytes: mostTimes * maxBytes }, parentPort);
}

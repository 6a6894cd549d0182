import { expect, test } from "vitest";
import type { OrgDb } from "../../../platform/db/org-db.ts";
import { prepareVectors } from "../../../platform/db/prepare-vectors.ts";
import { storeChunks } from "../../../testing/knowledge-set.ts";
import { openPglite, type PgliteDatabase } from "../../../testing/pglite-database.ts";
import { createKnowledgeSearch } from "./knowledge-search.ts";
import { createIndexedVectors, findNearest, writeToIndex } from "./vector-tables.ts";

const dimensions = 256;
const model = "scripted/senses/256";

/** Points its own way, a little towards its neighbours. */
function direction(number: number): Float32Array {
  const vector = new Float32Array(dimensions).fill(0.001);
  vector[number % dimensions] = 1;
  vector[(number + 1) % dimensions] = 0.2;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

async function fill(database: PgliteDatabase, orgId: string, count: number) {
  await database.admin.query(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, $1, '', '')",
    [orgId],
  );
  const ids = Array.from({ length: count }, (_, index) => `${orgId}_${String(index).padStart(3, "0")}`);
  const chunks = ids.map((id) => ({ id, document: "House", heading: "", text: `text of ${id}`, language: "en" }));
  const db = database as Pick<OrgDb, "withOrg"> as OrgDb;
  await storeChunks(db, { orgId, collectionId: `col_${orgId}` }, chunks);
  const vectors = ids.map((_, index) => direction(index));
  await database.withOrg(orgId, (tx) => writeToIndex(tx, { orgId, model, dimensions }, { ids, vectors }));
}

test("with pgvector the nearest come from its index: one's own only, all of them, gone with their chunks, filled from bytes", async () => {
  await using database = await openPglite();
  for (const org of ["org_a", "org_b", "org_c"]) await fill(database, org, 60);
  const ask = (orgId: string, of: string) =>
    database.withOrg(orgId, (tx) =>
      findNearest(tx, { orgId, collectionIds: [`col_${of}`], model, vector: direction(7), limit: 20 }),
    );
  const hits = await ask("org_a", "org_a");
  expect(hits).toHaveLength(20);
  expect(hits[0]?.id).toBe("org_a_007");
  expect(hits[0]?.score).toBeCloseTo(1, 4);
  expect(hits.every(({ id }) => id.startsWith("org_a"))).toBe(true);
  expect(await ask("org_a", "org_b")).toEqual([]);

  const db = database as Pick<OrgDb, "withOrg"> as OrgDb;
  const otherwise = { find: () => Promise.reject(new Error("the thread was asked")) };
  const nearest = createIndexedVectors({ db, otherwise, now: () => 0 });
  const search = createKnowledgeSearch({
    ...{ db, nearest, onUsed: () => {} },
    clock: { now: () => 0, wallNow: () => 0, setTimer: () => () => {} },
  });
  const embedder = {
    ...{ provider: "scripted", model: "senses", dimensions, maxTextsPerRequest: 8 },
    embed: () => Promise.resolve({ vectors: [direction(9)], tokens: 1 }),
  };
  const { signal } = new AbortController();
  const found = await search.search({
    ...{ orgId: "org_b", text: "anything", language: "en", limit: 3, embedder, signal },
  });
  expect(found.vectors).toBe("used");
  expect(found.passages[0]?.id).toBe("org_b_009");

  await database.withOrg("org_a", (tx) => tx.execute("delete from knowledge_chunks where id = 'org_a_007'"));
  expect((await ask("org_a", "org_a")).map(({ id }) => id)).not.toContain("org_a_007");

  // As in a database that got pgvector later.
  const bytes = Buffer.from(direction(3).buffer);
  await database.admin.query(
    "update knowledge_chunks set embedding = $1, embedding_model = $2 where id = 'org_c_003'",
    [bytes, model],
  );
  await database.admin.exec(
    "drop table knowledge_vectors_256, knowledge_vectors_384, knowledge_vectors_512, knowledge_vectors_768, knowledge_vectors_1024, knowledge_vectors_1536",
  );
  expect(await prepareVectors(database.admin)).toBe(true);
  const after = await database.withOrg("org_c", (tx) =>
    findNearest(tx, { orgId: "org_c", collectionIds: ["col_org_c"], model, vector: direction(3), limit: 5 }),
  );
  expect(after.map(({ id }) => id)).toEqual(["org_c_003"]);
}, 60_000);

import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { ProviderError } from "../../../kernel/app-error.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../platform/db/log-line.ts";
import { storeChunks } from "../../../testing/knowledge-set.ts";
import { type TestDatabase, testDatabase } from "../../../testing/test-database.ts";
import { createRunEmbedding } from "../embed-chunks.ts";
import type { Embedder } from "../embedder.port.ts";
import { createKnowledgeSearch } from "./knowledge-search.ts";
import { createRetriever } from "./retriever.ts";
import { createIndexedVectors } from "./vector-tables.ts";
import { createThreadVectors } from "./vectors-in-thread.ts";

const orgId = "org_demo";
const ids = { collectionId: "col_1", sourceId: "col_1_source_0" };
const texts = {
  parking: "Spaces for vehicles lie behind the building.",
  pets: "Dogs are welcome in the garden rooms.",
  hours: "The doors close at one on Fridays.",
};

/** What these words mean, by three senses: vehicles, animals, times. */
const senses = [/vehicle|car\b|automobile/i, /dog|pet|hound/i, /friday|close|weekend/i];

function senseEmbedder(given: Partial<Embedder> = {}): Embedder & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    ...{ provider: "scripted", model: "senses", dimensions: 4, maxTextsPerRequest: 2, asked },
    embed({ texts: wanted }) {
      asked.push([...wanted]);
      const vectors = wanted.map((text) => {
        const vector = Float32Array.from([...senses.map((sense) => (sense.test(text) ? 1 : 0)), 0.1]);
        const length = Math.hypot(...vector);
        return vector.map((value) => value / length);
      });
      return Promise.resolve({ vectors, tokens: 7 });
    },
    ...given,
  };
}

async function openTexts(database: TestDatabase) {
  await database.asAdmin(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, 'Texts', '', ''), ('org_other', 'Other', '', '')",
    [orgId],
  );
  const chunks = Object.entries(texts).map(([id, text]) => ({
    id,
    text,
    document: "House",
    heading: "",
    language: "en",
  }));
  await storeChunks(database.orgDb, { orgId, collectionId: ids.collectionId }, chunks);
}

function openSearch(database: TestDatabase, onUsed = () => {}) {
  const db = database.orgDb;
  const thread = createThreadVectors({ databaseUrl: database.appUrl, clock: systemClock });
  const nearest = createIndexedVectors({ db, otherwise: thread, now: () => 0 });
  const search = createKnowledgeSearch({ db, clock: systemClock, nearest, onUsed });
  return { search, thread, [Symbol.asyncDispose]: () => thread.close() };
}

function openThread(database: TestDatabase, maxBytes: number) {
  const thread = createThreadVectors({ databaseUrl: database.appUrl, clock: systemClock, maxBytes });
  return { thread, [Symbol.asyncDispose]: () => thread.close() };
}

function embed(database: TestDatabase, embedder: Embedder | undefined) {
  const noted: string[] = [];
  const run = createRunEmbedding({
    db: database.orgDb,
    embedderOf: () => Promise.resolve(embedder),
    noteUse: (_tx, { subject, use }) => Promise.resolve(void noted.push(`${subject} ${use.inputTokens}`)),
    log: silentLog,
  });
  const { signal } = new AbortController();
  return { noted, run: () => run({ orgId, sourceId: ids.sourceId }, { signal }) };
}

const question = (text: string, embedder?: Embedder) => ({
  ...{ orgId, collectionIds: [ids.collectionId], text, language: "en", limit: 3, embedder },
  signal: new AbortController().signal,
});

test("more vectors than fit into the process are not read: full text answers", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const embedder = senseEmbedder();
  await embed(database, embedder).run();
  const vector = new Float32Array([1, 0, 0, 0]);
  const asked = { orgId, collectionIds: [ids.collectionId], model: "scripted/senses/4", vector, limit: 3 };
  await using small = openThread(database, 8);
  await expect(small.thread.find(asked)).rejects.toThrow(/cannot be compared/);
  await using enough = openThread(database, 12);
  expect(await enough.thread.find(asked)).toHaveLength(3);
});

test("vectors find what shares no word with the question; a second run and a second question ask the vendor nothing", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const embedder = senseEmbedder();
  const { run, noted } = embed(database, embedder);
  await run();
  await run();
  expect(embedder.asked.map((each) => each.length)).toEqual([2, 1]);
  expect(noted).toHaveLength(2);
  await using desk = openSearch(database);
  const alone = await desk.search.search(question("where can I leave my automobile"));
  expect(alone).toEqual({ passages: [], vectors: "none" });
  const { passages, vectors } = await desk.search.search(question("where can I leave my automobile", embedder));
  expect(vectors).toBe("used");
  expect(passages[0]).toMatchObject({ id: "parking", source: { title: "House" } });
  expect(passages[0]?.vector).toBeGreaterThan(0.9);
  await desk.search.search(question("where can I leave my automobile", embedder));
  expect(embedder.asked).toHaveLength(3);
});

test("what both sides find comes before what one finds", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const embedder = senseEmbedder();
  await embed(database, embedder).run();
  await using desk = openSearch(database);
  const { passages } = await desk.search.search(question("are dogs welcome", embedder));
  expect(passages[0]).toMatchObject({ id: "pets", fused: 1 });
  expect(passages[0]?.coverage).toBeGreaterThan(0.9);
  expect(passages.slice(1).every(({ fused, fullText }) => fused < 0.6 && fullText === undefined)).toBe(true);
});

test("the thread sees new vectors as soon as they are told of, and no other organisation's", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const embedder = senseEmbedder();
  await embed(database, embedder).run();
  await using desk = openSearch(database);
  await desk.search.search(question("automobile", embedder));
  await storeChunks(database.orgDb, { orgId, collectionId: ids.collectionId }, [
    { id: "garage", text: "A garage for every car.", document: "House", heading: "", language: "en" },
  ]);
  await embed(database, embedder).run();
  const { passages } = await desk.search.search(question("automobile", embedder));
  expect(
    passages
      .slice(0, 2)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["garage", "parking"]);
  const elsewhere = { ...question("automobile", embedder), orgId: "org_other" };
  expect(await desk.search.search(elsewhere)).toEqual({ passages: [], vectors: "used" });
});

test("a vendor that refuses for good leaves full text; one that may come back is asked again later", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const failing = (permanent: boolean) => {
    const error = new ProviderError("no", {
      provider: "scripted",
      category: permanent ? "auth" : "network",
      permanent,
    });
    return senseEmbedder({ embed: () => Promise.reject(error) });
  };
  await embed(database, failing(true)).run();
  await expect(embed(database, failing(false)).run()).rejects.toThrow("no");
  await using desk = openSearch(database);
  const { passages, vectors } = await desk.search.search(question("are dogs welcome", failing(false)));
  expect(vectors).toBe("failed");
  expect(passages[0]?.id).toBe("pets");
});

test("a call is told what full text found while the vendor still thinks", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const thinking = Promise.withResolvers<never>();
  const embedder = senseEmbedder({ embed: () => thinking.promise });
  await using desk = openSearch(database);
  const told = Promise.withResolvers<string[]>();
  const asked = createRetriever(desk.search, embedder).retrieve({
    ...question("are dogs welcome on Friday"),
    callId: "call_1",
    onPart: (passages) => told.resolve(passages.map(({ id }) => id)),
  });
  expect((await told.promise).sort()).toEqual(["hours", "pets"]);
  thinking.reject(new Error("too late"));
  expect(await asked).toHaveLength(2);
});

test("the owner's functions look at the transaction's organisation alone", async () => {
  await using database = await testDatabase();
  await openTexts(database);
  const askAs = (asking: string) =>
    database.orgDb.withOrg(asking, async (tx) => {
      const counts = await tx.execute(sql`select chunks from knowledge_word_counts(array['dog']::tsquery[], 10)`);
      const found = await tx.execute(sql`select id from knowledge_full_text(
        array['col_1'], 'dog'::tsquery, array['dog']::tsquery[], array['dog:A']::tsquery[], array[1]::real[], 5)`);
      return [counts.rows, found.rows];
    });
  expect(await askAs(orgId)).toEqual([[{ chunks: 3 }, { chunks: 1 }], [{ id: "pets" }]]);
  expect(await askAs("org_other")).toEqual([[{ chunks: 0 }, { chunks: 0 }], []]);
});

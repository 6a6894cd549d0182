import { expect, test } from "vitest";
import { failAtEachStatement } from "../../testing/fail-at-each-statement.ts";
import { openKnowledgeDesk } from "../../testing/knowledge-desk.ts";
import { createKnowledge } from "./index.ts";
import { runReading } from "./read-source.ts";

const answers = [
  { question: "Where are you?", answer: "At the mill." },
  { question: "When do you open?", answer: "At nine." },
];

test("a worker that dies between any two statements loses nothing and doubles nothing", {
  timeout: 60_000,
}, async () => {
  await using desk = await openKnowledgeDesk();
  const { database, knowledge } = desk;
  const { signal } = new AbortController();
  const { orgId } = desk.asked;
  const made: string[] = [];
  const prepare = async () => {
    made.push((await knowledge.sources.add(desk.asked, { kind: "answers", title: "Answers", answers })).id);
  };
  const look = async (sourceId: string) =>
    (
      await database.asAdmin(
        `select status, problem, chunk_count as chunks, round,
          (select count(*)::int from knowledge_pages where source_id = s.id) as pages,
          (select array_agg(heading || ' ' || text order by position) from knowledge_chunks where source_id = s.id) as texts,
          (select count(*)::int from pgboss.job where name = 'knowledge.embed' and data->>'sourceId' = s.id) as jobs
        from knowledge_sources s where id = $1`,
        [sourceId],
      )
    ).rows[0];
  await prepare();
  const deaths = await failAtEachStatement({
    pool: database.pool,
    attempt: (db, round) => runReading({ ...desk.parts, db }, { orgId, sourceId: made[round] ?? "" }, signal),
    async restart(round, point) {
      const sourceId = made[round] ?? "";
      const texts = ["Where are you? At the mill.", "When do you open? At nine."];
      // What is found meanwhile is all or nothing.
      expect([null, texts], JSON.stringify(point)).toContainEqual((await look(sourceId))?.["texts"]);
      await runReading(desk.parts, { orgId, sourceId }, signal);
      const after = await look(sourceId);
      expect(after, JSON.stringify(point)).toMatchObject({
        status: "ready",
        problem: null,
        chunks: 2,
        pages: 1,
        texts,
      });
      expect(after?.["jobs"]).toBeGreaterThan(0);
      await prepare();
    },
  });
  expect(deaths).toBeGreaterThan(20);
});

test("adding a source is one deed: row, audit entry and job, or nothing", async () => {
  await using desk = await openKnowledgeDesk();
  const jobs = { send: () => Promise.reject(new Error("no queue")) };
  const broken = createKnowledge({ ...desk.parts, jobs });
  await expect(broken.sources.add(desk.asked, { kind: "text", title: "T", text: "Hello." })).rejects.toThrow(
    "no queue",
  );
  expect(await desk.countOf("knowledge_sources")).toBe(0);
  expect(await desk.countOf("audit_entries where action = 'knowledge-sources.add'")).toBe(0);
});

test("a run that was overtaken, or whose source was deleted, writes nothing", async () => {
  await using desk = await openKnowledgeDesk();
  const { id } = await desk.knowledge.sources.add(desk.asked, { kind: "text", title: "T", text: "# Mill\n\nHello." });
  const { orgId } = desk.asked;
  const { signal } = new AbortController();
  const between = async (deed: () => Promise<unknown>) => {
    const openReader = () => {
      const reader = desk.parts.openReader();
      return {
        ...reader,
        read: async (document: Parameters<typeof reader.read>[0]) => {
          const read = await reader.read(document);
          await deed();
          return read;
        },
        close: () => undefined,
      };
    };
    await runReading({ ...desk.parts, openReader }, { orgId, sourceId: id }, signal);
  };
  await between(() => desk.database.asAdmin("update knowledge_sources set round = round + 1"));
  expect(await desk.countOf("knowledge_chunks")).toBe(0);
  await between(() => desk.knowledge.sources.remove({ ...desk.asked, sourceId: id }));
  expect(await desk.countOf("knowledge_chunks")).toBe(0);
  expect(await desk.countOf("knowledge_sources")).toBe(0);
});

test("nothing of another organisation is seen, changed or named", async () => {
  await using desk = await openKnowledgeDesk();
  const source = await desk.add({ kind: "text", title: "T", text: "Hello." });
  const otherCollection = await desk.openOrganization("org_two");
  const other = { ...desk.asked, orgId: "org_two", collectionId: otherCollection };
  const missing = { code: "not_found" };
  const { collections, sources } = desk.knowledge;
  await expect(sources.get("org_two", source.id)).rejects.toMatchObject(missing);
  await expect(sources.chunks("org_two", source.id, { limit: 5 })).rejects.toMatchObject(missing);
  await expect(sources.refresh({ ...other, sourceId: source.id })).rejects.toMatchObject(missing);
  await expect(sources.remove({ ...other, sourceId: source.id })).rejects.toMatchObject(missing);
  await expect(collections.remove({ ...other, collectionId: desk.asked.collectionId })).rejects.toMatchObject(missing);
  await expect(
    sources.add({ ...other, collectionId: desk.asked.collectionId }, { kind: "text", title: "T", text: "Hi." }),
  ).rejects.toMatchObject(missing);
  expect((await collections.list("org_two", { limit: 10 })).items.map(({ id }) => id)).toEqual([otherCollection]);
  await collections.remove(desk.asked);
  for (const table of ["sources", "pages", "chunks"]) expect(await desk.countOf(`knowledge_${table}`)).toBe(0);
});

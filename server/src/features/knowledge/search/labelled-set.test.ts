import { expect, test } from "vitest";
import { systemClock } from "../../../kernel/clock.ts";
import { readKnowledgeSet, storeChunks } from "../../../testing/knowledge-set.ts";
import { testDatabase } from "../../../testing/test-database.ts";
import { createKnowledgeSearch } from "./knowledge-search.ts";

const sets = { english: readKnowledgeSet("english"), arabic: readKnowledgeSet("arabic") };
const orgId = "org_demo";

test("full text alone finds the passage that answers among the best five, in each language", async () => {
  await using database = await testDatabase();
  const db = database.orgDb;
  await database.asAdmin(
    "insert into organizations (org_id, name, key_wrap, master_key_fingerprint) values ($1, 'Texts', '', '')",
    [orgId],
  );
  await storeChunks(db, { orgId, collectionId: "col_all" }, [...sets.english, ...sets.arabic]);
  const search = createKnowledgeSearch({
    ...{ db, clock: systemClock },
    nearest: { find: () => Promise.reject(new Error("there are no vectors")) },
    onUsed: () => expect.unreachable(),
  });
  for (const [name, passages] of Object.entries(sets)) {
    const asked = passages.flatMap(({ id, questions, language }) => questions.map((text) => ({ id, text, language })));
    expect(asked.length).toBeGreaterThanOrEqual(60);
    const ranks: number[] = [];
    const missed: string[] = [];
    for (const { id, text, language } of asked) {
      const { signal } = new AbortController();
      const answer = await search.search({ orgId, text, language, limit: 5, signal });
      const rank = answer.passages.findIndex((passage) => passage.id === id);
      ranks.push(rank);
      if (rank < 0) missed.push(text);
    }
    const share = (within: number) => ranks.filter((rank) => rank >= 0 && rank < within).length / ranks.length;
    const figures = `recall@1 ${share(1).toFixed(2)}, recall@5 ${share(5).toFixed(2)}`;
    process.stdout.write(
      `${name}: ${asked.length} questions on ${passages.length} passages: ${figures}; missed:\n  ${missed.join("\n  ")}\n`,
    );
    expect(share(5)).toBeGreaterThanOrEqual(0.8);
  }
});

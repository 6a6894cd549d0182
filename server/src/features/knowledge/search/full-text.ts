/** Passages by their words. What makes a passage fit is how much of the question's rare words stand in it. */
import { sql } from "drizzle-orm";
import type { OrgTx } from "../../../platform/db/org-db.ts";
import type { QuestionWord } from "./question.ts";
import { commonFrom, type WordCounts } from "./word-counts.ts";

export interface FullTextHit {
  readonly id: string;
  /** The share of the question's words, weighed by rarity, that stand in it: 0 to 1. */
  readonly coverage: number;
  /** Coverage with what headings and nearness add. */
  readonly score: number;
}

export interface FullTextSearch {
  readonly orgId: string;
  readonly collectionIds: readonly string[];
  readonly words: readonly QuestionWord[];
  readonly limit: number;
}

/** What was not said weighs this much of what was. */
const impliedWeight = 0.4;
/** In a few chunks a word that stands in one of them seems common, beside one that stands in none. */
const leastChunks = 300;
/** Chunks looked at closely; more would take longer than a caller notices. */
const maxCandidates = 500;

interface WeighedWord extends QuestionWord {
  readonly count: number;
  readonly weight: number;
}

export async function searchFullText(tx: OrgTx, counts: WordCounts, search: FullTextSearch): Promise<FullTextHit[]> {
  const { orgId, words, limit, collectionIds } = search;
  if (words.length === 0) return [];
  const found = await counts.of(
    tx,
    orgId,
    words.map(({ query }) => query),
  );
  const weighed = weigh(words, found);
  const candidates = candidateQuery(weighed);
  if (candidates === undefined) return [];
  const { rows } = await tx.execute<{ id: string; coverage: number; score: number }>(sql`
    select id, coverage, score from knowledge_full_text(
      ${sql.param([...collectionIds])}::text[], ${candidates}::tsquery,
      ${sql.param(weighed.map(({ query }) => query))}::tsquery[], ${sql.param(weighed.map(({ heading }) => heading))}::tsquery[],
      ${sql.param(weighed.map(({ weight }) => weight))}::real[], ${limit}
    )`);
  return rows;
}

/** Weights are shares of what the words said weigh together; what was not said comes on top. */
function weigh(words: readonly QuestionWord[], found: { all: number; counts: readonly number[] }): WeighedWord[] {
  const rarities = words.map((_, index) => {
    const count = found.counts[index] ?? 0;
    const all = Math.max(found.all, leastChunks);
    return Math.max(0.1, Math.log(1 + (all - count + 0.5) / (count + 0.5)));
  });
  const said = words.reduce((sum, word, index) => sum + (word.isImplied ? 0 : (rarities[index] ?? 0)), 0);
  const whole = Math.max(said, 1);
  return words.map((word, index) => ({
    ...word,
    count: found.counts[index] ?? 0,
    weight: ((rarities[index] ?? 0) * (word.isImplied ? impliedWeight : 1)) / whole,
  }));
}

/** Any of the rarest words; where every word is common, both of the two rarest. */
function candidateQuery(words: readonly WeighedWord[]): string | undefined {
  const known = words.filter(({ count }) => count > 0).sort((a, b) => a.count - b.count);
  const [rarest, next] = known;
  if (rarest === undefined) return undefined;
  if (rarest.count >= commonFrom) return next === undefined ? rarest.query : `(${rarest.query})&(${next.query})`;
  let chunks = 0;
  const taken = known.filter(({ count }) => {
    chunks += count;
    return chunks <= maxCandidates || count === rarest.count;
  });
  return taken.map(({ query }) => query).join("|");
}

/** How rare each word is in an organisation's documents. Weights need not be exact, so what is known is kept for a while. */
import { sql } from "drizzle-orm";
import type { Clock } from "../../../kernel/clock.ts";
import type { OrgTx } from "../../../platform/db/org-db.ts";

/** A word in more chunks than this is common; how common is not counted. */
export const commonFrom = 800;
const keptForMs = 10 * 60_000;
/** A word that stands nowhere is not looked for: what is uploaded now must be found soon. */
const nothingKeptForMs = 3000;
const maxKept = 20_000;

export interface WordCounts {
  /** In how many chunks each `tsquery` is found, at most `commonFrom`, in the order of the questions; `all`: how many chunks there are. */
  of(tx: OrgTx, orgId: string, queries: readonly string[]): Promise<{ all: number; counts: readonly number[] }>;
}

export function createWordCounts(clock: Clock): WordCounts {
  const kept = new Map<string, { count: number; untilMs: number }>();
  const keep = (key: string, count: number) => {
    kept.delete(key);
    kept.set(key, { count, untilMs: clock.now() + (count === 0 ? nothingKeptForMs : keptForMs) });
    if (kept.size > maxKept) for (const oldest of [...kept.keys()].slice(0, maxKept / 10)) kept.delete(oldest);
  };
  const read = (key: string) => {
    const found = kept.get(key);
    return found !== undefined && found.untilMs > clock.now() ? found.count : undefined;
  };
  return {
    async of(tx, orgId, queries) {
      const keyOf = (query: string) => `${orgId} ${query}`;
      const isAllKept = read(keyOf("")) !== undefined;
      const missing = queries.filter((query) => read(keyOf(query)) === undefined);
      if (missing.length > 0 || !isAllKept) {
        const { rows } = await tx.execute<{ place: number; chunks: number }>(
          sql`select place, chunks from knowledge_word_counts(${sql.param(missing)}::tsquery[], ${commonFrom})`,
        );
        for (const { place, chunks } of rows) keep(keyOf(place === 0 ? "" : (missing[place - 1] ?? "")), chunks);
      }
      return { all: read(keyOf("")) ?? 0, counts: queries.map((query) => read(keyOf(query)) ?? 0) };
    },
  };
}

/** Two lists of one question, each best first, made one: reciprocal ranks, because their scores cannot be compared. */

/** The usual one: ranks count, and the first few not too much. */
const smoothing = 60;

/** Ids, best first, with a score between 0 and 1: 1 is first in every list that there is. */
export function fuseRanks(lists: readonly (readonly string[])[]): { id: string; score: number }[] {
  const sums = new Map<string, number>();
  for (const list of lists) {
    for (const [rank, id] of list.entries())
      sums.set(id, (sums.get(id) ?? 0) + (smoothing + 1) / (smoothing + 1 + rank));
  }
  const used = Math.max(1, lists.filter((list) => list.length > 0).length);
  return [...sums].map(([id, sum]) => ({ id, score: sum / used })).sort((a, b) => b.score - a.score);
}

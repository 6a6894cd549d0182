/** Vectors in memory, a collection at a time; those asked for longest ago go when there is no room. */
import type { NearestHit } from "./nearest.ts";

export interface HeldVectors {
  readonly collectionId: string;
  readonly model: string;
  /** Of the collection when they were read. */
  readonly revision: string;
  readonly ids: readonly string[];
  /** One after the other, each of length 1. */
  readonly values: Float32Array;
}

export interface VectorShelf {
  /** Undefined: not held, or the collection has changed since. */
  get(orgId: string, wanted: Pick<HeldVectors, "collectionId" | "model" | "revision">): HeldVectors | undefined;
  put(orgId: string, vectors: HeldVectors): HeldVectors;
}

/** An id and its place cost about this much beside the vector. */
const bytesPerId = 80;

export function createVectorShelf(maxBytes: number): VectorShelf {
  const shelf = new Map<string, HeldVectors>();
  let bytes = 0;
  const sizeOf = ({ values, ids }: HeldVectors) => values.byteLength + ids.length * bytesPerId;
  const drop = (key: string) => {
    const held = shelf.get(key);
    if (held === undefined) return;
    bytes -= sizeOf(held);
    shelf.delete(key);
  };
  const keyOf = (orgId: string, { collectionId, model }: Pick<HeldVectors, "collectionId" | "model">) =>
    JSON.stringify([orgId, collectionId, model]);
  return {
    get(orgId, wanted) {
      const key = keyOf(orgId, wanted);
      const held = shelf.get(key);
      if (held === undefined) return undefined;
      if (held.revision !== wanted.revision) {
        drop(key);
        return undefined;
      }
      shelf.delete(key);
      shelf.set(key, held);
      return held;
    },
    put(orgId, vectors) {
      const key = keyOf(orgId, vectors);
      drop(key);
      const size = sizeOf(vectors);
      for (const oldest of [...shelf.keys()]) if (bytes + size > maxBytes) drop(oldest);
      // One that alone is too large is compared and not kept.
      if (size > maxBytes) return vectors;
      shelf.set(key, vectors);
      bytes += size;
      return vectors;
    },
  };
}

/** Best first. */
export function nearestOf({ ids, values }: HeldVectors, vector: Float32Array, limit: number): NearestHit[] {
  const { length } = vector;
  const best: { index: number; score: number }[] = [];
  let worst = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < ids.length; index++) {
    const score = product(values, index * length, vector);
    if (best.length === limit && score <= worst) continue;
    best.push({ index, score });
    best.sort((one, other) => other.score - one.score);
    if (best.length > limit) best.pop();
    worst = best.at(-1)?.score ?? worst;
  }
  return best.map(({ index, score }) => ({ id: ids[index] ?? "", score }));
}

/** Four sums at once: twice as fast, because none waits for the one before. */
function product(values: Float32Array, from: number, vector: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = vector.length - (vector.length % 4);
  for (let at = 0; at < whole; at += 4) {
    a += (values[from + at] as number) * (vector[at] as number);
    b += (values[from + at + 1] as number) * (vector[at + 1] as number);
    c += (values[from + at + 2] as number) * (vector[at + 2] as number);
    d += (values[from + at + 3] as number) * (vector[at + 3] as number);
  }
  for (let at = whole; at < vector.length; at++) a += (values[from + at] as number) * (vector[at] as number);
  return a + b + c + d;
}

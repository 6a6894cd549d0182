/** Questions on an organisation's documents: by words and, where there is an embedder, by meaning; the two lists made one. */
import type { Clock } from "../../../kernel/clock.ts";
import { sleep } from "../../../kernel/clock.ts";
import type { OrgDb } from "../../../platform/db/org-db.ts";
import type { Embedder } from "../embedder.port.ts";
import { type FullTextHit, searchFullText } from "./full-text.ts";
import { fuseRanks } from "./fuse-ranks.ts";
import type { NearestHit, NearestVectors } from "./nearest.ts";
import { readCollectionIds, readPassages, type StoredPassage } from "./passages.store.ts";
import { questionWords } from "./question.ts";
import { createQuestionVectors, type NoteQuestion } from "./question-vectors.ts";
import { createWordCounts } from "./word-counts.ts";

export interface SearchRequest {
  readonly orgId: string;
  /** Absent: all of the organisation's. */
  readonly collectionIds?: readonly string[];
  readonly text: string;
  /** BCP-47. */
  readonly language: string;
  readonly limit: number;
  readonly signal: AbortSignal;
  /** The one that made the organisation's vectors. Absent: full text alone. */
  readonly embedder?: Embedder | undefined;
  /** Milliseconds until what full text found is the answer; as long as it takes when absent. */
  readonly vectorsWithinMs?: number;
  /** Told what full text found while vectors are still awaited. */
  readonly onPart?: (passages: readonly FoundPassage[]) => void;
}

export interface FoundPassage extends StoredPassage {
  /** The share of the question's words, weighed by rarity, that stand in it; absent: none do. */
  readonly coverage?: number;
  readonly fullText?: number;
  /** Cosine of the question's vector and its own. */
  readonly vector?: number;
  /** 0 to 1, what the order follows. */
  readonly fused: number;
}

export interface SearchAnswer {
  readonly passages: readonly FoundPassage[];
  /** Whether vectors took part; `late`: they were not there in time. */
  readonly vectors: "used" | "none" | "late" | "failed";
}

export interface KnowledgeSearch {
  /** Best first. Throws DbError. A vendor that fails leaves full text. */
  search(request: SearchRequest): Promise<SearchAnswer>;
}

export interface KnowledgeSearchParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly nearest: NearestVectors;
  /** A question's tokens at a vendor, to be charged. */
  readonly onUsed: NoteQuestion;
}

/** From each side, before they are made one. */
const perSide = 30;

type Vectors = { readonly hits: readonly NearestHit[]; readonly state: SearchAnswer["vectors"] };

export function createKnowledgeSearch(parts: KnowledgeSearchParts): KnowledgeSearch {
  const { db, clock, nearest } = parts;
  const counts = createWordCounts(clock);
  const questions = createQuestionVectors(parts.onUsed);

  const byMeaning = async (request: SearchRequest, collectionIds: readonly string[]): Promise<Vectors> => {
    const { orgId, text, signal, embedder } = request;
    if (embedder === undefined) return noVectors;
    try {
      const question = await questions.of({ orgId, text, signal, embedder });
      return { hits: await nearest.find({ orgId, collectionIds, ...question, limit: perSide }), state: "used" };
    } catch {
      return { hits: [], state: "failed" };
    }
  };

  const inTime = async (vectors: Promise<Vectors>, { vectorsWithinMs, signal }: SearchRequest): Promise<Vectors> => {
    if (vectorsWithinMs === undefined) return await vectors;
    const over = new AbortController();
    const late = sleep(clock, vectorsWithinMs, AbortSignal.any([signal, over.signal]));
    const first = await Promise.race([vectors, late.then((): Vectors => ({ hits: [], state: "late" }))]);
    over.abort();
    return first;
  };

  return {
    async search(request) {
      const { orgId, text, language } = request;
      const words = questionWords(text, language);
      const asked = request.collectionIds;
      if (asked?.length === 0 || text.trim() === "") return { passages: [], vectors: "none" };
      const early = asked === undefined ? undefined : inTime(byMeaning(request, asked), request);
      const { collectionIds, hits } = await db.withOrg(orgId, async (tx) => {
        const ids = await readCollectionIds(tx, asked);
        return {
          collectionIds: ids,
          hits: await searchFullText(tx, counts, { orgId, collectionIds: ids, words, limit: perSide }),
        };
      });
      const meaning = early ?? inTime(byMeaning(request, collectionIds), request);
      const { onPart } = request;
      if (onPart !== undefined && hits.length > 0 && (await isPending(meaning))) {
        onPart(await fuse(db, request, { hits, vectors: noVectors }));
      }
      const vectors = await meaning;
      return { passages: await fuse(db, request, { hits, vectors }), vectors: vectors.state };
    },
  };
}

const noVectors: Vectors = { hits: [], state: "none" };

async function isPending(work: Promise<unknown>): Promise<boolean> {
  // What has settled wins over what settles a turn of the loop later.
  const later = new Promise<true>((resolve) => {
    setImmediate(() => resolve(true));
  });
  return await Promise.race([work.then(() => false), later]);
}

async function fuse(db: OrgDb, { orgId, limit }: SearchRequest, sides: Sides): Promise<FoundPassage[]> {
  const fused = fuseRanks([sides.hits.map(({ id }) => id), sides.vectors.hits.map(({ id }) => id)]);
  if (fused.length === 0) return [];
  // A few more: some may be gone meanwhile.
  const best = fused.slice(0, limit + 3);
  const ids = best.map(({ id }) => id);
  const stored = await db.withOrg(orgId, (tx) => readPassages(tx, ids));
  return best.flatMap((place) => describe(place, stored.get(place.id), sides)).slice(0, limit);
}

interface Sides {
  readonly hits: readonly FullTextHit[];
  readonly vectors: Vectors;
}

function describe(
  { id, score }: { id: string; score: number },
  stored: StoredPassage | undefined,
  { hits, vectors }: Sides,
): FoundPassage[] {
  if (stored === undefined) return [];
  const words = hits.find((hit) => hit.id === id);
  const meaning = vectors.hits.find((hit) => hit.id === id);
  return [
    {
      ...stored,
      ...(words === undefined ? {} : { coverage: Math.min(1, words.coverage), fullText: words.score }),
      ...(meaning === undefined ? {} : { vector: meaning.score }),
      fused: score,
    },
  ];
}

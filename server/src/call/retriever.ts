/** The port of documents; a part of `ports.ts`. */

/** A piece of the organisation's documents. */
export interface Passage {
  readonly id: string;
  /** Plain text; a table keeps its heading row. */
  readonly text: string;
  readonly source: {
    readonly id: string;
    /** File name, page title or the question. */
    readonly title: string;
    /** Of a PDF or a slide deck, from 1. */
    readonly page?: number;
    readonly url?: string;
  };
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
  /** How much of the question's words, weighed by rarity, stand in it: 0 to 1. Absent: it was found by meaning alone. */
  readonly coverage?: number;
  /** The headings it stands under. */
  readonly heading?: string;
}

export interface RetrievalRequest {
  readonly orgId: string;
  readonly callId: string;
  /** Where to look; never empty. */
  readonly collectionIds: readonly string[];
  /** What the caller has said of this turn so far. */
  readonly text: string;
  /** BCP-47. */
  readonly language: string;
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Told what is known while more is still being looked for; at most once, before it resolves. */
  readonly onPart?: (passages: readonly Passage[]) => void;
}

export interface Retriever {
  /** Best first; empty when nothing fits. Asked on interim transcripts too, so it must be cheap. Throws when it cannot look. */
  retrieve(request: RetrievalRequest): Promise<readonly Passage[]>;
}

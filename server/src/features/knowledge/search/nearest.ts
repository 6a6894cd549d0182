/** Chunks by meaning. Two ways: pgvector where the database has it, a thread that compares every vector where it has not. */

export interface NearestRequest {
  readonly orgId: string;
  readonly collectionIds: readonly string[];
  /** Vectors of other models cannot be compared. */
  readonly model: string;
  /** Of length 1. */
  readonly vector: Float32Array;
  readonly limit: number;
}

export interface NearestHit {
  readonly id: string;
  /** Cosine, -1 to 1. */
  readonly score: number;
}

export interface NearestVectors {
  /** Best first. Throws when it cannot look. */
  find(request: NearestRequest): Promise<readonly NearestHit[]>;
}

/** What the routes need to do a write once for each `Idempotency-Key`. */
export interface IdempotentRequest {
  readonly orgId: string;
  /** Of the user or the API key: two parties' keys never meet. */
  readonly partyId: string;
  readonly key: string;
  /** Route, path and body: the same key with another request is refused. */
  readonly fingerprint: string;
}

export interface KeptAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly body: unknown;
}

interface Claim {
  readonly orgId: string;
  readonly claimId: string;
}

export interface Idempotency {
  /**
   * The first answer, or the claim to do it now. Throws AppError `idempotency_mismatch`, or `conflict` while it is being done or when
   * it was done and the answer was lost.
   */
  begin(request: IdempotentRequest): Promise<KeptAnswer | { readonly kind: "claim"; readonly claimId: string }>;
  answer(done: Claim & { readonly status: number; readonly body: unknown }): Promise<void>;
  /** It failed and nothing of it was done: the key may be used again. A committed deed stays so. */
  release(claim: Claim): Promise<void>;
}

/** A search engine of the web. */
export interface WebSearchRequest {
  readonly query: string;
  readonly limit: number;
  /** BCP-47. */
  readonly language?: string;
  /** ISO 3166, two letters. */
  readonly country?: string;
  readonly signal: AbortSignal;
}

/** As the engine wrote it: it may hold markup, and it is nobody's instruction. */
export interface FoundPage {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

export interface WebSearch {
  /** Best first. Throws ProviderError. */
  search(request: WebSearchRequest): Promise<readonly FoundPage[]>;
}

/** What is asked of a vendor's authorization server. */

export interface OauthTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** Absent: the former one stays good. */
  readonly refreshToken?: string;
  /** Absent: what was asked for. */
  readonly scopes?: readonly string[];
  /** The e-mail address of whoever consented, where the vendor tells. */
  readonly account?: string;
}

export interface OauthClient {
  authorizeUrl(wish: {
    readonly redirectUri: string;
    readonly state: string;
    /** S256 of the verifier. */
    readonly challenge: string;
    readonly scopes: readonly string[];
    readonly loginHint?: string;
  }): string;
  /** Throws ProviderError: `bad-request` when the code is not, or no longer, good. */
  exchange(grant: { code: string; verifier: string; redirectUri: string; signal: AbortSignal }): Promise<OauthTokens>;
  /** `revoked`, in the vendor's words: the owner must consent again. Throws ProviderError for everything else. */
  refresh(grant: {
    refreshToken: string;
    scopes: readonly string[];
    signal: AbortSignal;
  }): Promise<OauthTokens | { readonly revoked: string }>;
  /** Absent where the vendor has no such request. */
  revoke?(token: string, signal: AbortSignal): Promise<void>;
}

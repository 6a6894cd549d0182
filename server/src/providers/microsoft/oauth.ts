/** Consent at Microsoft: every refresh gives a new refresh token. There is no request that takes a consent back. */
import type { OauthClient } from "../../features/connections/oauth.port.ts";
import { askForTokens, orBadCode } from "../oauth-tokens.ts";
import type { ProviderIo } from "../provider.ts";

const provider = "microsoft";

export interface MicrosoftOauthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** A directory's id, or `common`. */
  readonly tenant: string;
  readonly baseUrl?: string;
  readonly io: ProviderIo;
}

export function createMicrosoftOauth(options: MicrosoftOauthOptions): OauthClient {
  const { clientId, clientSecret, tenant, baseUrl = "https://login.microsoftonline.com", io } = options;
  const origin = `${baseUrl}/${encodeURIComponent(tenant)}/oauth2/v2.0`;
  const endpoint = { provider, url: `${origin}/token`, io };
  const client = { client_id: clientId, client_secret: clientSecret };
  return {
    authorizeUrl({ redirectUri, state, challenge, scopes, loginHint }) {
      const query = new URLSearchParams({
        ...{ client_id: clientId, redirect_uri: redirectUri, response_type: "code", response_mode: "query" },
        ...{ scope: scopes.join(" "), state, code_challenge: challenge, code_challenge_method: "S256" },
        ...(loginHint === undefined ? { prompt: "select_account" } : { login_hint: loginHint }),
      });
      return `${origin}/authorize?${query.toString()}`;
    },
    async exchange({ code, verifier, redirectUri, signal }) {
      const grant = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri };
      return orBadCode(provider, await askForTokens(endpoint, { ...client, ...grant }, signal));
    },
    refresh: ({ refreshToken, scopes, signal }) =>
      askForTokens(
        endpoint,
        { ...client, grant_type: "refresh_token", refresh_token: refreshToken, scope: scopes.join(" ") },
        signal,
      ),
  };
}

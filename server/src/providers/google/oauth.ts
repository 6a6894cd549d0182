/** Consent at Google. One base URL stands for all of its hosts, where it is set. */
import type { OauthClient } from "../../features/connections/oauth.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { askForTokens, orBadCode } from "../oauth-tokens.ts";
import type { ProviderIo } from "../provider.ts";
import { errorOfNetwork } from "../provider-failure.ts";

const provider = "google";

export interface GoogleOauthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl?: string;
  readonly io: ProviderIo;
}

export function createGoogleOauth({ clientId, clientSecret, baseUrl, io }: GoogleOauthOptions): OauthClient {
  const accounts = baseUrl ?? "https://accounts.google.com";
  const tokens = baseUrl ?? "https://oauth2.googleapis.com";
  const endpoint = { provider, url: `${tokens}/token`, io };
  const client = { client_id: clientId, client_secret: clientSecret };
  return {
    authorizeUrl({ redirectUri, state, challenge, scopes, loginHint }) {
      const query = new URLSearchParams({
        ...{ client_id: clientId, redirect_uri: redirectUri, response_type: "code", scope: scopes.join(" "), state },
        ...{ code_challenge: challenge, code_challenge_method: "S256" },
        // Without both, Google gives a refresh token at the first consent alone.
        ...{ access_type: "offline", prompt: "consent", include_granted_scopes: "true" },
        ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      });
      return `${accounts}/o/oauth2/v2/auth?${query.toString()}`;
    },
    async exchange({ code, verifier, redirectUri, signal }) {
      const grant = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri };
      return orBadCode(provider, await askForTokens(endpoint, { ...client, ...grant }, signal));
    },
    refresh: ({ refreshToken, signal }) =>
      askForTokens(endpoint, { ...client, grant_type: "refresh_token", refresh_token: refreshToken }, signal),
    async revoke(token, signal) {
      const response = await io
        .fetch(`${tokens}/revoke`, { method: "POST", body: new URLSearchParams({ token }), signal })
        .catch((cause: unknown) => {
          throw errorOfNetwork(provider, cause);
        });
      await response.body?.cancel();
      // 400: it was no good any more.
      if (response.ok || response.status === 400) return;
      throw new ProviderError("google did not revoke the token.", {
        ...{ provider, category: "overloaded", permanent: false, status: response.status },
      });
    },
  };
}

/** Google's consent and tokens: codes are good once, refresh tokens until they are revoked. */
import { createHash, randomBytes } from "node:crypto";

export type Consent = "grant" | "deny" | "partial";

type Grant = { readonly account: string; scopes: string[]; isRevoked: boolean };
type Code = { readonly grant: Grant; readonly challenge: string | null; readonly redirectUri: string };

export class GoogleRefusal extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

const oauthError = (error: string, description: string, status = 400) =>
  new GoogleRefusal(status, { error, error_description: description });

export type GoogleOauthOptions = { readonly clientId: string; readonly clientSecret: string; readonly account: string };

export function createGoogleAccounts({ clientId, clientSecret, account }: GoogleOauthOptions) {
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Grant>();
  const accessTokens = new Map<string, { grant: Grant; untilMs: number }>();
  let consent: Consent = "grant";
  let tokenSeconds = 3599;
  const counts = { refreshes: 0 };

  const issue = (grant: Grant) => {
    const access = `ya29.${randomBytes(24).toString("base64url")}`;
    accessTokens.set(access, { grant, untilMs: Date.now() + tokenSeconds * 1000 });
    return { access_token: access, expires_in: tokenSeconds, scope: grant.scopes.join(" "), token_type: "Bearer" };
  };
  const idToken = () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "RS256" })}.${part({ iss: "https://accounts.google.com", email: account })}.c2lnbmVk`;
  };
  const requireClient = (form: URLSearchParams) => {
    if (form.get("client_id") === clientId && form.get("client_secret") === clientSecret) return;
    throw oauthError("invalid_client", "Unauthorized", 401);
  };

  function exchange(form: URLSearchParams) {
    const found = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    if (found === undefined || found.redirectUri !== form.get("redirect_uri"))
      throw oauthError("invalid_grant", "Malformed auth code.");
    const verifier = form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (found.challenge !== null && found.challenge !== challenge)
      throw oauthError("invalid_grant", "Invalid code verifier.");
    const refresh = `1//${randomBytes(24).toString("base64url")}`;
    refreshTokens.set(refresh, found.grant);
    return { ...issue(found.grant), refresh_token: refresh, id_token: idToken() };
  }

  function refresh(form: URLSearchParams) {
    const grant = refreshTokens.get(form.get("refresh_token") ?? "");
    if (grant === undefined || grant.isRevoked) throw oauthError("invalid_grant", "Token has been expired or revoked.");
    counts.refreshes++;
    return issue(grant);
  }

  return {
    counts,
    setConsent(next: Consent) {
      consent = next;
    },
    setTokenSeconds(seconds: number) {
      tokenSeconds = seconds;
    },
    /** Where the browser is sent back to, as if a person had answered. */
    authorize(query: URLSearchParams): string {
      const redirectUri = query.get("redirect_uri");
      if (query.get("client_id") !== clientId || redirectUri === null || query.get("response_type") !== "code")
        throw oauthError("invalid_request", "Missing required parameter.");
      const back = new URL(redirectUri);
      const state = query.get("state");
      if (state !== null) back.searchParams.set("state", state);
      if (consent === "deny") {
        back.searchParams.set("error", "access_denied");
        return back.href;
      }
      const asked = (query.get("scope") ?? "").split(" ");
      const scopes = consent === "partial" ? asked.filter((scope) => !scope.includes("/auth/")) : asked;
      const code = `4/0${randomBytes(16).toString("base64url")}`;
      const grant = { account, scopes, isRevoked: false };
      codes.set(code, { grant, challenge: query.get("code_challenge"), redirectUri });
      back.searchParams.set("code", code);
      back.searchParams.set("scope", scopes.join(" "));
      return back.href;
    },
    token(form: URLSearchParams) {
      requireClient(form);
      if (form.get("grant_type") === "authorization_code") return exchange(form);
      if (form.get("grant_type") === "refresh_token") return refresh(form);
      throw oauthError("unsupported_grant_type", "Invalid grant_type.");
    },
    revoke(token: string) {
      const grant = refreshTokens.get(token) ?? accessTokens.get(token)?.grant;
      if (grant === undefined || grant.isRevoked) throw oauthError("invalid_token", "Token expired or revoked");
      grant.isRevoked = true;
      return {};
    },
    /** As its owner would in the account's settings. */
    revokeAll() {
      for (const grant of refreshTokens.values()) grant.isRevoked = true;
      for (const { grant } of accessTokens.values()) grant.isRevoked = true;
    },
    /** Without anybody's consent being withdrawn. */
    expireAccessTokens() {
      for (const held of accessTokens.values()) held.untilMs = 0;
    },
    /** For a client that was made without a consent. */
    issueTokens(scopes: readonly string[]) {
      return issue({ account, scopes: [...scopes], isRevoked: false }).access_token;
    },
    /** The scopes of a token that is good now. */
    scopesOf(authorization: string | undefined): readonly string[] | undefined {
      const held = accessTokens.get(/^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "");
      return held === undefined || held.grant.isRevoked || held.untilMs <= Date.now() ? undefined : held.grant.scopes;
    },
  };
}
export type GoogleAccounts = ReturnType<typeof createGoogleAccounts>;

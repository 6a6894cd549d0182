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

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class GoogleAccounts {
  readonly counts = { refreshes: 0 };
  private readonly options: GoogleOauthOptions;
  private readonly codes = new Map<string, Code>();
  private readonly refreshTokens = new Map<string, Grant>();
  private readonly accessTokens = new Map<string, { grant: Grant; untilMs: number }>();
  private consent: Consent = "grant";
  private tokenSeconds = 3599;

  constructor(options: GoogleOauthOptions) {
    this.options = options;
  }

  setConsent(next: Consent): void {
    this.consent = next;
  }

  setTokenSeconds(seconds: number): void {
    this.tokenSeconds = seconds;
  }

  /** Where the browser is sent back to, as if a person had answered. */
  authorize(query: URLSearchParams): string {
    const redirectUri = query.get("redirect_uri");
    if (
      query.get("client_id") !== this.options.clientId ||
      redirectUri === null ||
      query.get("response_type") !== "code"
    )
      throw oauthError("invalid_request", "Missing required parameter.");
    const back = new URL(redirectUri);
    const state = query.get("state");
    if (state !== null) back.searchParams.set("state", state);
    if (this.consent === "deny") {
      back.searchParams.set("error", "access_denied");
      return back.href;
    }
    const asked = (query.get("scope") ?? "").split(" ");
    const scopes = this.consent === "partial" ? asked.filter((scope) => !scope.includes("/auth/")) : asked;
    const code = `4/0${randomBytes(16).toString("base64url")}`;
    const grant = { account: this.options.account, scopes, isRevoked: false };
    this.codes.set(code, { grant, challenge: query.get("code_challenge"), redirectUri });
    back.searchParams.set("code", code);
    back.searchParams.set("scope", scopes.join(" "));
    return back.href;
  }

  token(form: URLSearchParams): unknown {
    const { clientId, clientSecret } = this.options;
    if (form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret)
      throw oauthError("invalid_client", "Unauthorized", 401);
    if (form.get("grant_type") === "authorization_code") return this.exchange(form);
    if (form.get("grant_type") === "refresh_token") return this.refresh(form);
    throw oauthError("unsupported_grant_type", "Invalid grant_type.");
  }

  revoke(token: string): unknown {
    const grant = this.refreshTokens.get(token) ?? this.accessTokens.get(token)?.grant;
    if (grant === undefined || grant.isRevoked) throw oauthError("invalid_token", "Token expired or revoked");
    grant.isRevoked = true;
    return {};
  }

  /** As its owner would in the account's settings. */
  revokeAll(): void {
    for (const grant of this.refreshTokens.values()) grant.isRevoked = true;
    for (const { grant } of this.accessTokens.values()) grant.isRevoked = true;
  }

  /** Without anybody's consent being withdrawn. */
  expireAccessTokens(): void {
    for (const held of this.accessTokens.values()) held.untilMs = 0;
  }

  /** For a client that was made without a consent. */
  issueTokens(scopes: readonly string[]): string {
    return this.issue({ account: this.options.account, scopes: [...scopes], isRevoked: false }).access_token;
  }

  /** The scopes of a token that is good now. */
  scopesOf(authorization: string | undefined): readonly string[] | undefined {
    const held = this.accessTokens.get(/^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "");
    return held === undefined || held.grant.isRevoked || held.untilMs <= Date.now() ? undefined : held.grant.scopes;
  }

  private issue(grant: Grant) {
    const access = `ya29.${randomBytes(24).toString("base64url")}`;
    this.accessTokens.set(access, { grant, untilMs: Date.now() + this.tokenSeconds * 1000 });
    const scope = grant.scopes.join(" ");
    return { access_token: access, expires_in: this.tokenSeconds, scope, token_type: "Bearer" };
  }

  private exchange(form: URLSearchParams): unknown {
    const found = this.codes.get(form.get("code") ?? "");
    this.codes.delete(form.get("code") ?? "");
    if (found === undefined || found.redirectUri !== form.get("redirect_uri"))
      throw oauthError("invalid_grant", "Malformed auth code.");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (found.challenge !== null && found.challenge !== challenge)
      throw oauthError("invalid_grant", "Invalid code verifier.");
    const refresh = `1//${randomBytes(24).toString("base64url")}`;
    this.refreshTokens.set(refresh, found.grant);
    const claims = { iss: "https://accounts.google.com", email: this.options.account };
    const idToken = `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmVk`;
    return { ...this.issue(found.grant), refresh_token: refresh, id_token: idToken };
  }

  private refresh(form: URLSearchParams): unknown {
    const grant = this.refreshTokens.get(form.get("refresh_token") ?? "");
    if (grant === undefined || grant.isRevoked) throw oauthError("invalid_grant", "Token has been expired or revoked.");
    this.counts.refreshes++;
    return this.issue(grant);
  }
}

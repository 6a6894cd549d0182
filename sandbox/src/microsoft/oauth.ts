/** Microsoft's consent and tokens: every refresh gives a new refresh token, and the old one dies a little later. */
import { createHash, randomBytes, randomUUID } from "node:crypto";

export class MicrosoftRefusal extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

type Grant = { scopes: string[]; isRevoked: boolean };
type Code = { readonly grant: Grant; readonly challenge: string | null; readonly redirectUri: string };

function oauthError(error: string, code: number, words: string) {
  return new MicrosoftRefusal(400, {
    ...{ error, error_description: `AADSTS${code}: ${words}`, error_codes: [code] },
    ...{ trace_id: randomUUID(), correlation_id: randomUUID(), timestamp: new Date().toISOString() },
  });
}

export type MicrosoftOauthOptions = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly account: string;
};

const identityScopes = new Set(["openid", "email", "profile", "offline_access"]);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class MicrosoftAccounts {
  readonly counts = { refreshes: 0 };
  private readonly options: MicrosoftOauthOptions;
  private readonly codes = new Map<string, Code>();
  private readonly refreshTokens = new Map<string, { grant: Grant; uses: number }>();
  private readonly accessTokens = new Map<string, { grant: Grant; untilMs: number }>();
  private tokenSeconds = 4799;
  private consent: "grant" | "deny" = "grant";

  constructor(options: MicrosoftOauthOptions) {
    this.options = options;
  }

  /** How many refresh tokens were used twice: somebody kept an old one. */
  reusedRefreshTokens(): number {
    return [...this.refreshTokens.values()].filter(({ uses }) => uses > 1).length;
  }

  setConsent(next: "grant" | "deny"): void {
    this.consent = next;
  }

  setTokenSeconds(seconds: number): void {
    this.tokenSeconds = seconds;
  }

  authorize(query: URLSearchParams): string {
    const redirectUri = query.get("redirect_uri");
    if (
      query.get("client_id") !== this.options.clientId ||
      redirectUri === null ||
      query.get("response_type") !== "code"
    )
      throw oauthError("invalid_request", 900144, "The request body must contain the required parameters.");
    const back = new URL(redirectUri);
    back.searchParams.set("state", query.get("state") ?? "");
    if (this.consent === "deny") {
      back.searchParams.set("error", "access_denied");
      back.searchParams.set("error_description", "AADSTS65004: User declined to consent.");
      return back.href;
    }
    const code = `0.A${randomBytes(20).toString("base64url")}`;
    const grant = { scopes: (query.get("scope") ?? "").split(" "), isRevoked: false };
    this.codes.set(code, { grant, challenge: query.get("code_challenge"), redirectUri });
    back.searchParams.set("code", code);
    return back.href;
  }

  token(form: URLSearchParams): unknown {
    const { clientId, clientSecret } = this.options;
    if (form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret)
      throw oauthError("invalid_client", 7000215, "Invalid client secret provided.");
    if (form.get("grant_type") === "authorization_code") return this.exchange(form);
    if (form.get("grant_type") === "refresh_token") return this.refresh(form);
    throw oauthError("unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  }

  revokeAll(): void {
    for (const { grant } of this.refreshTokens.values()) grant.isRevoked = true;
    for (const { grant } of this.accessTokens.values()) grant.isRevoked = true;
  }

  expireAccessTokens(): void {
    for (const held of this.accessTokens.values()) held.untilMs = 0;
  }

  /** For a client that was made without a consent. */
  issueTokens(scopes: readonly string[]): string {
    return this.issue({ scopes: [...scopes], isRevoked: false }).access_token;
  }

  scopesOf(authorization: string | undefined): readonly string[] | undefined {
    const held = this.accessTokens.get(/^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "");
    return held === undefined || held.grant.isRevoked || held.untilMs <= Date.now() ? undefined : held.grant.scopes;
  }

  private issue(grant: Grant) {
    const access = randomBytes(40).toString("base64url");
    this.accessTokens.set(access, { grant, untilMs: Date.now() + this.tokenSeconds * 1000 });
    const refresh = `0.A${randomBytes(40).toString("base64url")}`;
    const isLasting = grant.scopes.includes("offline_access");
    if (isLasting) this.refreshTokens.set(refresh, { grant, uses: 0 });
    const claims = { preferred_username: this.options.account, ver: "2.0" };
    return {
      ...{ token_type: "Bearer", expires_in: this.tokenSeconds, ext_expires_in: this.tokenSeconds },
      ...{ access_token: access, id_token: `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmVk` },
      scope: grant.scopes.filter((scope) => !identityScopes.has(scope)).join(" "),
      ...(isLasting ? { refresh_token: refresh } : {}),
    };
  }

  private exchange(form: URLSearchParams): unknown {
    const found = this.codes.get(form.get("code") ?? "");
    this.codes.delete(form.get("code") ?? "");
    if (found === undefined) throw oauthError("invalid_grant", 54005, "The code has already been redeemed.");
    if (found.redirectUri !== form.get("redirect_uri"))
      throw oauthError("invalid_client", 50011, "The redirect URI does not match.");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (found.challenge !== null && challenge !== found.challenge)
      throw oauthError("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.");
    return this.issue(found.grant);
  }

  private refresh(form: URLSearchParams): unknown {
    const held = this.refreshTokens.get(form.get("refresh_token") ?? "");
    if (held === undefined || held.grant.isRevoked)
      throw oauthError("invalid_grant", 70008, "The refresh token has expired due to inactivity or was revoked.");
    this.counts.refreshes++;
    held.uses++;
    return this.issue(held.grant);
  }
}

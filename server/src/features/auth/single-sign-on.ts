/** Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce, all bound to the browser by a sealed cookie. */
import type * as openid from "openid-client";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, open, seal } from "../../platform/crypto/envelope.ts";
import type { AuthParts } from "./auth-parts.ts";
import type { Device, OpenedSession } from "./sessions.ts";
import { openSession } from "./sign-in.ts";
import { signUp } from "./sign-up.ts";

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SingleSignOn {
  /** Where to send the browser, and what it has to bring back. */
  start(redirectUri: string): Promise<{ location: string; kept: string }>;
  /** Throws AppError `bad_request`, `unauthorized`, `conflict` or `provider_failed`. */
  finish(callback: { url: URL; kept: string | undefined; device: Device }): Promise<OpenedSession>;
}

/** Of a browser that was sent away. */
export const signOnSeconds = 600;

interface Kept {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly untilMs: number;
}

const place = { orgId: "-", owner: "oidc", seq: "state" };

function createBox(masterKey: Buffer, clock: Clock) {
  const key = deriveSecret(masterKey, "oidc-state");
  const stale = () =>
    new AppError("bad_request", { publicMessage: "This sign-in was begun too long ago or elsewhere. Begin it again." });
  return {
    close: (kept: Omit<Kept, "untilMs">) =>
      seal(key, place, { ...kept, untilMs: clock.wallNow() + signOnSeconds * 1000 }).toString("base64url"),
    open(text: string | undefined): Kept {
      if (text === undefined) throw stale();
      try {
        const kept = open(key, place, Buffer.from(text, "base64url")) as Kept;
        if (kept.untilMs > clock.wallNow()) return kept;
      } catch {
        // another key, or changed bytes
      }
      throw stale();
    },
  };
}

type Library = typeof openid;

/** Only an installation with an identity provider pays for it, at its first sign-in. */
const loadLibrary = (): Promise<Library> => import("openid-client");

function createDiscovery({ issuer, clientId, clientSecret }: OidcSettings) {
  const address = new URL(issuer);
  let found: Promise<openid.Configuration> | undefined;
  return async (oidc: Library) => {
    // Only a provider on this machine, as tests and trials have one, may be asked without TLS.
    const execute = address.protocol === "http:" ? { execute: [oidc.allowInsecureRequests] } : {};
    found ??= oidc.discovery(address, clientId, clientSecret, undefined, { ...execute, timeout: 10 });
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw providerFailed(error);
    }
  };
}

const providerFailed = (cause: unknown) =>
  new AppError("provider_failed", {
    publicMessage: "The identity provider did not answer as it should. The operator checks OIDC_ISSUER.",
    family: "operational",
    cause,
  });

export function createSingleSignOn(parts: AuthParts, settings: OidcSettings): SingleSignOn {
  const box = createBox(parts.masterKey, parts.clock);
  const discover = createDiscovery(settings);
  return {
    async start(redirectUri) {
      const oidc = await loadLibrary();
      const configuration = await discover(oidc);
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
      const location = oidc.buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUri, scope: "openid email profile", state, nonce },
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return { location: location.href, kept: box.close({ state, nonce, verifier }) };
    },
    async finish({ url, kept, device }) {
      const { state, nonce, verifier } = box.open(kept);
      const oidc = await loadLibrary();
      const configuration = await discover(oidc);
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const tokens = await oidc
        .authorizationCodeGrant(configuration, url, checks)
        .catch((error) => refuseGrant(oidc, error));
      const identity = await readIdentity(oidc, configuration, tokens);
      return await signInAs(parts, { ...identity, device });
    },
  };
}

function refuseGrant(oidc: Library, error: unknown): never {
  // What the provider said in its answer is the browser's to mend; anything else is the provider's.
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    throw new AppError("unauthorized", { publicMessage: "The identity provider refused the sign-in." });
  }
  if (error instanceof oidc.ClientError && error.code !== "OAUTH_TIMEOUT") {
    throw new AppError("bad_request", { publicMessage: "This is no answer to a sign-in begun here. Begin it again." });
  }
  throw providerFailed(error);
}

interface Identity {
  readonly email: string;
  readonly name: string;
}

type Grant = Awaited<ReturnType<Library["authorizationCodeGrant"]>>;

/** From the ID token, or from the provider's user info where the token says less. Throws `unauthorized` without a verified address. */
async function readIdentity(oidc: Library, configuration: openid.Configuration, tokens: Grant): Promise<Identity> {
  const claims: Readonly<Record<string, unknown>> = tokens.claims() ?? {};
  const subject = String(claims.sub);
  const more: Readonly<Record<string, unknown>> =
    typeof claims.email === "string"
      ? {}
      : await oidc.fetchUserInfo(configuration, tokens.access_token, subject).catch((error: unknown) => {
          throw providerFailed(error);
        });
  const { email, email_verified: isVerified, name } = { ...more, ...claims };
  if (typeof email !== "string" || isVerified !== true) {
    throw new AppError("unauthorized", {
      publicMessage: "The identity provider gave no verified e-mail address for you.",
    });
  }
  return { email, name: typeof name === "string" && name !== "" ? name.slice(0, 120) : email };
}

/**
 * The account with the same address, or a new one. An account whose address nobody verified may have been made by anybody to
 * lie in wait: it is not joined.
 */
async function signInAs(
  parts: AuthParts,
  { email, name, device }: Identity & { device: Device },
): Promise<OpenedSession> {
  const userId = await parts.people.findByEmail(email);
  if (userId === undefined) {
    return await signUp(parts, { email, name, password: undefined, language: "en", timeZone: "UTC", device });
  }
  const person = await parts.db.withUser(userId, (tx) => parts.people.read(tx, userId));
  if (person?.isEmailVerified !== true) {
    throw new AppError("conflict", {
      publicMessage: "An account with your address is not verified yet. Open its mail, or reset its password, first.",
    });
  }
  return await openSession(parts, { userId, device, action: "auth.finish-oidc" });
}

/** Short-lived proof of a session: a JWT that only we make and check. What its bearer may do is asked of the database each time. */
import { errors, jwtVerify, SignJWT } from "jose";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, fingerprint } from "../../platform/crypto/envelope.ts";

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** The active organisation. */
  readonly orgId: string | undefined;
}

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<string>;
  /** Throws AppError `token_expired` or `unauthorized`. */
  verify(token: string): Promise<AccessClaims>;
}

export const accessTokenSeconds = 300;
const issuer = "parley";
const audience = "parley-api";
const algorithm = "HS256";

export function createAccessTokens({ masterKey, clock }: { masterKey: Buffer; clock: Clock }): AccessTokens {
  const key = deriveSecret(masterKey, "access-token");
  const kid = fingerprint(key);
  const nowSeconds = () => Math.floor(clock.wallNow() / 1000);
  return {
    async sign({ userId, sessionId, orgId }) {
      return await new SignJWT({ sid: sessionId, ...(orgId === undefined ? {} : { org: orgId }) })
        .setProtectedHeader({ alg: algorithm, kid, typ: "JWT" })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(nowSeconds())
        .setExpirationTime(nowSeconds() + accessTokenSeconds)
        .sign(key);
    },
    async verify(token) {
      const now = new Date(clock.wallNow());
      const rules = {
        issuer,
        audience,
        algorithms: [algorithm],
        currentDate: now,
        requiredClaims: ["exp", "sub", "sid"],
      };
      const { payload, protectedHeader } = await jwtVerify(token, key, rules).catch(refuse);
      const { sub, sid, org } = payload;
      if (protectedHeader.kid !== kid || typeof sub !== "string" || typeof sid !== "string") return refuse(undefined);
      return { userId: sub, sessionId: sid, orgId: typeof org === "string" ? org : undefined };
    },
  };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) {
    throw new AppError("token_expired", { publicMessage: "Ask for a new access token with the refresh token." });
  }
  throw new AppError("unauthorized", { publicMessage: "This access token is not valid. Sign in again." });
}

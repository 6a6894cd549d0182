/** Who is asking: a person by the access token of their session (header or cookie), or a program by an API key. */

import { AppError } from "../../kernel/app-error.ts";
import type { KeyPrincipal, UserPrincipal } from "../../platform/http/principal.ts";
import type { Authenticate } from "./mount-route.ts";

export interface AuthenticateParts {
  /** Throws AppError `token_expired` or `unauthorized`. */
  readonly principalOf: (accessToken: string, byCookie: boolean) => Promise<UserPrincipal>;
  /** Undefined for no key of ours. */
  readonly verifyApiKey: (key: string) => Promise<KeyPrincipal | undefined>;
  readonly readAccessCookie: (cookies: { cookie?: string | undefined }) => string | undefined;
}

/** Three parts and no other: an API key has no dots. */
const looksLikeAccessToken = (token: string) => token.split(".").length === 3;

const invalid = () =>
  new AppError("unauthorized", { publicMessage: "This API key or token is not valid. Send another, or sign in." });

/** A header that is there decides: a cookie beside it is not looked at. */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  return async (headers) => {
    if (headers.authorization !== undefined) {
      const token = /^Bearer\s+(\S+)$/i.exec(headers.authorization)?.[1];
      if (token === undefined) throw invalid();
      if (looksLikeAccessToken(token)) return await parts.principalOf(token, false);
      const principal = await parts.verifyApiKey(token);
      if (principal === undefined) throw invalid();
      return principal;
    }
    const token = parts.readAccessCookie(headers);
    return token === undefined ? undefined : await parts.principalOf(token, true);
  };
}

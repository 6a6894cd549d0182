/** Who may come in: people by their sessions, programs by API keys, and the page of this machine as the demo's person. */
import type { ApiParts } from "../entry/http/api-parts.ts";
import { createAuthenticate } from "../entry/http/authenticate.ts";
import { deviceOf, readCookie } from "../features/auth/index.ts";
import type { Features } from "./features.ts";

export function openAccess({
  auth,
  apiKeys,
}: Pick<Features, "auth" | "apiKeys">): Pick<ApiParts, "authenticate" | "signInToDemo"> {
  return {
    authenticate: createAuthenticate({
      principalOf: (token, byCookie) => auth.principalOf(token, byCookie),
      verifyApiKey: (key) => apiKeys.verify(key),
      readAccessCookie: (headers) => readCookie(headers, "access"),
    }),
    async signInToDemo(request) {
      const refreshToken = readCookie(request.headers, "refresh");
      const session = await auth.signInToDemo({ device: deviceOf(request), refreshToken });
      return { cookies: auth.cookiesOf(session), expiresAtMs: session.expiresAtMs };
    },
  };
}

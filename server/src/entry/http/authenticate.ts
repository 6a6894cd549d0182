/** Who is asking: the demo's API key, or a page on this machine that signed itself in. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { permissions } from "@parley/contract/permission";
import type { Clock } from "../../kernel/clock.ts";
import type { Authenticate } from "./mount-route.ts";

export interface Authenticator {
  readonly authenticate: Authenticate;
  /** A session for a page on this machine: the cookie's whole header value. */
  openSession(): { cookie: string; expiresAtMs: number };
}

/** Both act for the demo organisation. */
const orgId = "org_demo";
const cookieName = "parley_session";
const sessionMs = 12 * 3_600_000;

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function readCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const [name, ...value] = part.trim().split("=");
    if (name === cookieName) return value.join("=");
  }
  return undefined;
}

export function createAuthenticator(demoApiKey: string, clock: Clock): Authenticator {
  const sign = (text: string) => createHmac("sha256", demoApiKey).update(`session:${text}`).digest("base64url");

  const sessionStands = (cookie: string) => {
    const [nonce, expires, signature] = cookie.split(".");
    if (!nonce || !expires || !signature || !/^\d+$/.test(expires)) return false;
    return sameSecret(signature, sign(`${nonce}.${expires}`)) && Number(expires) > clock.wallNow();
  };

  return {
    async authenticate(headers) {
      const key = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
      if (headers.authorization !== undefined) {
        return key && sameSecret(key, demoApiKey)
          ? { kind: "api-key", keyId: "key_demo", orgId, permissions }
          : undefined;
      }
      const cookie = readCookie(headers.cookie);
      if (!cookie || !sessionStands(cookie)) return undefined;
      const user = { kind: "user", userId: "user_demo", sessionId: "session_demo", role: "owner" } as const;
      return { ...user, orgId, permissions, isInstallationAdmin: false, byCookie: true };
    },
    openSession() {
      const expiresAtMs = clock.wallNow() + sessionMs;
      const body = `${randomBytes(16).toString("base64url")}.${expiresAtMs}`;
      const value = `${body}.${sign(body)}`;
      const cookie = `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionMs / 1000}`;
      return { cookie, expiresAtMs };
    },
  };
}

/** Who is asking: the demo's API key, or a page on this machine that signed itself in. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Permission } from "@parley/contract/permission";
import { permissions } from "@parley/contract/permission";
import type { Clock } from "../../kernel/clock.ts";

export interface Principal {
  readonly kind: "api-key" | "demo-session";
  readonly permissions: readonly Permission[];
}

export interface Authenticator {
  authenticate(headers: IncomingHttpHeaders): Principal | undefined;
  /** A session for a page on this machine: the cookie's whole header value. */
  openSession(): { cookie: string; expiresAtMs: number };
}

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
    authenticate(headers) {
      const key = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
      if (headers.authorization !== undefined) {
        return key && sameSecret(key, demoApiKey) ? { kind: "api-key", permissions } : undefined;
      }
      const cookie = readCookie(headers.cookie);
      return cookie && sessionStands(cookie) ? { kind: "demo-session", permissions } : undefined;
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

/** A page's tokens: cookies that no script reads and no other site's page sends. */
import type { IncomingHttpHeaders } from "node:http";
import type { OpenedSession } from "./sessions.ts";
import { signOnSeconds } from "./single-sign-on.ts";

const names = { access: "parley_session", refresh: "parley_refresh", signOn: "parley_sign_on" } as const;
const paths = { access: "/", refresh: "/api/v1/auth", signOn: "/api/v1/auth/oidc" } as const;

type CookieName = keyof typeof names;

interface CookieOptions {
  readonly value: string;
  readonly maxAgeSeconds: number;
  readonly isSecure: boolean;
}

function cookie(name: CookieName, { value, maxAgeSeconds, isSecure }: CookieOptions): string {
  // The provider's redirect comes from another site: a strict cookie would stay at home.
  const sameSite = name === "signOn" ? "Lax" : "Strict";
  const attributes = `Path=${paths[name]}; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}`;
  return `${names[name]}=${value}; ${attributes}${isSecure ? "; Secure" : ""}`;
}

/** The access cookie outlives its token, so that a page learns that it has expired. */
export function sessionCookies(session: OpenedSession, about: { nowMs: number; isSecure: boolean }): string[] {
  const maxAgeSeconds = Math.max(0, Math.floor((session.expiresAtMs - about.nowMs) / 1000));
  const options = { maxAgeSeconds, isSecure: about.isSecure };
  return [
    cookie("access", { value: session.accessToken, ...options }),
    cookie("refresh", { value: session.refreshToken, ...options }),
  ];
}

export function endedCookies(isSecure: boolean): string[] {
  const ended = { value: "", maxAgeSeconds: 0, isSecure };
  return [cookie("access", ended), cookie("refresh", ended)];
}

export function signOnCookie(kept: string, isSecure: boolean): string {
  return cookie("signOn", { value: kept, maxAgeSeconds: kept === "" ? 0 : signOnSeconds, isSecure });
}

export function readCookie(headers: IncomingHttpHeaders, name: CookieName): string | undefined {
  for (const part of (headers.cookie ?? "").split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === names[name] && value.length > 0) return value.join("=") || undefined;
  }
  return undefined;
}

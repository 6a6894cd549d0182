import type { IncomingHttpHeaders } from "node:http";
import {
  finishSingleSignOn,
  refreshSession,
  requestPasswordReset,
  resetPassword,
  type SessionTokens,
  signIn,
  signOut,
  signUp,
  startSingleSignOn,
  verifyEmail,
} from "@parley/contract/auth";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import { actorOf } from "../../platform/http/principal.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import { badRequest } from "./auth-parts.ts";
import type { Auth } from "./create-auth.ts";
import { endedCookies, readCookie, signOnCookie } from "./session-cookies.ts";
import type { Device, OpenedSession } from "./sessions.ts";

export interface AuthRouteParts {
  readonly auth: Auth;
  /** A page of our own, by its `Origin`; true where there is none. */
  readonly isOwnPage: (headers: IncomingHttpHeaders) => boolean;
  /** As the browser knows us; undefined for a name that is not ours. */
  readonly originFor: (headers: IncomingHttpHeaders) => string | undefined;
}

export const deviceOf = (request: FastifyRequest): Device => ({
  userAgent: request.headers["user-agent"]?.slice(0, 300),
  address: request.ip,
});

export function mountAuthRoutes(mount: RouteMount, parts: AuthRouteParts): void {
  mountSigningIn(mount, parts);
  mountTokens(mount, parts);
  mountMails(mount, parts);
  mountSingleSignOn(mount, parts);
}

function requireOwnPage({ isOwnPage }: AuthRouteParts, headers: IncomingHttpHeaders): void {
  if (!isOwnPage(headers)) throw new AppError("forbidden", { publicMessage: "This page may not sign you in or out." });
}

/** A page gets its tokens as cookies, a program in the answer; never both. */
function answer(
  { auth }: AuthRouteParts,
  session: OpenedSession,
  { reply, isPage }: { reply: FastifyReply; isPage: boolean },
): SessionTokens {
  if (isPage) void reply.header("set-cookie", auth.cookiesOf(session));
  return {
    accessToken: isPage ? null : session.accessToken,
    tokenType: "Bearer",
    expiresInSeconds: session.accessTokenSeconds,
    refreshToken: isPage ? null : session.refreshToken,
    userId: session.userId,
    organizationId: session.orgId ?? null,
  };
}

const isPage = (request: FastifyRequest) => request.headers.origin !== undefined;

function mountSigningIn(mount: RouteMount, parts: AuthRouteParts): void {
  const { auth } = parts;
  mount(signUp, async ({ body, request, reply }) => {
    requireOwnPage(parts, request.headers);
    const { organizationName, ...person } = body;
    const organization = organizationName === undefined ? {} : { organizationName };
    const session = await auth.signUp({ ...person, ...organization, device: deviceOf(request) });
    return answer(parts, session, { reply, isPage: isPage(request) });
  });
  mount(signIn, async ({ body, request, reply }) => {
    requireOwnPage(parts, request.headers);
    const session = await auth.signIn({ ...body, device: deviceOf(request) });
    return answer(parts, session, { reply, isPage: isPage(request) });
  });
}

function mountTokens(mount: RouteMount, parts: AuthRouteParts): void {
  const { auth } = parts;
  mount(refreshSession, async ({ body, request, reply }) => {
    requireOwnPage(parts, request.headers);
    const byCookie = body.refreshToken === undefined;
    const token = body.refreshToken ?? readCookie(request.headers, "refresh");
    if (token === undefined) throw badRequest("refreshToken: send the refresh token of your session.");
    const { organizationId: orgId } = body;
    const session = await auth.sessions.refresh(token, orgId === undefined ? {} : { orgId });
    return answer(parts, session, { reply, isPage: byCookie });
  });
  mount(signOut, async ({ body, request, reply, principal }) => {
    requireOwnPage(parts, request.headers);
    const token = body.refreshToken ?? readCookie(request.headers, "refresh");
    if (token !== undefined) await auth.sessions.endByToken(token);
    else if (principal?.kind === "user") {
      await auth.endOwnSession({ principal, actor: actorOf(principal) }, principal.sessionId);
    }
    void reply.header("set-cookie", endedCookies(auth.isSecure));
    return { done: true as const };
  });
}

function mountMails(mount: RouteMount, parts: AuthRouteParts): void {
  const { auth } = parts;
  mount(requestPasswordReset, async ({ body }) => {
    auth.requestPasswordReset(body.email);
    return { done: true as const };
  });
  mount(resetPassword, async ({ body }) => {
    await auth.resetPassword(body.token, body.password);
    return { done: true as const };
  });
  mount(verifyEmail, async ({ body }) => {
    await auth.verifyEmail(body.token);
    return { done: true as const };
  });
}

function mountSingleSignOn(mount: RouteMount, parts: AuthRouteParts): void {
  const { auth } = parts;
  const callbackUrl = (request: FastifyRequest) => {
    const origin = parts.originFor(request.headers);
    if (auth.singleSignOn === undefined || origin === undefined) {
      throw new AppError("not_found", { publicMessage: "Single sign-on is not set up here: OIDC_ISSUER is not set." });
    }
    return { singleSignOn: auth.singleSignOn, url: new URL(finishSingleSignOn.path, origin) };
  };
  mount(startSingleSignOn, async ({ request, reply }) => {
    const { singleSignOn, url } = callbackUrl(request);
    const { location, kept } = await singleSignOn.start(url.href);
    return reply.header("set-cookie", signOnCookie(kept, auth.isSecure)).redirect(location);
  });
  mount(finishSingleSignOn, async ({ request, reply }) => {
    const { singleSignOn, url } = callbackUrl(request);
    url.search = new URL(request.url, url).search;
    const kept = readCookie(request.headers, "signOn");
    const session = await singleSignOn.finish({ url, kept, device: deviceOf(request) });
    const cookies = [...auth.cookiesOf(session), signOnCookie("", auth.isSecure)];
    return reply.header("set-cookie", cookies).redirect("/");
  });
}

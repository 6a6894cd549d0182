import type { IncomingHttpHeaders } from "node:http";
import { finishOauth, listForeignCalendars, startOauth } from "@parley/contract/connections";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { CalendarProvider } from "../calendars/calendar.port.ts";
import type { Connections } from "./connection-parts.ts";
import { type ConsentResult, consentSeconds, type OauthConsent } from "./oauth-consent.ts";

export interface OauthRouteParts {
  readonly connections: Pick<Connections, "get">;
  readonly oauthConsent: OauthConsent;
  /** As the browser knows us; undefined for a name that is not ours. */
  readonly originFor: (headers: IncomingHttpHeaders) => string | undefined;
  /** Speaks for a connected account. Throws AppError `not_found` for one that has no calendars. */
  readonly calendarProviderOf: (account: { orgId: string; connectionId: string }) => Promise<CalendarProvider>;
}

const cookieName = "parley_consent";
const path = "/api/v1/connections/oauth";

// The vendor's redirect comes from another site: a strict cookie would stay at home.
const cookie = (value: string, { seconds, isSecure }: { seconds: number; isSecure: boolean }) =>
  `${cookieName}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;

const browserOf = ({ cookie: cookies = "" }: IncomingHttpHeaders) =>
  cookies
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function page(result: ConsentResult): string {
  const title = result.ok ? `${result.vendorName} is connected` : "Nothing was connected";
  const words = result.ok ? `${result.account} can be used now. You may close this page.` : result.problem;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><h1>${escape(title)}</h1><p>${escape(words)}</p><p><a href="/">Back to the dashboard</a></p></html>`;
}

export function mountOauthRoutes(mount: RouteMount, parts: OauthRouteParts): void {
  const originOf = (headers: IncomingHttpHeaders) => {
    const origin = parts.originFor(headers);
    if (origin !== undefined) return origin;
    throw new AppError("bad_request", {
      publicMessage:
        "The vendor could not send you back: the operator sets PUBLIC_URL, or you open this machine by its own name.",
    });
  };

  mount(startOauth, async ({ orgId, principal, params, body, request, reply }) => {
    if (principal.kind !== "user") {
      throw new AppError("forbidden", {
        publicMessage: "A consent is a person's: sign in, an API key cannot give it.",
      });
    }
    const origin = originOf(request.headers);
    const beginning = { orgId, userId: principal.userId, vendor: params.vendor, wish: body };
    const begun = await parts.oauthConsent.start({ ...beginning, redirectUri: `${origin}${path}/callback` });
    const isSecure = origin.startsWith("https:");
    void reply.header("set-cookie", cookie(begun.browser, { seconds: consentSeconds, isSecure }));
    return { url: begun.url, expiresAt: begun.expiresAt };
  });

  mount(finishOauth, async ({ query, principal, request, reply, signal }) => {
    const origin = originOf(request.headers);
    const result = await parts.oauthConsent.finish({
      ...{ state: query.state, code: query.code, error: query.error, signal },
      browser: browserOf(request.headers),
      userId: principal?.kind === "user" ? principal.userId : undefined,
      redirectUri: `${origin}${path}/callback`,
    });
    const gone = cookie("", { seconds: 0, isSecure: origin.startsWith("https:") });
    // The address holds a code: it is told to nobody, and kept by nobody.
    void reply.header("set-cookie", gone).header("referrer-policy", "no-referrer").header("cache-control", "no-store");
    if (!result.ok) void reply.code(400);
    return page(result);
  });

  mount(listForeignCalendars, async ({ orgId, params, signal }) => {
    await parts.connections.get({ orgId, id: params.id });
    try {
      const provider = await parts.calendarProviderOf({ orgId, connectionId: params.id });
      const items = await provider.listCalendars(signal);
      return { items: items.map((item) => ({ ...item, timeZone: item.timeZone ?? null })) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const words = error.vendorMessage ?? error.message;
      if (error.category === "auth")
        throw new AppError("conflict", { publicMessage: `The account is refused: ${words}` });
      throw new AppError("provider_failed", {
        publicMessage: `Its calendars could not be read: ${words}`,
        family: "operational",
      });
    }
  });
}

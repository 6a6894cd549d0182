/** A stand-in for Google: consent, tokens, calendars. One origin for all of Google's hosts. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createDeedFaults, type DeedFault, type DeedFaults, strike } from "../control/deed-faults.ts";
import { closeServer, listenOnLoopback } from "../control/loopback.ts";
import { parseJson, readBody, sendJson } from "../control/settings.ts";
import { GoogleCalendars, type GoogleEvent, rangeOf, refusal } from "./calendars.ts";
import { GoogleAccounts, GoogleRefusal } from "./oauth.ts";

export type GoogleOptions = {
  readonly port?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly account?: string;
  /** The first is the primary one. */
  readonly calendarIds?: readonly string[];
  /** Events on a page; Google's own is 250. */
  readonly pageSize?: number;
  /** Answers what is no calendar: undefined leaves it unknown. */
  readonly more?: (asked: GoogleAsked) => unknown;
};

export type GoogleAsked = {
  readonly method: string;
  /** Below the origin, decoded piece by piece. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly scopes: readonly string[];
};

export type GoogleStandIn = {
  readonly url: string;
  readonly accounts: GoogleAccounts;
  readonly calendars: GoogleCalendars;
  setFaults(faults: readonly DeedFault[]): void;
  close(): Promise<void>;
};

type Scene = {
  readonly accounts: GoogleAccounts;
  readonly calendars: GoogleCalendars;
  readonly faults: DeedFaults;
  readonly options: GoogleOptions;
};

const calendarScope = "https://www.googleapis.com/auth/calendar";

export async function startGoogle(options: GoogleOptions = {}): Promise<GoogleStandIn> {
  const { clientId = "google-client", clientSecret = "google-secret", account = "owner@example.com" } = options;
  const accounts = new GoogleAccounts({ clientId, clientSecret, account });
  const calendars = new GoogleCalendars(options.calendarIds ?? [account], (channel) => {
    const headers = { "x-goog-channel-id": channel.id, "x-goog-channel-token": channel.token };
    fetch(channel.address, { method: "POST", headers: { ...headers, "x-goog-resource-state": "exists" } }).catch(
      () => {},
    );
  });
  const faults = createDeedFaults();
  const scene = { accounts, calendars, faults, options };
  const server = createServer((request, response) => {
    answer(scene, request, response).catch(() => response.destroy());
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(server, options.port)}`;
  return { url, accounts, calendars, setFaults: faults.set, close: () => closeServer(server) };
}

async function answer(scene: Scene, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const text = await readBody(request);
  try {
    if (url.pathname === "/o/oauth2/v2/auth") {
      response.writeHead(302, { location: scene.accounts.authorize(url.searchParams) }).end();
      return;
    }
    if (url.pathname === "/token") return sendJson(response, 200, scene.accounts.token(new URLSearchParams(text)));
    if (url.pathname === "/revoke")
      return sendJson(response, 200, scene.accounts.revoke(new URLSearchParams(text).get("token") ?? ""));
    answerApi(scene, { request, response, url, text });
  } catch (error) {
    if (!(error instanceof GoogleRefusal)) throw error;
    sendJson(response, error.status, error.body);
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly text: string;
};

const wordsOf: Readonly<Record<number, readonly [string, string]>> = {
  403: ["rateLimitExceeded", "Rate Limit Exceeded"],
  429: ["rateLimitExceeded", "Rate Limit Exceeded"],
  500: ["backendError", "Backend Error"],
};

function fail(fault: DeedFault, response: ServerResponse): void {
  if (strike(fault, response)) return;
  const status = Number(fault.how);
  if (fault.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(fault.retryAfterSeconds));
  const [reason, message] = wordsOf[status] ?? ["backendError", "Backend Error"];
  sendJson(response, status, refusal(status, reason, message).body);
}

function answerApi(scene: Scene, { request, response, url, text }: Exchange): void {
  const method = request.method ?? "GET";
  const before = scene.faults.take("before", method);
  if (before !== undefined) return fail(before, response);
  const scopes = scene.accounts.scopesOf(request.headers.authorization);
  if (scopes === undefined) throw refusal(401, "authError", "Invalid Credentials");
  const path = url.pathname.split("/").slice(1).map(decodeURIComponent);
  const asked = { method, path, query: url.searchParams, body: text === "" ? undefined : parseJson(text), scopes };
  const result = runApi(scene, asked, request.headers["if-match"]);
  const after = scene.faults.take("after", method);
  if (after !== undefined) return fail(after, response);
  if (result === null) response.writeHead(204).end();
  else sendJson(response, 200, result);
}

function runApi(scene: Scene, asked: GoogleAsked, ifMatch: string | undefined): unknown {
  const { path, method, scopes } = asked;
  if (path[0] !== "calendar") {
    const result = scene.options.more?.(asked);
    if (result === undefined) throw refusal(404, "notFound", "Not Found");
    return result;
  }
  const isAllowed = scopes.some((scope) => scope.startsWith(calendarScope));
  if (!isAllowed) throw refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.");
  const [, , kind, calendarId = "", , eventId = ""] = path;
  if (kind === "freeBusy") return freeBusy(scene, asked.body as FreeBusyWish);
  if (kind === "users") return listCalendars(scene);
  if (eventId === "watch") return scene.calendars.watch(calendarId, asked.body as never);
  const wish = (asked.body ?? {}) as Partial<GoogleEvent>;
  switch (`${method} ${eventId === "" ? "events" : "event"}`) {
    case "GET events":
      return listEvents(scene, calendarId, asked.query);
    case "POST events":
      return scene.calendars.insert(calendarId, wish);
    case "GET event":
      return scene.calendars.get(calendarId, eventId);
    case "PATCH event":
      return scene.calendars.patch(calendarId, eventId, { change: wish, ifMatch });
    case "DELETE event":
      scene.calendars.remove(calendarId, eventId, ifMatch);
      return null;
    default:
      throw refusal(404, "notFound", "Not Found");
  }
}

const listCalendars = ({ calendars, options }: Scene) => ({
  kind: "calendar#calendarList",
  items: calendars.calendarIds.map((id, at) => ({
    ...{ kind: "calendar#calendarListEntry", id, summary: id, timeZone: "UTC", accessRole: "owner" },
    ...(at === 0 ? { primary: true, summary: options.account ?? id } : {}),
  })),
});

function listEvents({ calendars, options }: Scene, calendarId: string, query: URLSearchParams) {
  const { items, nextSyncToken } = calendars.list(calendarId, query);
  const size = Math.min(Number(query.get("maxResults") ?? 250), options.pageSize ?? 250);
  const from = Number(query.get("pageToken") ?? 0);
  const page = { kind: "calendar#events", timeZone: "UTC", items: items.slice(from, from + size) };
  return from + size < items.length ? { ...page, nextPageToken: String(from + size) } : { ...page, nextSyncToken };
}

type FreeBusyWish = { timeMin: string; timeMax: string; items?: { id: string }[] };

function freeBusy({ calendars }: Scene, wish: FreeBusyWish) {
  const query = new URLSearchParams({ timeMin: wish.timeMin, timeMax: wish.timeMax });
  const busyOf = (id: string) => {
    try {
      const { items } = calendars.list(id, query);
      const busy = items.filter((event) => event.transparency !== "transparent").map(rangeOf);
      const iso = (atMs: number) => new Date(atMs).toISOString();
      return { busy: busy.map(({ startMs, endMs }) => ({ start: iso(startMs), end: iso(endMs) })) };
    } catch {
      return { busy: [], errors: [{ domain: "global", reason: "notFound" }] };
    }
  };
  const found = Object.fromEntries((wish.items ?? []).map(({ id }) => [id, busyOf(id)]));
  return { kind: "calendar#freeBusy", timeMin: wish.timeMin, timeMax: wish.timeMax, calendars: found };
}

/** A stand-in for Microsoft: consent, tokens, and Graph's calendars. One origin for both of its hosts. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createDeedFaults, type DeedFault, type DeedFaults, strike } from "../control/deed-faults.ts";
import { closeServer, listenOnLoopback } from "../control/loopback.ts";
import { parseJson, readBody, sendJson } from "../control/settings.ts";
import { type GraphEvent, GraphEvents, refusal } from "./events.ts";
import { MicrosoftAccounts, MicrosoftRefusal } from "./oauth.ts";

export type MicrosoftOptions = {
  readonly port?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly account?: string;
  /** The first is the default one. */
  readonly calendarIds?: readonly string[];
  /** Events on a page at most. */
  readonly pageSize?: number;
};

export type MicrosoftStandIn = {
  readonly url: string;
  readonly accounts: MicrosoftAccounts;
  readonly events: GraphEvents;
  setFaults(faults: readonly DeedFault[]): void;
  close(): Promise<void>;
};

type Subscription = {
  readonly id: string;
  readonly calendarId: string;
  readonly url: string;
  readonly clientState: string;
};
type Scene = {
  readonly accounts: MicrosoftAccounts;
  readonly events: GraphEvents;
  readonly faults: DeedFaults;
  readonly options: MicrosoftOptions;
  readonly subscriptions: Subscription[];
  origin: string;
};

export async function startMicrosoft(options: MicrosoftOptions = {}): Promise<MicrosoftStandIn> {
  const { clientId = "microsoft-client", clientSecret = "microsoft-secret", account = "owner@example.com" } = options;
  const accounts = new MicrosoftAccounts({ clientId, clientSecret, account });
  const subscriptions: Subscription[] = [];
  const events = new GraphEvents(options.calendarIds ?? ["AQMkDefault"], (calendarId, id) => {
    for (const subscription of subscriptions) if (subscription.calendarId === calendarId) tell(subscription, id);
  });
  const faults = createDeedFaults();
  const scene: Scene = { accounts, events, faults, options, subscriptions, origin: "" };
  const server = createServer((request, response) => {
    answer(scene, request, response).catch(() => response.destroy());
  });
  scene.origin = `http://127.0.0.1:${await listenOnLoopback(server, options.port)}`;
  return { url: scene.origin, accounts, events, setFaults: faults.set, close: () => closeServer(server) };
}

function tell({ id: subscriptionId, url, clientState }: Subscription, id: string): void {
  const value = [{ subscriptionId, clientState, changeType: "updated", resource: `Users/x/Events/${id}` }];
  const headers = { "content-type": "application/json" };
  fetch(url, { method: "POST", headers, body: JSON.stringify({ value }) }).catch(() => {});
}

async function answer(scene: Scene, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const text = await readBody(request);
  try {
    if (url.pathname.endsWith("/oauth2/v2.0/authorize")) {
      response.writeHead(302, { location: scene.accounts.authorize(url.searchParams) }).end();
      return;
    }
    if (url.pathname.endsWith("/oauth2/v2.0/token"))
      return sendJson(response, 200, scene.accounts.token(new URLSearchParams(text)));
    await answerGraph(scene, { request, response, url, text });
  } catch (error) {
    if (!(error instanceof MicrosoftRefusal)) throw error;
    sendJson(response, error.status, error.body);
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly text: string;
};

const codes: Readonly<Record<number, string>> = { 429: "ApplicationThrottled", 503: "ServiceUnavailable" };

function fail(fault: DeedFault, response: ServerResponse): void {
  if (strike(fault, response)) return;
  const status = Number(fault.how);
  if (fault.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(fault.retryAfterSeconds));
  sendJson(response, status, refusal(status, codes[status] ?? "InternalServerError", "The service failed.").body);
}

async function answerGraph(scene: Scene, { request, response, url, text }: Exchange): Promise<void> {
  const method = request.method ?? "GET";
  const before = scene.faults.take("before", method);
  if (before !== undefined) return fail(before, response);
  const scopes = scene.accounts.scopesOf(request.headers.authorization);
  if (scopes === undefined)
    throw refusal(401, "InvalidAuthenticationToken", "Access token has expired or is not valid.");
  if (!scopes.some((scope) => scope.toLowerCase().endsWith("calendars.readwrite")))
    throw refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");
  const path = url.pathname.split("/").slice(2).map(decodeURIComponent);
  const body = text === "" ? undefined : parseJson(text);
  const asked = { method, path, query: url.searchParams, body, ifMatch: request.headers["if-match"] };
  const { status, result } = await runGraph(scene, asked);
  const after = scene.faults.take("after", method);
  if (after !== undefined) return fail(after, response);
  if (status === 204) response.writeHead(204).end();
  else sendJson(response, status, result);
}

type Asked = {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
};

async function runGraph(scene: Scene, asked: Asked): Promise<{ status: number; result?: unknown }> {
  const { method, path, query } = asked;
  const [root, kind, id = "", sub = "", delta = ""] = path;
  if (root === "subscriptions" && method === "POST") return { status: 201, result: await subscribe(scene, asked.body) };
  if (root !== "me") throw refusal(404, "ResourceNotFound", "Resource not found for the segment.");
  if (kind === "events" && id !== "") return runEvent(scene, id, asked);
  if (kind !== "calendars") throw refusal(404, "ResourceNotFound", "Resource not found for the segment.");
  if (id === "") return { status: 200, result: { value: listCalendars(scene) } };
  if (sub === "events" && method === "POST") {
    return { status: 201, result: scene.events.create(id, (asked.body ?? {}) as Partial<GraphEvent>) };
  }
  if (sub === "events")
    return { status: 200, result: page(scene, scene.events.filter(id, query.get("$filter") ?? ""), asked) };
  if (sub === "calendarView" && delta === "")
    return { status: 200, result: page(scene, scene.events.view(id, query), asked) };
  if (sub !== "calendarView") throw refusal(404, "ResourceNotFound", "Resource not found for the segment.");
  for (const option of ["$expand", "$filter", "$select", "$orderby"]) {
    if (query.has(option)) throw refusal(400, "ErrorInvalidUrlQuery", `${option} is not supported with delta.`);
  }
  const { items, token } = scene.events.delta(id, query);
  const result = page(scene, items, asked);
  if ("@odata.nextLink" in result) return { status: 200, result };
  const link = `${scene.origin}/v1.0/me/calendars/${encodeURIComponent(id)}/calendarView/delta?$deltatoken=${token}`;
  return { status: 200, result: { ...result, "@odata.deltaLink": link } };
}

function runEvent(
  { events }: Scene,
  id: string,
  { method, body, ifMatch }: Asked,
): { status: number; result?: unknown } {
  if (method === "GET") return { status: 200, result: events.get(id) };
  if (method === "PATCH")
    return { status: 200, result: events.update(id, { change: body as Partial<GraphEvent>, ifMatch }) };
  if (method !== "DELETE") throw refusal(405, "MethodNotAllowed", "The method is not allowed.");
  events.remove(id, ifMatch);
  return { status: 204 };
}

const listCalendars = ({ events }: Scene) =>
  events.calendarIds.map((id, at) => ({
    id,
    name: at === 0 ? "Calendar" : id,
    canEdit: true,
    isDefaultCalendar: at === 0,
  }));

function page<T>({ origin, options }: Scene, items: readonly T[], { path, query }: Asked) {
  const size = options.pageSize ?? 100;
  const from = Number(query.get("$skip") ?? 0);
  const value = items.slice(from, from + size);
  if (from + size >= items.length) return { value };
  const next = new URLSearchParams(query);
  next.set("$skip", String(from + size));
  return { value, "@odata.nextLink": `${origin}/v1.0/${path.map(encodeURIComponent).join("/")}?${next.toString()}` };
}

/** The address is asked to echo a token before it is told anything. */
async function subscribe(scene: Scene, body: unknown): Promise<unknown> {
  const {
    notificationUrl = "",
    resource = "",
    clientState = "",
    expirationDateTime = "",
  } = (body ?? {}) as Record<string, string>;
  const calendarId = /^\/?me\/calendars\/([^/]+)\/events$/.exec(resource)?.[1];
  if (calendarId === undefined) throw refusal(400, "InvalidRequest", "The resource is not supported.");
  if (!(Date.parse(expirationDateTime) - Date.now() < 10_071 * 60_000))
    throw refusal(400, "ValidationError", "Subscription expiration can only be 10070 minutes in the future.");
  const token = `Validation: Testing client application reachability ${randomUUID()}`;
  const echoed = await fetch(`${notificationUrl}?validationToken=${encodeURIComponent(token)}`, {
    method: "POST",
    headers: { "content-type": "text/plain; charset=utf-8" },
  }).then(
    async (response) => response.status === 200 && (await response.text()) === token,
    () => false,
  );
  if (!echoed) throw refusal(400, "ValidationError", "Subscription validation request failed.");
  const subscription = { id: randomUUID(), calendarId, url: notificationUrl, clientState };
  scene.subscriptions.push(subscription);
  return { id: subscription.id, resource, notificationUrl, clientState, expirationDateTime };
}

/** A CalDAV server's calendars. An event's name is ours, so that writing twice finds what the first write left. */
import { createHash } from "node:crypto";
import type {
  CalendarAccess,
  CalendarChanges,
  CalendarProvider,
  CalendarRange,
  ExternalEvent,
  ForeignCalendar,
  NewEvent,
} from "../../features/calendars/calendar.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { freshCursor, keepCursor, readCursor } from "../calendar-cursor.ts";
import {
  type AskDav,
  createDavRequest,
  type DavFetch,
  largestCalendar,
  readMultistatus,
  textOf,
  unreadable,
} from "./dav-request.ts";
import { type CalendarFile, eventsOf } from "./events-of-files.ts";
import { applyWish, emptyFile, eventsIn, parseFile, uidOf } from "./ical-events.ts";

const dayMs = 86_400_000;
const yearMs = 366 * dayMs;
/** Only what is asked behind the calls is about more days than this. */
const shortMs = 40 * dayMs;
const xml = { "content-type": "application/xml; charset=utf-8" };
const spaces =
  'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" xmlns:i="http://apple.com/ns/ical/"';
const propfind = (props: string) => `<?xml version="1.0"?><d:propfind ${spaces}><d:prop>${props}</d:prop></d:propfind>`;
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const query = (filter: string) =>
  `<?xml version="1.0"?><c:calendar-query ${spaces}><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>` +
  `<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">${filter}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`;

interface Line {
  readonly ask: AskDav;
  readonly base: string;
  readonly clock: Clock;
}

const statusOf = (error: unknown) => (error instanceof ProviderError ? error.status : undefined);

interface Question {
  readonly url: string;
  readonly depth: 0 | 1;
  readonly props: string;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

async function find(line: Line, { depth, props, ...asked }: Question) {
  const headers = { ...xml, depth: String(depth) };
  const answer = await line.ask({ ...asked, method: "PROPFIND", headers, body: propfind(props) });
  return readMultistatus(answer).map((resource) => ({ ...resource, href: new URL(resource.href, answer.url).href }));
}

const hrefIn = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null ? textOf(Reflect.get(value, "href")) : undefined;

/** A property's address at the first of the places that tells it. */
async function discover(
  line: Line,
  asked: { urls: readonly string[]; prop: string; name: string; signal: AbortSignal },
) {
  let failure: Error = unreadable();
  for (const url of asked.urls) {
    try {
      const [resource] = await find(line, { url, depth: 0, props: asked.prop, signal: asked.signal });
      const href = hrefIn(resource?.props[asked.name]);
      if (href !== undefined) return new URL(href, resource?.href).href;
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined || status === 401 || status === 403) throw error;
      if (error instanceof Error) failure = error;
    }
  }
  throw failure;
}

async function listCalendars(line: Line, signal: AbortSignal): Promise<ForeignCalendar[]> {
  const urls = [line.base, new URL("/.well-known/caldav", line.base).href];
  const principal = await discover(line, {
    ...{ urls, prop: "<d:current-user-principal/>", name: "current-user-principal", signal },
  });
  const home = await discover(line, {
    ...{ urls: [principal], prop: "<c:calendar-home-set/>", name: "calendar-home-set", signal },
  });
  const props =
    "<d:resourcetype/><d:displayname/><c:calendar-timezone/><c:supported-calendar-component-set/><d:current-user-privilege-set/>";
  const found = await find(line, { url: home, depth: 1, props, signal });
  return found.filter(isEventCalendar).map(({ href, props: told }, at) => ({
    id: new URL(href).origin === new URL(line.base).origin ? new URL(href).pathname : href,
    name: textOf(told["displayname"]) ?? decodeURIComponent(new URL(href).pathname.split("/").at(-2) ?? ""),
    isPrimary: at === 0,
    canWrite: mayWrite(told["current-user-privilege-set"]),
  }));
}

function isEventCalendar({ props }: { props: Readonly<Record<string, unknown>> }): boolean {
  const type = props["resourcetype"];
  if (typeof type !== "object" || type === null || !("calendar" in type)) return false;
  const components = JSON.stringify(props["supported-calendar-component-set"] ?? "VEVENT");
  return components.includes("VEVENT");
}

const mayWrite = (privileges: unknown) =>
  privileges === undefined || /"(all|write|write-content|bind)"/.test(JSON.stringify(privileges));

const collectionUrl = (line: Line, calendarId: string) =>
  new URL(calendarId.endsWith("/") ? calendarId : `${calendarId}/`, line.base).href;
const objectUrl = (line: Line, calendarId: string, appointmentId: string) =>
  new URL(`${uidOf(appointmentId)}.ics`, collectionUrl(line, calendarId)).href;
const idOf = (line: Line, href: string) => {
  const url = new URL(href, line.base);
  return url.origin === new URL(line.base).origin ? url.pathname : url.href;
};

interface Search {
  readonly filter: string;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

async function report(line: Line, calendarId: string, { filter, ...asked }: Search) {
  const url = collectionUrl(line, calendarId);
  const headers = { ...xml, depth: "1" };
  const answer = await line.ask({ ...asked, method: "REPORT", url, headers, body: query(filter) });
  return readMultistatus(answer).map(({ href, props }) => ({
    href: idOf(line, new URL(href, answer.url).href),
    etag: textOf(props["getetag"]),
    text: textOf(props["calendar-data"]) ?? "",
  }));
}

const stamp = (atMs: number) => new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");

async function listEvents(
  line: Line,
  calendarId: string,
  { range, signal }: { range: CalendarRange; signal: AbortSignal },
) {
  const filter = `<c:time-range start="${stamp(range.startMs)}" end="${stamp(range.endMs)}"/>`;
  const more = range.endMs - range.startMs > shortMs ? { maxBytes: largestCalendar } : {};
  const files = await report(line, calendarId, { filter, signal, ...more });
  return await eventsOf(files, { range, clock: line.clock, signal });
}

async function getFile(line: Line, url: string, signal: AbortSignal): Promise<CalendarFile | undefined> {
  try {
    const { body, headers } = await line.ask({ method: "GET", url, signal });
    return { href: idOf(line, url), etag: headers["etag"], text: body.toString("utf8") };
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 410) return undefined;
    throw error;
  }
}

const always = { startMs: 0, endMs: 8.64e15 };

function asEvent(file: CalendarFile): ExternalEvent | undefined {
  const source = { href: file.href, etag: file.etag, homeZone: "UTC" };
  const [event] = eventsIn(file.text, { source, range: always });
  return event === undefined ? undefined : { ...event, externalId: file.href };
}

/** By its name, or, when a program has given it another, by what it says of itself. */
async function findFile(line: Line, calendarId: string, asked: { appointmentId: string; signal: AbortSignal }) {
  const { appointmentId, signal } = asked;
  const named = await getFile(line, objectUrl(line, calendarId, appointmentId), signal);
  if (named !== undefined) return named;
  const uid = escaped(uidOf(appointmentId));
  const filter = `<c:prop-filter name="UID"><c:text-match collation="i;octet">${uid}</c:text-match></c:prop-filter>`;
  const [found] = await report(line, calendarId, { filter, signal });
  return found;
}

interface Put {
  readonly url: string;
  readonly calendar: ReturnType<typeof emptyFile>;
  readonly event: NewEvent;
  readonly condition: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function put(line: Line, { url, calendar, event, condition, signal }: Put): Promise<ExternalEvent> {
  const body = applyWish(calendar, event, line.clock.wallNow());
  const headers = { "content-type": "text/calendar; charset=utf-8", ...condition };
  const answer = await line.ask({ method: "PUT", url, headers, body, signal });
  // Not every server tells it: it may have changed what it was given.
  const etag = answer.headers["etag"] ?? (await getFile(line, url, signal))?.etag;
  const { startMs, endMs, appointmentId } = event;
  const written = { externalId: idOf(line, url), startMs, endMs, appointmentId, isBusy: true };
  return { ...written, ...(etag === undefined ? {} : { etag }) };
}

async function createEvent(
  line: Line,
  calendarId: string,
  { event, signal }: { event: NewEvent; signal: AbortSignal },
) {
  const url = objectUrl(line, calendarId, event.appointmentId);
  try {
    return await put(line, { url, calendar: emptyFile(), event, condition: { "if-none-match": "*" }, signal });
  } catch (error) {
    if (statusOf(error) !== 412 && statusOf(error) !== 409) throw error;
    const { appointmentId } = event;
    const there = await findFile(line, calendarId, { appointmentId, signal });
    if (there === undefined) throw error;
    const same = asEvent(there);
    if (same?.startMs === event.startMs && same.endMs === event.endMs && same.isBusy) return same;
    return await rewrite(line, { file: there, event, etag: there.etag, signal });
  }
}

async function rewrite(
  line: Line,
  { file, event, etag, signal }: { file: CalendarFile; event: NewEvent; etag: string | undefined; signal: AbortSignal },
): Promise<ExternalEvent> {
  const calendar = parseFile(file.text);
  if (calendar === undefined) throw unreadable();
  const condition: Record<string, string> = etag === undefined ? {} : { "if-match": etag };
  return await put(line, { url: new URL(file.href, line.base).href, calendar, event, condition, signal });
}

type Move = NewEvent & { readonly externalId: string; readonly etag?: string };

async function moveEvent(line: Line, event: Move, signal: AbortSignal): Promise<ExternalEvent> {
  const file = await getFile(line, new URL(event.externalId, line.base).href, signal);
  if (file !== undefined) return await rewrite(line, { file, event, etag: event.etag ?? file.etag, signal });
  const about = { provider: "caldav", category: "bad-request", permanent: true, status: 404 } as const;
  throw new ProviderError("The event is gone.", about);
}

async function removeEvent(
  line: Line,
  calendarId: string,
  asked: { url: string; appointmentId: string; signal: AbortSignal },
) {
  const { signal } = asked;
  try {
    await line.ask({ method: "DELETE", url: asked.url, signal });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 410) throw error;
    const elsewhere = await findFile(line, calendarId, asked);
    const url = elsewhere && new URL(elsewhere.href, line.base).href;
    if (url !== undefined && url !== asked.url) await line.ask({ method: "DELETE", url, signal });
  }
}

/** What changes with every change in the calendar: the server's own tag, or one made of all of its files'. */
async function tagOf(line: Line, calendarId: string, signal: AbortSignal): Promise<string> {
  const url = collectionUrl(line, calendarId);
  const [collection] = await find(line, { url, depth: 0, props: "<cs:getctag/><d:sync-token/>", signal });
  const told = textOf(collection?.props["getctag"]) ?? textOf(collection?.props["sync-token"]);
  if (told !== undefined && told !== "") return told;
  const files = await find(line, { url, depth: 1, props: "<d:getetag/>", maxBytes: largestCalendar, signal });
  const tags = files.map(({ href, props }) => `${href} ${textOf(props["getetag"]) ?? ""}`).sort();
  return createHash("sha256").update(tags.join("\n")).digest("hex");
}

async function changesSince(
  line: Line,
  calendarId: string,
  { cursor, signal }: { cursor: string | undefined; signal: AbortSignal },
): Promise<CalendarChanges> {
  const nowMs = line.clock.wallNow();
  const known = readCursor(cursor, nowMs);
  // Asked before the events: what changes in between is seen next time.
  const tag = await tagOf(line, calendarId, signal);
  if (known?.token === tag) return { changed: [], removed: [], cursor: keepCursor(known, tag), isComplete: false };
  const range = { startMs: nowMs, endMs: nowMs + yearMs };
  const changed = await listEvents(line, calendarId, { range, signal });
  return { changed, removed: [], cursor: freshCursor(tag, nowMs), isComplete: true };
}

export function createCaldavCalendar(access: CalendarAccess, io: { clock: Clock; fetch: DavFetch }): CalendarProvider {
  const line: Line = { ask: createDavRequest(access, io.fetch), base: `${access.baseUrl}/`, clock: io.clock };
  return {
    vendor: "caldav",
    listCalendars: (signal) => listCalendars(line, signal),
    listEvents: (calendarId, range, signal) => listEvents(line, calendarId, { range, signal }),
    createEvent: (calendarId, event, signal) => createEvent(line, calendarId, { event, signal }),
    moveEvent: (_, event, signal) => moveEvent(line, event, signal),
    removeEvent: (calendarId, { externalId, appointmentId }, signal) =>
      removeEvent(line, calendarId, { url: new URL(externalId, line.base).href, appointmentId, signal }),
    async findEvent(calendarId, appointmentId, signal) {
      const file = await findFile(line, calendarId, { appointmentId, signal });
      return file === undefined ? undefined : asEvent(file);
    },
    changesSince: (calendarId, cursor, signal) => changesSince(line, calendarId, { cursor, signal }),
  };
}

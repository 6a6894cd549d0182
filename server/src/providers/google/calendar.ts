/** Google Calendar. The event's id is ours, so that writing twice finds what the first write left. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
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
import { type AskBearer, createBearerRequest, unreadable } from "../bearer-request.ts";
import { freshCursor, keepCursor, readCursor } from "../calendar-cursor.ts";
import type { ProviderIo } from "../provider.ts";
import {
  appointmentOf,
  calendarPage,
  categoryOf,
  type EventResource,
  eventBody,
  eventIdOf,
  eventPage,
  eventResource,
  isGone,
  toExternalEvent,
} from "./calendar-wire.ts";

const provider = "google";
export const googleApiUrl = "https://www.googleapis.com";
/** 250 events each: more than any calendar holds in a year. */
const maxPages = 60;
const yearMs = 366 * 86_400_000;

const channelResource = z.object({ id: z.string(), expiration: z.coerce.number().optional() });

interface Line {
  readonly ask: AskBearer;
  readonly io: ProviderIo;
  readonly root: string;
}

const eventsUrl = ({ root }: Line, calendarId: string) => `${root}/calendars/${encodeURIComponent(calendarId)}/events`;
const eventUrl = (line: Line, calendarId: string, id: string) =>
  `${eventsUrl(line, calendarId)}/${encodeURIComponent(id)}`;

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unreadable(provider);
  return parsed.data;
}

function asEvent(resource: EventResource): ExternalEvent {
  const event = toExternalEvent(resource);
  if (event === undefined) throw unreadable(provider);
  return event;
}

const statusOf = (error: unknown) => (error instanceof ProviderError ? error.status : undefined);

/** Undefined: never there. One that was deleted comes back as cancelled. */
async function getEvent(line: Line, calendarId: string, { id, signal }: { id: string; signal: AbortSignal }) {
  try {
    const { body } = await line.ask({ method: "GET", url: eventUrl(line, calendarId, id), signal });
    return read(eventResource, body);
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 410) return undefined;
    throw error;
  }
}

interface Written {
  readonly id: string;
  readonly event: NewEvent;
  readonly etag?: string | undefined;
  readonly signal: AbortSignal;
}

async function patchEvent(
  line: Line,
  calendarId: string,
  { id, event, etag, signal }: Written,
): Promise<ExternalEvent> {
  const { body } = await line.ask({
    ...{ method: "PATCH", url: `${eventUrl(line, calendarId, id)}?sendUpdates=none`, json: eventBody(event), signal },
    ...(etag === undefined ? {} : { headers: { "if-match": etag } }),
  });
  return asEvent(read(eventResource, body));
}

async function createEvent(line: Line, calendarId: string, wish: { event: NewEvent; signal: AbortSignal }) {
  const { event, signal } = wish;
  const id = eventIdOf(event.appointmentId);
  try {
    const url = `${eventsUrl(line, calendarId)}?sendUpdates=none`;
    const { body } = await line.ask({ method: "POST", url, json: { id, ...eventBody(event) }, signal });
    return asEvent(read(eventResource, body));
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    const there = await getEvent(line, calendarId, { id, signal });
    if (there === undefined) throw error;
    const same = toExternalEvent(there);
    if (!isGone(there) && same?.startMs === event.startMs && same.endMs === event.endMs) return same;
    return await patchEvent(line, calendarId, { id, event, etag: there.etag, signal });
  }
}

/** Calls `take` with every page; resolves with the last. */
async function everyPage(
  line: Line,
  asked: { calendarId: string; query: Record<string, string>; signal: AbortSignal },
) {
  const { calendarId, query, signal } = asked;
  const items: EventResource[] = [];
  let pageToken: string | undefined;
  for (let pages = 0; pages < maxPages; pages++) {
    const search = new URLSearchParams({
      ...{ maxResults: "250", singleEvents: "true", ...query },
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    const { body } = await line.ask({
      method: "GET",
      url: `${eventsUrl(line, calendarId)}?${search.toString()}`,
      signal,
    });
    const page = read(eventPage, body);
    items.push(...page.items);
    pageToken = page.nextPageToken;
    if (pageToken === undefined) return { items, timeZone: page.timeZone, syncToken: page.nextSyncToken };
  }
  throw unreadable(provider);
}

async function listEvents(
  line: Line,
  calendarId: string,
  { range, signal }: { range: CalendarRange; signal: AbortSignal },
) {
  const query = {
    timeMin: new Date(range.startMs).toISOString(),
    timeMax: new Date(range.endMs).toISOString(),
    orderBy: "startTime",
  };
  const { items, timeZone } = await everyPage(line, { calendarId, query, signal });
  return items
    .filter((item) => !isGone(item))
    .map((item) => toExternalEvent(item, timeZone))
    .filter((event) => event !== undefined);
}

async function changesSince(
  line: Line,
  calendarId: string,
  asked: { cursor: string | undefined; signal: AbortSignal },
) {
  const { signal } = asked;
  const nowMs = line.io.clock.wallNow();
  const known = readCursor(asked.cursor, nowMs);
  if (known !== undefined) {
    try {
      const found = await everyPage(line, { calendarId, query: { syncToken: known.token }, signal });
      return toChanges(found, { cursor: keepCursor(known, found.syncToken ?? known.token), isComplete: false });
    } catch (error) {
      if (statusOf(error) !== 410) throw error;
    }
  }
  const query = { timeMin: new Date(nowMs).toISOString() };
  const found = await everyPage(line, { calendarId, query, signal });
  if (found.syncToken === undefined) throw unreadable(provider);
  const coming = found.items.filter((item) => (toExternalEvent(item, found.timeZone)?.startMs ?? 0) < nowMs + yearMs);
  return toChanges({ ...found, items: coming }, { cursor: freshCursor(found.syncToken, nowMs), isComplete: true });
}

function toChanges(
  { items, timeZone }: { items: readonly EventResource[]; timeZone: string | undefined },
  about: Pick<CalendarChanges, "cursor" | "isComplete">,
): CalendarChanges {
  const gone = items.filter(isGone).map((item) => {
    const appointmentId = appointmentOf(item);
    return { externalId: item.id, ...(appointmentId === undefined ? {} : { appointmentId }) };
  });
  const changed = items
    .filter((item) => !isGone(item))
    .map((item) => toExternalEvent(item, timeZone))
    .filter((event) => event !== undefined);
  return { ...about, changed, removed: gone };
}

async function listCalendars(line: Line, signal: AbortSignal): Promise<ForeignCalendar[]> {
  const { body } = await line.ask({ method: "GET", url: `${line.root}/users/me/calendarList?maxResults=250`, signal });
  return read(calendarPage, body).items.map((item) => ({
    id: item.id,
    name: item.summaryOverride ?? item.summary,
    isPrimary: item.primary ?? false,
    canWrite: item.accessRole === "owner" || item.accessRole === "writer",
    ...(item.timeZone === undefined ? {} : { timeZone: item.timeZone }),
  }));
}

async function removeEvent(line: Line, calendarId: string, { id, signal }: { id: string; signal: AbortSignal }) {
  try {
    await line.ask({ method: "DELETE", url: `${eventUrl(line, calendarId, id)}?sendUpdates=none`, signal });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 410) throw error;
  }
}

export function createGoogleCalendar(access: CalendarAccess, io: ProviderIo): CalendarProvider {
  const ask = createBearerRequest({ provider, io, access, categoryOf });
  const line: Line = { ask, io, root: `${access.baseUrl}/calendar/v3` };
  return {
    vendor: provider,
    listCalendars: (signal) => listCalendars(line, signal),
    listEvents: (calendarId, range, signal) => listEvents(line, calendarId, { range, signal }),
    createEvent: (calendarId, event, signal) => createEvent(line, calendarId, { event, signal }),
    moveEvent: (calendarId, event, signal) =>
      patchEvent(line, calendarId, { id: event.externalId, event, etag: event.etag, signal }),
    removeEvent: (calendarId, { externalId }, signal) => removeEvent(line, calendarId, { id: externalId, signal }),
    async findEvent(calendarId, appointmentId, signal) {
      const there = await getEvent(line, calendarId, { id: eventIdOf(appointmentId), signal });
      return there === undefined || isGone(there) ? undefined : asEvent(there);
    },
    changesSince: (calendarId, cursor, signal) => changesSince(line, calendarId, { cursor, signal }),
    watch: (calendarId, { address, token }, signal) => watch(line, calendarId, { address, token, signal }),
  };
}

const weekSeconds = 7 * 86_400;

async function watch(line: Line, calendarId: string, to: { address: string; token: string; signal: AbortSignal }) {
  const { address, token, signal } = to;
  const wish = { id: randomUUID(), type: "web_hook", address, token, params: { ttl: String(weekSeconds) } };
  const { body } = await line.ask({ method: "POST", url: `${eventsUrl(line, calendarId)}/watch`, json: wish, signal });
  const { id, expiration } = read(channelResource, body);
  return { channelId: id, expiresAtMs: expiration ?? line.io.clock.wallNow() + weekSeconds * 1000 };
}

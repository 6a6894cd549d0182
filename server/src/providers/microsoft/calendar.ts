/** Microsoft 365's calendars, by Graph. A repeated write is known by its transaction; ids are asked for that outlive a move. */
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
import { type AskBearer, type BearerRequest, createBearerRequest, unreadable } from "../bearer-request.ts";
import { freshCursor, keepCursor, readCursor } from "../calendar-cursor.ts";
import type { ProviderIo } from "../provider.ts";
import {
  calendarPage,
  duplicateOf,
  type EventResource,
  eventBody,
  eventPage,
  eventResource,
  expandMark,
  isGone,
  markId,
  newEventBody,
  toExternalEvent,
} from "./calendar-wire.ts";

const provider = "microsoft";
export const graphUrl = "https://graph.microsoft.com";
const maxPages = 150;
const yearMs = 366 * 86_400_000;
/** More changes than this at once are read as a list. */
const fewChanges = 20;
/** What the vendor allows a subscription on events: just under seven days. */
const watchMs = 6 * 86_400_000;

const prefer = { prefer: 'IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=100' };

interface Line {
  readonly ask: AskBearer;
  readonly io: ProviderIo;
  readonly root: string;
}

const calendarUrl = ({ root }: Line, calendarId: string) => `${root}/me/calendars/${encodeURIComponent(calendarId)}`;
const eventUrl = ({ root }: Line, id: string) => `${root}/me/events/${encodeURIComponent(id)}`;
const withMark = `$expand=${encodeURIComponent(expandMark)}`;

const graph = (line: Line, request: Omit<BearerRequest, "headers"> & { etag?: string | undefined }) => {
  const { etag, ...rest } = request;
  return line.ask({ ...rest, headers: { ...prefer, ...(etag === undefined ? {} : { "if-match": etag }) } });
};

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

interface Listed {
  readonly items: readonly EventResource[];
  readonly deltaLink: string | undefined;
}

/** A next link that leads elsewhere is not followed: the token would go with it. */
async function everyPage(line: Line, firstUrl: string, signal: AbortSignal): Promise<Listed> {
  const items: EventResource[] = [];
  let url = firstUrl;
  for (let pages = 0; pages < maxPages; pages++) {
    if (!url.startsWith(`${line.root}/`)) throw unreadable(provider);
    const page = read(eventPage, (await graph(line, { method: "GET", url, signal })).body);
    items.push(...page.value);
    const next = page["@odata.nextLink"];
    if (next === undefined) return { items, deltaLink: page["@odata.deltaLink"] };
    url = next;
  }
  throw unreadable(provider);
}

const windowOf = ({ startMs, endMs }: CalendarRange) =>
  `startDateTime=${new Date(startMs).toISOString()}&endDateTime=${new Date(endMs).toISOString()}`;

async function listEvents(
  line: Line,
  calendarId: string,
  { range, signal }: { range: CalendarRange; signal: AbortSignal },
) {
  const url = `${calendarUrl(line, calendarId)}/calendarView?${windowOf(range)}&${withMark}&$top=100`;
  const { items } = await everyPage(line, url, signal);
  return items
    .filter((item) => !isGone(item))
    .map(toExternalEvent)
    .filter((event) => event !== undefined);
}

async function getEvent(line: Line, id: string, signal: AbortSignal): Promise<EventResource | undefined> {
  try {
    const { body } = await graph(line, { method: "GET", url: `${eventUrl(line, id)}?${withMark}`, signal });
    return read(eventResource, body);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function findEvent(line: Line, calendarId: string, asked: { appointmentId: string; signal: AbortSignal }) {
  const value = asked.appointmentId.replaceAll("'", "''");
  const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${markId}' and ep/value eq '${value}')`;
  const url = `${calendarUrl(line, calendarId)}/events?$filter=${encodeURIComponent(filter)}&${withMark}`;
  const { items } = await everyPage(line, url, asked.signal);
  return items.find((item) => !isGone(item));
}

interface Written {
  readonly id: string;
  readonly event: NewEvent;
  readonly etag?: string | undefined;
  readonly signal: AbortSignal;
}

async function patchEvent(line: Line, { id, event, etag, signal }: Written): Promise<ExternalEvent> {
  const url = eventUrl(line, id);
  const { body } = await graph(line, { method: "PATCH", url, json: eventBody(event), etag, signal });
  return { ...asEvent(read(eventResource, body)), appointmentId: event.appointmentId };
}

interface Creation {
  readonly event: NewEvent;
  /** The transaction before this one, whose event was deleted. */
  readonly after?: string;
  readonly signal: AbortSignal;
}

async function createEvent(line: Line, calendarId: string, { event, after, signal }: Creation): Promise<ExternalEvent> {
  const { appointmentId } = event;
  try {
    const url = `${calendarUrl(line, calendarId)}/events`;
    const { body } = await graph(line, { method: "POST", url, json: newEventBody(event, after), signal });
    return { ...asEvent(read(eventResource, body)), appointmentId };
  } catch (error) {
    const duplicate = error instanceof ProviderError ? duplicateOf(error.cause) : undefined;
    if (duplicate === undefined) throw error;
    const { existingId } = duplicate;
    const told = existingId === undefined ? undefined : await getEvent(line, existingId, signal);
    const there = told ?? (await findEvent(line, calendarId, { appointmentId, signal }));
    if (there === undefined && existingId !== undefined && after === undefined) {
      return await createEvent(line, calendarId, { event, after: existingId, signal });
    }
    if (there === undefined) throw error;
    const found = { ...asEvent(there), appointmentId };
    if (found.startMs === event.startMs && found.endMs === event.endMs) return found;
    return await patchEvent(line, { id: found.externalId, event, etag: found.etag, signal });
  }
}

/** The changes tell no properties of ours: each is read again, or all at once when there are many. */
async function readAgain(line: Line, calendarId: string, asked: { ids: readonly string[]; signal: AbortSignal }) {
  const { ids, signal } = asked;
  if (ids.length <= fewChanges) {
    const found: EventResource[] = [];
    for (const id of ids) {
      const event = await getEvent(line, id, signal);
      if (event !== undefined && !isGone(event)) found.push(event);
    }
    return found.map(toExternalEvent).filter((event) => event !== undefined);
  }
  const nowMs = line.io.clock.wallNow();
  const wanted = new Set(ids);
  const all = await listEvents(line, calendarId, { range: { startMs: nowMs, endMs: nowMs + yearMs }, signal });
  return all.filter(({ externalId }) => wanted.has(externalId));
}

async function changesSince(
  line: Line,
  calendarId: string,
  { cursor, signal }: { cursor: string | undefined; signal: AbortSignal },
): Promise<CalendarChanges> {
  const nowMs = line.io.clock.wallNow();
  const known = readCursor(cursor, nowMs);
  if (known !== undefined) {
    try {
      const { items, deltaLink } = await everyPage(line, known.token, signal);
      // A series tells of itself too; what is in it comes by itself.
      const single = items.filter(({ type }) => type !== "seriesMaster");
      const ids = single.filter((item) => !isGone(item)).map(({ id }) => id);
      const changed = await readAgain(line, calendarId, { ids, signal });
      const there = new Set(changed.map(({ externalId }) => externalId));
      const removed = single.filter(({ id }) => !there.has(id)).map(({ id }) => ({ externalId: id }));
      return { changed, removed, cursor: keepCursor(known, deltaLink ?? known.token), isComplete: false };
    } catch (error) {
      // 410, or 404 for a token that was forgotten.
      if (statusOf(error) !== 410 && statusOf(error) !== 404) throw error;
    }
  }
  const range = { startMs: nowMs, endMs: nowMs + yearMs };
  const { deltaLink } = await everyPage(
    line,
    `${calendarUrl(line, calendarId)}/calendarView/delta?${windowOf(range)}`,
    signal,
  );
  if (deltaLink === undefined) throw unreadable(provider);
  const changed = await listEvents(line, calendarId, { range, signal });
  return { changed, removed: [], cursor: freshCursor(deltaLink, nowMs), isComplete: true };
}

async function listCalendars(line: Line, signal: AbortSignal): Promise<ForeignCalendar[]> {
  const { body } = await graph(line, { method: "GET", url: `${line.root}/me/calendars?$top=100`, signal });
  return read(calendarPage, body).value.map((item) => ({
    ...{ id: item.id, name: item.name, isPrimary: item.isDefaultCalendar ?? false, canWrite: item.canEdit ?? true },
  }));
}

async function removeEvent(line: Line, { id, signal }: { id: string; signal: AbortSignal }): Promise<void> {
  try {
    await graph(line, { method: "DELETE", url: eventUrl(line, id), signal });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 410) throw error;
  }
}

const subscription = z.object({ id: z.string(), expirationDateTime: z.string() });

async function watch(line: Line, calendarId: string, to: { address: string; token: string; signal: AbortSignal }) {
  const { address, token, signal } = to;
  const wish = {
    ...{ changeType: "created,updated,deleted", notificationUrl: address, clientState: token },
    resource: `me/calendars/${calendarId}/events`,
    expirationDateTime: new Date(line.io.clock.wallNow() + watchMs).toISOString(),
  };
  const { body } = await graph(line, { method: "POST", url: `${line.root}/subscriptions`, json: wish, signal });
  const made = read(subscription, body);
  return { channelId: made.id, expiresAtMs: Date.parse(made.expirationDateTime) };
}

export function createMicrosoftCalendar(access: CalendarAccess, io: ProviderIo): CalendarProvider {
  const ask = createBearerRequest({ provider, io, access });
  const line: Line = { ask, io, root: `${access.baseUrl}/v1.0` };
  return {
    vendor: provider,
    listCalendars: (signal) => listCalendars(line, signal),
    listEvents: (calendarId, range, signal) => listEvents(line, calendarId, { range, signal }),
    createEvent: (calendarId, event, signal) => createEvent(line, calendarId, { event, signal }),
    moveEvent: (_, event, signal) => patchEvent(line, { id: event.externalId, event, etag: event.etag, signal }),
    removeEvent: (_, { externalId }, signal) => removeEvent(line, { id: externalId, signal }),
    async findEvent(calendarId, appointmentId, signal) {
      const there = await findEvent(line, calendarId, { appointmentId, signal });
      return there === undefined ? undefined : asEvent(there);
    },
    changesSince: (calendarId, cursor, signal) => changesSince(line, calendarId, { cursor, signal }),
    watch: (calendarId, { address, token }, signal) => watch(line, calendarId, { address, token, signal }),
  };
}

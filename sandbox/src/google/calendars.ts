/** Google Calendar's events in memory: ids that stay taken, etags, what changed since a token. Overlaps are never refused. */
import { randomBytes, randomUUID } from "node:crypto";
import { GoogleRefusal } from "./oauth.ts";

export type GoogleMoment = { dateTime?: string; date?: string; timeZone?: string };
export type GoogleEvent = {
  id: string;
  etag: string;
  status: string;
  sequence: number;
  updated: string;
  start: GoogleMoment;
  end: GoogleMoment;
  summary?: string;
  description?: string;
  location?: string;
  transparency?: string;
  attendees?: unknown[];
  extendedProperties?: { private?: Record<string, string> };
};
type Held = { readonly event: GoogleEvent; readonly version: number };
type Channel = { readonly id: string; readonly address: string; readonly token: string };
type Calendar = { readonly events: Map<string, Held>; readonly channels: Channel[]; readonly timeZone: string };

export const refusal = (status: number, reason: string, message: string) =>
  new GoogleRefusal(status, {
    error: { errors: [{ domain: "global", reason, message }], code: status, message },
  });

const offsetOrZone = (moment: GoogleMoment) => /(Z|[+-]\d\d:\d\d)$/.test(moment.dateTime ?? "") || moment.timeZone;

function requireTimes({ start, end }: Partial<GoogleEvent>): void {
  for (const moment of [start, end]) {
    if (moment?.date === undefined && moment?.dateTime === undefined)
      throw refusal(400, "required", "Missing start or end time.");
    if (moment.dateTime !== undefined && !offsetOrZone(moment))
      throw refusal(400, "invalid", "Missing time zone definition for start time.");
  }
  if (startOf(start) > startOf(end)) throw refusal(400, "timeRangeEmpty", "The specified time range is empty.");
}

/** Dates without hours are taken in UTC: a stand-in's calendar is there. */
const startOf = (moment: GoogleMoment | undefined) => Date.parse(moment?.dateTime ?? `${moment?.date}T00:00:00Z`);

export const rangeOf = (event: GoogleEvent) => ({ startMs: startOf(event.start), endMs: startOf(event.end) });

export function createGoogleCalendars(calendarIds: readonly string[], onChange: (channel: Channel) => void) {
  const calendars = new Map<string, Calendar>(
    calendarIds.map((id) => [id, { events: new Map(), channels: [], timeZone: "UTC" }]),
  );
  let version = 0;
  let forgottenBefore = 0;

  const calendarOf = (id: string): Calendar => {
    const found = calendars.get(id === "primary" ? (calendarIds[0] ?? "") : id);
    if (found === undefined) throw refusal(404, "notFound", "Not Found");
    return found;
  };
  const put = (calendar: Calendar, event: Omit<GoogleEvent, "etag" | "updated">): GoogleEvent => {
    version++;
    const whole = { ...event, etag: `"${3490 + version}"`, updated: new Date().toISOString() };
    calendar.events.set(event.id, { event: whole, version });
    for (const channel of calendar.channels) onChange(channel);
    return whole;
  };
  const held = (calendarId: string, id: string) => {
    const found = calendarOf(calendarId).events.get(id);
    if (found === undefined) throw refusal(404, "notFound", "Not Found");
    return found.event;
  };
  const requireMatch = (event: GoogleEvent, ifMatch: string | undefined) => {
    if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== event.etag)
      throw refusal(412, "conditionNotMet", "Precondition Failed");
  };

  return {
    calendarIds,
    calendarOf,
    /** Tokens given until now are known no more. */
    forgetSyncTokens() {
      forgottenBefore = version + 1;
      version++;
    },
    insert(calendarId: string, given: Partial<GoogleEvent>): GoogleEvent {
      const calendar = calendarOf(calendarId);
      requireTimes(given);
      const id = given.id ?? randomBytes(13).toString("hex");
      if (!/^[a-v0-9]{5,1024}$/.test(id)) throw refusal(400, "invalid", "Invalid resource id value.");
      if (calendar.events.has(id)) throw refusal(409, "duplicate", "The requested identifier already exists.");
      const { start = {}, end = {} } = given;
      return put(calendar, { ...given, id, start, end, status: given.status ?? "confirmed", sequence: 0 });
    },
    get: held,
    patch(calendarId: string, id: string, wish: { change: Partial<GoogleEvent>; ifMatch?: string | undefined }) {
      const before = held(calendarId, id);
      requireMatch(before, wish.ifMatch);
      const after = { ...before, ...wish.change, id, sequence: before.sequence + 1 };
      requireTimes(after);
      return put(calendarOf(calendarId), after);
    },
    remove(calendarId: string, id: string, ifMatch?: string) {
      const before = held(calendarId, id);
      if (before.status === "cancelled") throw refusal(410, "deleted", "Resource has been deleted");
      requireMatch(before, ifMatch);
      put(calendarOf(calendarId), { ...before, status: "cancelled", sequence: before.sequence + 1 });
    },
    /** What was there, or has changed since a token; the caller cuts it into pages. */
    list(calendarId: string, query: URLSearchParams): { items: GoogleEvent[]; nextSyncToken: string } {
      const all = [...calendarOf(calendarId).events.values()];
      const token = query.get("syncToken");
      const nextSyncToken = `C${version}`;
      if (token !== null) {
        const since = Number(token.slice(1));
        for (const other of ["timeMin", "timeMax", "orderBy", "q"]) {
          if (query.has(other)) throw refusal(400, "invalid", "Sync token cannot be used with other restrictions.");
        }
        if (Number.isNaN(since) || since < forgottenBefore)
          throw refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.");
        return { items: all.filter((entry) => entry.version > since).map(({ event }) => event), nextSyncToken };
      }
      const from = Date.parse(query.get("timeMin") ?? "") || 0;
      const to = Date.parse(query.get("timeMax") ?? "") || Number.MAX_SAFE_INTEGER;
      const items = all
        .map(({ event }) => event)
        .filter((event) => event.status !== "cancelled" && rangeOf(event).endMs > from && rangeOf(event).startMs < to)
        .sort((left, right) => rangeOf(left).startMs - rangeOf(right).startMs);
      return { items, nextSyncToken };
    },
    watch(calendarId: string, { id, address, token }: Partial<Channel>) {
      if (id === undefined || !/^https:|^http:\/\/127\.0\.0\.1/.test(address ?? ""))
        throw refusal(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS");
      calendarOf(calendarId).channels.push({ id, address: address ?? "", token: token ?? "" });
      const expiration = String(Date.now() + 7 * 86_400_000);
      return { kind: "api#channel", id, resourceId: randomUUID(), token, expiration };
    },
  };
}
export type GoogleCalendars = ReturnType<typeof createGoogleCalendars>;

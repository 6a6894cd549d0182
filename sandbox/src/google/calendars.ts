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
type Calendar = { readonly events: Map<string, Held>; readonly channels: Channel[] };

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

export class GoogleCalendars {
  readonly calendarIds: readonly string[];
  private readonly calendars: Map<string, Calendar>;
  private readonly onChange: (channel: Channel) => void;
  private version = 0;
  private forgottenBefore = 0;

  constructor(calendarIds: readonly string[], onChange: (channel: Channel) => void) {
    this.calendarIds = calendarIds;
    this.onChange = onChange;
    this.calendars = new Map(calendarIds.map((id) => [id, { events: new Map(), channels: [] }]));
  }

  /** Tokens given until now are known no more. */
  forgetSyncTokens(): void {
    this.forgottenBefore = this.version + 1;
    this.version++;
  }

  insert(calendarId: string, given: Partial<GoogleEvent>): GoogleEvent {
    const calendar = this.calendarOf(calendarId);
    requireTimes(given);
    const id = given.id ?? randomBytes(13).toString("hex");
    if (!/^[a-v0-9]{5,1024}$/.test(id)) throw refusal(400, "invalid", "Invalid resource id value.");
    if (calendar.events.has(id)) throw refusal(409, "duplicate", "The requested identifier already exists.");
    const { start = {}, end = {} } = given;
    return this.put(calendar, { ...given, id, start, end, status: given.status ?? "confirmed", sequence: 0 });
  }

  get(calendarId: string, id: string): GoogleEvent {
    const found = this.calendarOf(calendarId).events.get(id);
    if (found === undefined) throw refusal(404, "notFound", "Not Found");
    return found.event;
  }

  patch(calendarId: string, id: string, wish: { change: Partial<GoogleEvent>; ifMatch?: string | undefined }) {
    const before = this.get(calendarId, id);
    requireMatch(before, wish.ifMatch);
    const after = { ...before, ...wish.change, id, sequence: before.sequence + 1 };
    requireTimes(after);
    return this.put(this.calendarOf(calendarId), after);
  }

  remove(calendarId: string, id: string, ifMatch?: string): void {
    const before = this.get(calendarId, id);
    if (before.status === "cancelled") throw refusal(410, "deleted", "Resource has been deleted");
    requireMatch(before, ifMatch);
    this.put(this.calendarOf(calendarId), { ...before, status: "cancelled", sequence: before.sequence + 1 });
  }

  /** What was there, or has changed since a token; the caller cuts it into pages. */
  list(calendarId: string, query: URLSearchParams): { items: GoogleEvent[]; nextSyncToken: string } {
    const all = [...this.calendarOf(calendarId).events.values()];
    const nextSyncToken = `C${this.version}`;
    const token = query.get("syncToken");
    if (token !== null) {
      const since = this.readToken(token, query);
      return { items: all.filter((entry) => entry.version > since).map(({ event }) => event), nextSyncToken };
    }
    const from = Date.parse(query.get("timeMin") ?? "") || 0;
    const to = Date.parse(query.get("timeMax") ?? "") || Number.MAX_SAFE_INTEGER;
    const items = all
      .map(({ event }) => event)
      .filter((event) => event.status !== "cancelled" && rangeOf(event).endMs > from && rangeOf(event).startMs < to)
      .sort((left, right) => rangeOf(left).startMs - rangeOf(right).startMs);
    return { items, nextSyncToken };
  }

  watch(calendarId: string, { id, address, token }: Partial<Channel>): unknown {
    if (id === undefined || !/^https:|^http:\/\/127\.0\.0\.1/.test(address ?? ""))
      throw refusal(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS");
    this.calendarOf(calendarId).channels.push({ id, address: address ?? "", token: token ?? "" });
    const expiration = String(Date.now() + 7 * 86_400_000);
    return { kind: "api#channel", id, resourceId: randomUUID(), token, expiration };
  }

  private calendarOf(id: string): Calendar {
    const found = this.calendars.get(id === "primary" ? (this.calendarIds[0] ?? "") : id);
    if (found === undefined) throw refusal(404, "notFound", "Not Found");
    return found;
  }

  private put(calendar: Calendar, event: Omit<GoogleEvent, "etag" | "updated">): GoogleEvent {
    this.version++;
    const whole = { ...event, etag: `"${3490 + this.version}"`, updated: new Date().toISOString() };
    calendar.events.set(event.id, { event: whole, version: this.version });
    for (const channel of calendar.channels) this.onChange(channel);
    return whole;
  }

  private readToken(token: string, query: URLSearchParams): number {
    for (const other of ["timeMin", "timeMax", "orderBy", "q"]) {
      if (query.has(other)) throw refusal(400, "invalid", "Sync token cannot be used with other restrictions.");
    }
    const since = Number(token.slice(1));
    if (Number.isNaN(since) || since < this.forgottenBefore)
      throw refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.");
    return since;
  }
}

function requireMatch(event: GoogleEvent, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== event.etag)
    throw refusal(412, "conditionNotMet", "Precondition Failed");
}

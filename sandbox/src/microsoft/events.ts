/** Outlook's events in memory: transactions that are known again, etags, what changed since a token. Overlaps are never refused. */
import { randomBytes } from "node:crypto";
import { MicrosoftRefusal } from "./oauth.ts";

type Moment = { dateTime: string; timeZone: string };
type Property = { id: string; value: string };
export type GraphEvent = {
  id: string;
  calendarId: string;
  subject?: string;
  start: Moment;
  end: Moment;
  showAs?: string;
  isCancelled?: boolean;
  transactionId?: string;
  singleValueExtendedProperties?: Property[];
};
type Held = { readonly event: GraphEvent; readonly version: number; readonly isDeleted: boolean };

export const refusal = (status: number, code: string, message: string) => refusalWith(status, { code, message });

const refusalWith = (status: number, told: { code: string; message: string; "@event.existingEventId"?: string }) =>
  new MicrosoftRefusal(status, {
    error: { ...told, innerError: { date: new Date().toISOString(), "request-id": "sandbox" } },
  });

/** A stand-in knows UTC and zones of IANA. */
function momentMs({ dateTime, timeZone }: Moment): number {
  const asUtc = Date.parse(`${dateTime.replace(/(\.\d{3})\d+$/, "$1").replace(/Z$/, "")}Z`);
  if (timeZone === "UTC") return asUtc;
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  const there = Date.parse(`${parts.format(asUtc).replace(" ", "T")}Z`);
  return asUtc - (there - asUtc);
}

const inUtc = (atMs: number): Moment => ({
  dateTime: `${new Date(atMs).toISOString().replace("Z", "")}0000`,
  timeZone: "UTC",
});

export const rangeOf = (event: GraphEvent) => ({ startMs: momentMs(event.start), endMs: momentMs(event.end) });

function shown(event: GraphEvent, at: number) {
  const { startMs, endMs } = rangeOf(event);
  const { id, subject, showAs, isCancelled, transactionId, singleValueExtendedProperties } = event;
  return {
    ...{ "@odata.etag": `W/"${at}"`, changeKey: String(at), type: "singleInstance", id, subject, showAs, isCancelled },
    ...{ transactionId, singleValueExtendedProperties, start: inUtc(startMs), end: inUtc(endMs) },
  };
}

function requireMatch({ version: at }: Held, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== `W/"${at}"`)
    throw refusal(412, "ErrorIrresolvableConflict", "The send or update operation could not be performed.");
}

function requireTimes(event: Partial<Pick<GraphEvent, "start" | "end">>): void {
  if (!event.start?.dateTime || !event.end?.dateTime)
    throw refusal(400, "ErrorPropertyValidationFailure", "At least one property failed validation.");
  if (momentMs(event.start) > momentMs(event.end))
    throw refusal(400, "ErrorInvalidRequest", "The start of the event is after its end.");
}

function isInWindow(event: GraphEvent, query: URLSearchParams): boolean {
  const from = Date.parse(query.get("startDateTime") ?? "");
  const to = Date.parse(query.get("endDateTime") ?? "");
  if (Number.isNaN(from) || Number.isNaN(to))
    throw refusal(400, "ErrorInvalidParameter", "This request requires a time window.");
  const { startMs, endMs } = rangeOf(event);
  return endMs > from && startMs < to;
}

export class GraphEvents {
  readonly calendarIds: readonly string[];
  private readonly onChange: (calendarId: string, id: string) => void;
  private readonly events = new Map<string, Held>();
  private version = 0;
  private forgottenBefore = 0;
  private duplicateStatus: 400 | 409 = 409;
  private tellsExisting = true;

  constructor(calendarIds: readonly string[], onChange: (calendarId: string, id: string) => void) {
    this.calendarIds = calendarIds;
    this.onChange = onChange;
  }

  /** A repeated transaction is refused with either status, and not always told which event it was. */
  setDuplicates(status: 400 | 409, tells: boolean): void {
    this.duplicateStatus = status;
    this.tellsExisting = tells;
  }

  forgetDeltaTokens(): void {
    this.version++;
    this.forgottenBefore = this.version;
  }

  create(calendarId: string, given: Partial<GraphEvent>) {
    this.requireCalendar(calendarId);
    requireTimes(given);
    const { transactionId } = given;
    const all = [...this.events.values()];
    const same = all.find(({ event }) => transactionId && event.transactionId === transactionId);
    if (same !== undefined) {
      const message = "The TransactionId specified in the request has already been used to create a different event.";
      const told = this.tellsExisting ? { "@event.existingEventId": same.event.id } : {};
      throw refusalWith(this.duplicateStatus, { code: "ErrorDuplicateTransactionId", message, ...told });
    }
    const id = `AAMk${randomBytes(30).toString("base64url")}`;
    return this.put({ showAs: "busy", isCancelled: false, ...given, id, calendarId } as GraphEvent);
  }

  get(id: string) {
    const { event, version } = this.held(id);
    return shown(event, version);
  }

  update(id: string, { change, ifMatch }: { change: Partial<GraphEvent>; ifMatch?: string | undefined }) {
    const before = this.held(id);
    requireMatch(before, ifMatch);
    const after = { ...before.event, ...change, id };
    requireTimes(after);
    return this.put(after);
  }

  remove(id: string, ifMatch?: string): void {
    const before = this.held(id);
    requireMatch(before, ifMatch);
    this.put(before.event, true);
  }

  view(calendarId: string, query: URLSearchParams) {
    return this.standing(calendarId)
      .filter(({ event }) => isInWindow(event, query))
      .map(({ event, version }) => shown(event, version));
  }

  /** `$filter` by one extended property, as the sheet's clients ask it. */
  filter(calendarId: string, filter: string) {
    const wanted = /ep\/id eq '([^']+)' and ep\/value eq '((?:[^']|'')*)'/.exec(filter);
    if (filter !== "" && wanted === null) throw refusal(400, "ErrorInvalidUrlQueryFilter", "The filter is invalid.");
    const [, id = "", value = ""] = wanted ?? [];
    const matches = ({ singleValueExtendedProperties: held = [] }: GraphEvent) =>
      filter === "" || held.some((one) => one.id === id && one.value === value.replaceAll("''", "'"));
    return this.standing(calendarId)
      .filter(({ event }) => matches(event))
      .map(({ event, version }) => shown(event, version));
  }

  delta(calendarId: string, query: URLSearchParams) {
    this.requireCalendar(calendarId);
    const token = query.get("$deltatoken");
    const [since = 0, fromMs = 0, toMs = 0] = (token ?? "0").split(".").map(Number);
    if (token !== null && since < this.forgottenBefore)
      throw refusal(410, "SyncStateNotFound", "The sync state was not found.");
    const iso = (atMs: number) => new Date(atMs).toISOString();
    const window = new URLSearchParams({ startDateTime: iso(fromMs), endDateTime: iso(toMs) });
    const asked = token === null ? query : window;
    const items = [...this.events.values()]
      .filter(({ event, version }) => event.calendarId === calendarId && version > since)
      .filter(({ event, isDeleted }) => !(token === null && isDeleted) && isInWindow(event, asked))
      .map(({ event, version, isDeleted }) =>
        isDeleted ? { id: event.id, "@removed": { reason: "deleted" } } : withoutMark(shown(event, version)),
      );
    const ends = [asked.get("startDateTime"), asked.get("endDateTime")].map((text) => Date.parse(text ?? ""));
    return { items, token: [this.version, ...ends].join(".") };
  }

  private put(event: GraphEvent, isDeleted = false) {
    this.version++;
    this.events.set(event.id, { event, version: this.version, isDeleted });
    this.onChange(event.calendarId, event.id);
    return shown(event, this.version);
  }

  private standing(calendarId: string): Held[] {
    this.requireCalendar(calendarId);
    return [...this.events.values()].filter(({ event, isDeleted }) => !isDeleted && event.calendarId === calendarId);
  }

  private requireCalendar(id: string): void {
    if (!this.calendarIds.includes(id)) throw refusal(404, "ErrorItemNotFound", "The specified object was not found.");
  }

  private held(id: string): Held {
    const found = this.events.get(id);
    if (found === undefined || found.isDeleted)
      throw refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.");
    return found;
  }
}

/** A delta never tells extended properties. */
function withoutMark<T extends { singleValueExtendedProperties?: unknown }>(event: T) {
  return { ...event, singleValueExtendedProperties: undefined };
}
